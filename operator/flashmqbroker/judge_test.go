// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/admin"
)

// judged checks a verdict, and that the condition may say it.
func judged(
	t *testing.T, kind v1alpha1.ConditionType, v *verdict, status metav1.ConditionStatus,
	reason v1alpha1.ConditionReason, says string,
) {
	t.Helper()
	p := spec(t, "")
	p.tell(kind, v)
	c := p.told.Get(kind)
	if c.Status != status || c.Reason != string(reason) || !strings.Contains(c.Message, says) {
		t.Errorf("%s is %s, %s: %q", kind, c.Status, c.Reason, c.Message)
	}
	allowed(t, p)
}

const (
	isTrue    = metav1.ConditionTrue
	isFalse   = metav1.ConditionFalse
	isUnknown = metav1.ConditionUnknown
)

// seen is what a listener of a broker tells about PROXY headers.
func headers(port uint16, present, absent, untrusted int64) admin.Listener {
	return admin.Listener{Port: port, ProxyHeaders: admin.ProxyHeaders{Present: present,
		Absent: absent, Untrusted: untrusted}}
}

func TestJudgeAddresses(t *testing.T) {
	t.Parallel()
	const direct = "listeners: [{name: a, port: 1883}, {name: b, port: 1884, proxyProtocol: " +
		"{mode: V1OrV2, trustedCIDRs: [10.0.0.0/8]}}]"
	const tier = "proxy: {enabled: true}\n"
	const public = "services: [{name: client, template: {spec: {type: LoadBalancer"
	const local = public + ", externalTrafficPolicy: Local}}}]"
	tests := []struct {
		name, spec string
		told       []admin.Listener
		status     metav1.ConditionStatus
		reason     v1alpha1.ConditionReason
		says       string
	}{
		{"nobody asks", "", []admin.Listener{headers(1883, 0, 9, 0)}, isUnknown,
			v1alpha1.ReasonNotConfigured, "neither a proxy nor"},
		{"a proxy that nobody uses", "listeners: [{name: a, port: 1883}]\nproxy: {enabled: false}",
			nil, isUnknown, v1alpha1.ReasonNotConfigured, ""},
		{"no report", direct, nil, isUnknown, v1alpha1.ReasonNoReport, ""},
		{"nobody has come", direct, []admin.Listener{headers(1884, 0, 0, 0)}, isUnknown,
			v1alpha1.ReasonNoClients, ""},
		{"nobody has come this way", direct, []admin.Listener{headers(1883, 0, 7, 0),
			headers(1884, 0, 0, 0)}, isUnknown, v1alpha1.ReasonNoClients, ""},
		{"headers", direct, []admin.Listener{headers(1884, 5, 0, 0)}, isTrue,
			v1alpha1.ReasonHeadersSeen, ""},
		{"headers and others", direct, []admin.Listener{headers(1884, 5, 2, 3)}, isTrue,
			v1alpha1.ReasonHeadersSeen,
			"5 connections were refused: 3 from untrusted addresses, 2 without a header"},
		{"two families of addresses", direct, []admin.Listener{headers(1884, 0, 2, 0),
			headers(1884, 1, 0, 0)}, isTrue, v1alpha1.ReasonHeadersSeen, "2 connections"},
		{"not from where they should", direct, []admin.Listener{headers(1884, 0, 1, 4)}, isFalse,
			v1alpha1.ReasonUntrustedSender, "4 connections came from addresses"},
		{"no headers", direct, []admin.Listener{headers(1884, 0, 3, 0)}, isFalse,
			v1alpha1.ReasonNoHeaderSeen, "3 connections came without"},
		{"the tier", tier, []admin.Listener{headers(1883, 0, 9, 9), headers(11883, 2, 0, 0)},
			isTrue, v1alpha1.ReasonHeadersSeen, ""},
		{"the tier is not believed", tier, []admin.Listener{headers(11883, 0, 0, 2)}, isFalse,
			v1alpha1.ReasonUntrustedSender, ""},
		{"a load balancer before the tier", tier + public + "}}}]",
			[]admin.Listener{headers(11883, 2, 0, 0)}, isFalse, v1alpha1.ReasonAllFromNodeIPs,
			"Service factory has externalTrafficPolicy Cluster"},
		{"one that keeps addresses", tier + local, []admin.Listener{headers(11883, 2, 0, 0)},
			isTrue, v1alpha1.ReasonHeadersSeen, ""},
		{"one that sends headers", "proxy: {enabled: true, acceptFrom: [10.0.0.0/8]}\n" + public +
			"}}}]", []admin.Listener{headers(11883, 2, 0, 0)}, isTrue,
			v1alpha1.ReasonHeadersSeen, ""},
		{"node ports before the tier", tier + "services: [{name: p, template: {spec: " +
			"{type: NodePort}}}]", nil, isFalse, v1alpha1.ReasonAllFromNodeIPs, "factory-p"},
		{"a load balancer past the tier", tier + "services: [{name: p, target: Broker, " +
			"template: {spec: {type: LoadBalancer}}}]", []admin.Listener{headers(11883, 2, 0, 0)},
			isTrue, v1alpha1.ReasonHeadersSeen, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, test.spec)
			p.headers = test.told
			judged(t, v1alpha1.ConditionClientAddressPreserved, p.judgeAddresses(), test.status,
				test.reason, test.says)
		})
	}
}

