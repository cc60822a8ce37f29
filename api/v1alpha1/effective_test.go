// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestEffectivePorts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		listener Listener
		proxied  bool
		port     Port
		path     string
	}{
		{"plain", Listener{Port: 1883, Protocol: ProtocolMQTT}, true, 11883, ""},
		{"given port", Listener{Port: 1883, ProxyPort: 2000}, true, 2000, ""},
		{"past the proxy", Listener{Port: 1883, ViaProxy: new(false)}, false, 11883, ""},
		{"via the proxy", Listener{Port: 1883, ViaProxy: new(true)}, true, 11883, ""},
		{"WebSocket", Listener{Port: 8080, Protocol: ProtocolWebSocket}, true, 18080, "/mqtt"},
		{"WebSocket somewhere", Listener{Port: 8080, Protocol: ProtocolWebSocket, Path: "/"}, true,
			18080, "/"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := FlashMQBrokerSpec{Proxy: &Proxy{Enabled: new(true)}}
			if got := s.Proxied(&c.listener); got != c.proxied {
				t.Errorf("proxied is %v", got)
			}
			for name, off := range map[string]*Proxy{"none": nil, "unset": {},
				"off": {Enabled: new(false)}} {
				s.Proxy = off
				if s.ProxyEnabled() || s.Proxied(&c.listener) {
					t.Errorf("proxied with proxy %s", name)
				}
			}
			if got := c.listener.EffectiveProxyPort(); got != c.port {
				t.Errorf("port is %d", got)
			}
			if got := c.listener.EffectivePath(); got != c.path {
				t.Errorf("path is %q", got)
			}
		})
	}
}

func TestEffectiveServices(t *testing.T) {
	t.Parallel()
	listeners := []Listener{{Name: "a", Port: 1883}, {Name: "b", Port: 8883, ViaProxy: new(false)}}
	on := &Proxy{Enabled: new(true)}
	all := []ServicePort{{Name: "a", Port: 1883}, {Name: "b", Port: 8883}}
	tests := []struct {
		name  string
		proxy *Proxy
		given []BrokerService
		want  []BrokerService
	}{
		{"none", nil, nil,
			[]BrokerService{{Name: "client", Target: TargetBroker, Listeners: all}}},
		{"none with a proxy", on, nil,
			[]BrokerService{{Name: "client", Target: TargetProxy, Listeners: all[:1]}}},
		{"past the proxy", on, []BrokerService{{Name: "x", Target: TargetBroker}},
			[]BrokerService{{Name: "x", Target: TargetBroker, Listeners: all}}},
		{"given ports", nil,
			[]BrokerService{{Name: "x",
				Listeners: []ServicePort{{Name: "b"}, {Name: "a", Port: 80}}}},
			[]BrokerService{{Name: "x", Target: TargetBroker,
				Listeners: []ServicePort{{Name: "b", Port: 8883}, {Name: "a", Port: 80}}}}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := FlashMQBrokerSpec{Listeners: listeners, Proxy: c.proxy, Services: c.given}
			before := s.DeepCopy()
			if d := cmp.Diff(c.want, s.EffectiveServices()); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(before, &s); d != "" {
				t.Errorf("the spec has changed: %s", d)
			}
		})
	}
}

func TestServiceObjectName(t *testing.T) {
	t.Parallel()
	for name, want := range map[ServiceName]string{
		"client": "factory", "public": "factory-public"} {
		if got := name.ServiceObjectName("factory"); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestEffectiveReplicas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		proxy Proxy
		want  *int32
	}{
		{"none", Proxy{}, new(int32(2))},
		{"given", Proxy{Replicas: 5, Scaling: ProxyScalingFixed}, new(int32(5))},
		{"of another", Proxy{Scaling: ProxyScalingExternal}, nil},
	} {
		if d := cmp.Diff(c.want, c.proxy.EffectiveReplicas()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestScheme(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	if err := AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{Kind, Kind + "List"} {
		if !scheme.Recognizes(GroupVersion.WithKind(kind)) {
			t.Errorf("%s is not known", kind)
		}
	}
}
