// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/haproxy"
)

// expected are the options of a tier about which the spec says nothing.
func expected(change func(*haproxy.Options)) haproxy.Options {
	o := haproxy.Options{BindAddress: "::", OnDown: haproxy.Refuse, MaxConnectBytes: 131072,
		Servers:     []haproxy.Server{{Name: "factory-0", Address: "10.96.0.7", ID: 1}},
		MetricsPort: 8404, TrustPort: 9090,
		SocketPath: "/run/flashmq-proxy/haproxy.sock",
		Listeners: []haproxy.Listener{{Name: "mqtt", BindPort: 1883, BrokerPort: 11883,
			Protocol: haproxy.MQTT, Balance: haproxy.ClientID}}}
	if change != nil {
		change(&o)
	}
	return o
}

func TestProxyOptions(t *testing.T) {
	t.Parallel()
	const clients = "clientAuth: {mode: Require, identity: CommonName, caFrom: {secretName: c}"
	one := func(l haproxy.Listener) func(*haproxy.Options) {
		return func(o *haproxy.Options) {
			l.Name, l.BindPort = "a", 8883
			if l.BrokerPort == 0 {
				l.BrokerPort = 18883
			}
			if l.Balance == "" {
				l.Balance = haproxy.ClientID
			}
			l.Protocol = haproxy.MQTT
			o.Listeners = []haproxy.Listener{l}
		}
	}
	terminate := haproxy.TLS{Mode: haproxy.Terminate, MinVersion: "1.2",
		CertFile: "/etc/flashmq-proxy/a.crt"}
	verify := terminate
	verify.Verify, verify.CAFile = haproxy.VerifyRequired, "/etc/flashmq-proxy/a-ca.crt"
	revoked := verify
	revoked.CRLFile, revoked.MinVersion = "/etc/flashmq-proxy/a.crl", "1.3"
	tests := []struct {
		name, spec string
		want       func(*haproxy.Options)
	}{
		{"defaults", "proxy: {enabled: true}", nil},
		{"all about the tier", "proxy: {enabled: true, balance: Source, maxConnectBytes: 4096, " +
			"acceptFrom: [10.0.0.0/8, '2001:db8::/32'], extraGlobal: tune.ssl.cachesize 7, " +
			"hardStopSeconds: 86400, extraDefaults: option dontlognull}", func(o *haproxy.Options) {
			o.Listeners[0].Balance, o.MaxConnectBytes = haproxy.Source, 4096
			o.AcceptProxyFrom = []string{"10.0.0.0/8", "2001:db8::/32"}
			o.ExtraGlobal, o.ExtraDefaults = "tune.ssl.cachesize 7", "option dontlognull"
		}},
		{"a listener past it", "proxy: {enabled: true}\nlisteners: [{name: mqtt, port: 1883}, " +
			"{name: b, port: 1884, viaProxy: false}]", nil},
		{"a port of its own", "proxy: {enabled: true}\nlisteners: [{name: a, port: 8883, " +
			"proxyPort: 9999}]", one(haproxy.Listener{BrokerPort: 9999})},
		{"WebSocket", "proxy: {enabled: true, balance: LeastConn}\nlisteners: [{name: ws, " +
			"port: 8080, protocol: WebSocket}]", func(o *haproxy.Options) {
			o.Listeners = []haproxy.Listener{{Name: "ws", BindPort: 8080, BrokerPort: 18080,
				Protocol: haproxy.WebSocket, Balance: haproxy.LeastConn}}
		}},
		{"TLS of the broker", "proxy: {enabled: true, balance: LeastConn}\nlisteners: [{name: a, " +
			"port: 8883, tls: {secretName: s, " + clients + "}}}]", one(haproxy.Listener{
			Balance: haproxy.LeastConn, TLS: haproxy.TLS{Mode: haproxy.Passthrough}})},
		{"TLS of HAProxy", "proxy: {enabled: true, tls: Terminate}\nlisteners: [{name: a, " +
			"port: 8883, tls: {secretName: s}}]", one(haproxy.Listener{TLS: terminate})},
		{"Clients that HAProxy verifies", "proxy: {enabled: true, tls: Terminate}\nlisteners: " +
			"[{name: a, port: 8883, tls: {secretName: s, " + clients + "}}}]",
			one(haproxy.Listener{TLS: verify})},
		{"Clients on a revocation list", "proxy: {enabled: true, tls: Terminate}\nlisteners: " +
			"[{name: a, port: 8883, tls: {secretName: s, minVersion: '1.3', " + clients +
			", crlSecretName: r}}}]", one(haproxy.Listener{TLS: revoked})},
		{"TLS on both sides", "proxy: {enabled: true, backendTLS: Mutual}",
			func(o *haproxy.Options) {
				o.BackendTLS = &haproxy.BackendTLS{CertFile: "/etc/flashmq-proxy/backend.pem",
					CAFile:     "/etc/flashmq-proxy/backend-ca.crt",
					ServerName: "factory-nodes.plant.svc.cluster.local"}
			}},
		{"a listener that waits", "proxy: {enabled: true, balance: Source}\nlisteners: " +
			"[{name: mqtt, port: 1883}, {name: waits, port: 8884, tls: {secretName: s}}]",
			func(o *haproxy.Options) { o.Listeners[0].Balance = haproxy.Source }},
		{"a listener that waits for authorities", "proxy: {enabled: true, tls: Terminate}\n" +
			"listeners: [{name: mqtt, port: 1883}, {name: half, port: 8884, tls: {secretName: s, " +
			clients + "}}}]", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, test.spec)
			p.certificates.have = map[v1alpha1.ListenerName]brokerconfig.Materials{
				"a":    {Certificate: true, Authorities: true, Revocations: true},
				"half": {Certificate: true}}
			got := p.proxyOptions("10.96.0.7")
			if d := cmp.Diff(expected(test.want), got); d != "" {
				t.Error(d)
			}
			if _, err := haproxy.Render(got); err != nil {
				t.Errorf("HAProxy's configuration cannot be written: %v", err)
			}
		})
	}
}