var pod = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "factory-0"}}

func TestJudgeConfig(t *testing.T) {
	t.Parallel()
	refused := &admin.Reload{Outcome: admin.Refused, Error: "line 3: max_quos"}
	tests := []struct {
		name, has string
		last      *admin.Reload
		restart   *v1alpha1.RestartStatus
		status    metav1.ConditionStatus
		reason    v1alpha1.ConditionReason
		says      string
	}{
		{"what is wanted", "new", nil, nil, isTrue, v1alpha1.ReasonApplied, ""},
		{"the one before", "old", nil, nil, isFalse, v1alpha1.ReasonPropagating,
			"factory-0 has configuration old"},
		{"the one before, which was applied", "old", &admin.Reload{Outcome: admin.Applied}, nil,
			isFalse, v1alpha1.ReasonPropagating, ""},
		{"the one before, because it is busy", "old", &admin.Reload{Outcome: admin.Unavailable},
			nil, isFalse, v1alpha1.ReasonPropagating, ""},
		{"refused", "old", refused, nil, isFalse, v1alpha1.ReasonRejectedByBroker,
			"factory-0: line 3: max_quos"},
		{"refused before, and what is wanted now", "new", refused, nil, isTrue,
			v1alpha1.ReasonApplied, ""},
		{"a restart is due", "new", nil, &v1alpha1.RestartStatus{Reason: "ConfigChanged"}, isFalse,
			v1alpha1.ReasonRestartRequired, "after a restart: ConfigChanged"},
		{"nothing", "", nil, nil, isFalse, v1alpha1.ReasonPropagating, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, "")
			p.config.revision, p.status.Restart = "new", test.restart
			r := &admin.Report{Revisions: admin.Revisions{Configuration: test.has},
				LastReload: test.last}
			judged(t, v1alpha1.ConditionConfigApplied, p.judgeConfig(pod, r), test.status,
				test.reason, test.says)
		})
	}
}

func TestJudgeCertificates(t *testing.T) {
	t.Parallel()
	wanted := map[v1alpha1.ListenerName]string{"a": "1", "b": "2"}
	serve := func(port uint16, revision, err string) admin.Listener {
		return admin.Listener{Port: port, Certificate: &admin.Certificate{Revision: revision,
			Error: err}}
	}
	tests := []struct {
		name   string
		wanted map[v1alpha1.ListenerName]string
		served []admin.Listener
		status metav1.ConditionStatus
		reason v1alpha1.ConditionReason
		says   string
	}{
		{"none wanted", nil, nil, isTrue, v1alpha1.ReasonNoTLS, "no listener has TLS"},
		{"all", wanted, []admin.Listener{serve(8883, "1", ""), serve(8884, "2", "")}, isTrue,
			v1alpha1.ReasonCertificatesLoaded, ""},
		{"not open yet", wanted, []admin.Listener{serve(8883, "1", "")}, isFalse,
			v1alpha1.ReasonPropagating, "certificate of listener b"},
		{"without TLS yet", wanted, []admin.Listener{serve(8883, "1", ""), {Port: 8884}}, isFalse,
			v1alpha1.ReasonPropagating, "certificate of listener b"},
		{"the one before", wanted, []admin.Listener{serve(8883, "0", ""), serve(8884, "2", "")},
			isFalse, v1alpha1.ReasonPropagating, "certificate of listener a"},
		{"refused", wanted, []admin.Listener{serve(8883, "1", ""), serve(8884, "0", "no key")},
			isFalse, v1alpha1.ReasonRejectedByBroker, "factory-0: listener b: no key"},
		{"nobody tells", wanted, nil, isFalse, v1alpha1.ReasonPropagating, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, "listeners: [{name: a, port: 8883, tls: {secretName: s}}, "+
				"{name: b, port: 8884, tls: {secretName: s}}]")
			p.certificates.wanted = test.wanted
			judged(t, v1alpha1.ConditionCertificatesReady,
				p.judgeCertificates(pod, &admin.Report{Listeners: test.served}), test.status,
				test.reason, test.says)
		})
	}
}

