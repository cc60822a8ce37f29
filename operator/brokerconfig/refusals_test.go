// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
)

// A listener that verifies Clients waits until it can: never is one opened that lets anybody in.
func TestEnough(t *testing.T) {
	t.Parallel()
	auth := func(mode v1alpha1.ClientAuthMode, crl v1alpha1.ObjectName) *v1alpha1.ListenerTLS {
		return &v1alpha1.ListenerTLS{ClientAuth: &v1alpha1.ClientAuth{Mode: mode,
			CRLSecretName: crl}}
	}
	tests := []struct {
		name string
		have Materials
		tls  *v1alpha1.ListenerTLS
		want bool
	}{
		{"nothing", Materials{}, &v1alpha1.ListenerTLS{}, false},
		{"a certificate", Materials{Certificate: true}, &v1alpha1.ListenerTLS{}, true},
		{"none asked for", Materials{Certificate: true}, auth(v1alpha1.ClientAuthNone, ""), true},
		{"no authorities", Materials{Certificate: true}, auth(v1alpha1.ClientAuthRequire, ""),
			false},
		{"no certificate", Materials{Authorities: true, Revocations: true},
			auth(v1alpha1.ClientAuthRequire, "r"), false},
		{"authorities", Materials{Certificate: true, Authorities: true},
			auth(v1alpha1.ClientAuthRequire, ""), true},
		{"no revocations", Materials{Certificate: true, Authorities: true},
			auth(v1alpha1.ClientAuthRequire, "r"), false},
		{"revocations", Materials{true, true, true}, auth(v1alpha1.ClientAuthRequire, "r"), true},
	}
	for _, test := range tests {
		if got := test.have.Enough(test.tls); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	key := func(name, value string) func(*v1alpha1.FlashMQBrokerSpec) {
		return func(s *v1alpha1.FlashMQBrokerSpec) {
			s.Config.Extra = append(s.Config.Extra, v1alpha1.ConfigKey{Name: name, Value: value})
		}
	}
	listener := func(change func(*v1alpha1.Listener)) func(*v1alpha1.FlashMQBrokerSpec) {
		return func(s *v1alpha1.FlashMQBrokerSpec) { change(&s.Listeners[0]) }
	}
	tests := []struct {
		name, spec string
		change     func(*v1alpha1.FlashMQBrokerSpec)
		want       []string
	}{
		{"a key nearly right", "", key("max_quos", "1"),
			[]string{"spec.config.extra", "max_quos", "did you mean max_qos?"}},
		{"a key not at all right", "", key("zyxwv", "1"), []string{"spec.config.extra", "zyxwv"}},
		{"a value", "", key("max_qos", "7"), []string{"spec.config.extra", "max_qos"}},
		{"two lines", "", key("max_qos", "1\nallow_anonymous true"),
			[]string{"spec.config.extra[max_qos]: the value has more than one line"}},
		{"two lines of a Mac", "", key("max_qos", "1\rallow_anonymous true"),
			[]string{"spec.config.extra[max_qos]: the value has more than one line"}},
		{"two lines by the name", "", key("max_qos 1\nallow_anonymous", "true"),
			[]string{"spec.config.extra[max_qos 1\nallow_anonymous]: the value has more than one"}},
		{"a block", "", key("listen", "{"), []string{"spec.config.extra", "listen"}},
		{"the end of a block", "", key("}", ""), []string{"spec.config.extra"}},
		{"another file", "", key("include_dir", "/etc"), []string{"spec.config.extra",
			"include_dir"}},
		{"what does not work yet", "", key("storage_dir", "/var/lib/flashmq"),
			[]string{"spec.config.extra", "storage_dir"}},
		{"what is for a listener", "", key("haproxy", "on"), []string{"spec.config.extra",
			"haproxy"}},
		{"a network that is none", "", listener(func(l *v1alpha1.Listener) {
			l.DenyFrom = []v1alpha1.CIDR{"10.0.0.0"}
		}), []string{`spec.listeners[mqtt].denyFrom: "10.0.0.0" is no network`}},
		{"a trusted network that is none", "listeners: [{name: a, port: 1883, proxyProtocol: " +
			"{mode: V1OrV2, trustedCIDRs: [10.0.0.0/8]}}]", listener(func(l *v1alpha1.Listener) {
			l.ProxyProtocol.TrustedCIDRs[0] = "10.0.0.0/64"
		}), []string{`spec.listeners[a].proxyProtocol.trustedCIDRs: "10.0.0.0/64" is no network`}},
		{"TLS in TLS", tlsListeners + "proxy: {enabled: true, balance: Source, " +
			"backendTLS: Mutual}", nil, []string{"spec.listeners[mqtts].viaProxy: its TLS goes " +
			"through HAProxy", "set proxy.tls to Terminate"}},
		{"one port twice", "listeners: [{name: a, port: 1883}, {name: b, port: 1883}]", nil,
			[]string{"another listener has port 1883"}},
		{"the port of administration", "", listener(func(l *v1alpha1.Listener) { l.Port = 9090 }),
			[]string{"admin_port"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Spec(t, test.spec)
			if test.change != nil {
				test.change(&b.Spec)
			}
			c, err := Compile(b, complete(b))
			if err == nil {
				t.Fatalf("accepted as\n%s", c.Text)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want %q in it", err, want)
				}
			}
		})
	}
}

// What has a field is decided there, and what the operator needs is its own, also where
// config.extra has got past the rules of the API.
func TestFieldsComeAfterExtra(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, "")
	for name, value := range map[string]string{"allow_anonymous": "true", "admin_port": "1",
		"admin_bind_address": "127.0.0.1", "admin_token_file": "/tmp/a", "drain_rate": "1",
		"log_format": "text", "log_level": "none", "drain_delay": "0",
		"log_subscriptions": "true"} {
		b.Spec.Config.Extra = append(b.Spec.Config.Extra,
			v1alpha1.ConfigKey{Name: name, Value: value})
	}
	c, err := Compile(b, complete(b))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(compile(t, "").Text), string(c.Text)); d != "" {
		t.Error(d)
	}
}
