// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/resources"
)

// proxyOptions is the spec in HAProxy's words. address is that of the broker. Listeners that wait
// for their certificates are left out, because HAProxy would not start without.
func (p *pass) proxyOptions(address string) haproxy.Options {
	b, s := p.broker, p.broker.Spec.Proxy
	o := haproxy.Options{
		BindAddress: "::", OnDown: haproxy.Refuse,
		Servers:         []haproxy.Server{{Name: b.Name + "-0", Address: address, ID: 1}},
		MaxConnectBytes: int(s.MaxConnectBytes),
		MetricsPort:     resources.ProxyPort, TrustPort: brokerconfig.AdminPort,
		SocketPath:  resources.ProxySocket,
		ExtraGlobal: s.ExtraGlobal, ExtraDefaults: s.ExtraDefaults,
	}
	for _, network := range s.AcceptFrom {
		o.AcceptProxyFrom = append(o.AcceptProxyFrom, string(network))
	}
	if s.BackendTLS == v1alpha1.BackendTLSMutual {
		o.BackendTLS = &haproxy.BackendTLS{CertFile: proxyPath(resources.ProxyBackendKey),
			CAFile:     proxyPath(resources.ProxyAuthoritiesKey),
			ServerName: resources.BackendName(b, p.ClusterDomain)}
	}
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if !b.Spec.Proxied(l) || l.TLS != nil && !p.certificates.have[l.Name].Enough(l.TLS) {
			continue
		}
		out := haproxy.Listener{Name: string(l.Name), BindPort: int(l.Port),
			BrokerPort: int(l.EffectiveProxyPort()), Protocol: haproxy.MQTT,
			Balance: haproxy.Balance(s.Balance)}
		if l.Protocol == v1alpha1.ProtocolWebSocket {
			out.Protocol = haproxy.WebSocket
		}
		if l.TLS != nil {
			out.TLS = proxyTLS(string(l.Name), l.TLS, s.TLS)
		}
		o.Listeners = append(o.Listeners, out)
	}
	return o
}

func proxyPath(key string) string { return resources.ProxyDirectory + "/" + key }

func proxyTLS(name string, t *v1alpha1.ListenerTLS, mode v1alpha1.ProxyTLS) haproxy.TLS {
	if mode != v1alpha1.ProxyTerminate {
		return haproxy.TLS{Mode: haproxy.Passthrough}
	}
	out := haproxy.TLS{Mode: haproxy.Terminate, MinVersion: string(t.MinVersion),
		CertFile: proxyPath(brokerconfig.CertificateKey(name))}
	if t.VerifiesClients() {
		out.Verify, out.CAFile = haproxy.VerifyRequired,
			proxyPath(brokerconfig.AuthoritiesKey(name))
		if t.ClientAuth.CRLSecretName != "" {
			out.CRLFile = proxyPath(brokerconfig.RevocationsKey(name))
		}
	}
	return out
}