func TestAskProxy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status *proxyagent.Status
		err    error
		is     metav1.ConditionStatus
		reason v1alpha1.ConditionReason
		says   string
	}{
		{"what is wanted", &proxyagent.Status{Configuration: "new"}, nil, isTrue,
			v1alpha1.ReasonPodsReady, ""},
		{"the one before", &proxyagent.Status{Configuration: "old"}, nil, isFalse,
			v1alpha1.ReasonPropagating, "factory-0 has configuration old"},
		{"refused", &proxyagent.Status{Configuration: "old",
			LastChange: &proxyagent.Change{Error: "line 7"}}, nil, isFalse,
			v1alpha1.ReasonConfigRejected, "factory-0: line 7"},
		{"no answer", nil, errors.New("connection refused"), isUnknown, v1alpha1.ReasonNoReport,
			"factory-0: connection refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, "proxy: {enabled: true}")
			p.ProxyStatus = func(context.Context, string) (*proxyagent.Status, error) {
				return test.status, test.err
			}
			wanted := &proxyagent.Status{Configuration: "new"}
			judged(t, v1alpha1.ConditionProxyReady, p.askProxy(pod, wanted), test.is, test.reason,
				test.says)
		})
	}
}

// What endpoints say about the addresses of Clients.
func TestSeen(t *testing.T) {
	t.Parallel()
	const service = "services: [{name: client, template: {spec: {type: LoadBalancer"
	const tier = "proxy: {enabled: true}\n"
	const external, internal = v1alpha1.EndpointExternal, v1alpha1.EndpointInternal
	tests := []struct {
		name, spec string
		scope      v1alpha1.EndpointScope
		want       v1alpha1.ClientAddress
	}{
		{"inside", "", internal, v1alpha1.ClientAddressPreserved},
		{"inside, of a load balancer", service + "}}}]", internal, v1alpha1.ClientAddressPreserved},
		{"outside", service + "}}}]", external, v1alpha1.ClientAddressLost},
		{"outside, Local", service + ", externalTrafficPolicy: Local}}}]", external,
			v1alpha1.ClientAddressPreserved},
		{"outside, with headers", service + "}}}]\nlisteners: [{name: a, port: 1883, " +
			"proxyProtocol: {mode: V1OrV2, trustedCIDRs: [10.0.0.0/8]}}]", external,
			v1alpha1.ClientAddressPreserved},
		{"outside, before HAProxy", tier + service + "}}}]", external, v1alpha1.ClientAddressLost},
		{"outside, before HAProxy, with headers for the broker only", tier + service + "}}}]\n" +
			"listeners: [{name: a, port: 1883, " +
			"proxyProtocol: {mode: V1OrV2, trustedCIDRs: [10.0.0.0/8]}}]", external,
			v1alpha1.ClientAddressLost},
		{"outside, before HAProxy, with headers", "proxy: {enabled: true, acceptFrom: " +
			"[10.0.0.0/8]}\n" + service + "}}}]", external, v1alpha1.ClientAddressPreserved},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, test.spec)
			if _, err := p.network(); err != nil {
				t.Fatal(err)
			}
			if test.scope == external {
				live := &corev1.Service{}
				live.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "192.0.2.1"}}
				p.facts.services = map[string]*corev1.Service{"factory": live}
				if _, err := p.network(); err != nil {
					t.Fatal(err)
				}
			}
			for _, e := range p.status.Endpoints {
				if e.Scope == test.scope && e.ClientAddress != test.want {
					t.Errorf("%s: %s, want %s", e.URL, e.ClientAddress, test.want)
				}
			}
			if last := p.status.Endpoints[len(p.status.Endpoints)-1]; last.Scope != test.scope {
				t.Errorf("there is no endpoint with %s", test.scope)
			}
		})
	}
}
