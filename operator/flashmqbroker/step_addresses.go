// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// addresses tells whether the broker sees the addresses of Clients, where the spec asks for that.
func (p *pass) addresses() (bool, error) {
	p.tell(v1alpha1.ConditionClientAddressPreserved, p.judgeAddresses())
	return true, nil
}

func (p *pass) judgeAddresses() *verdict {
	ports := p.headerPorts()
	if len(ports) == 0 {
		return unknown(v1alpha1.ReasonNotConfigured,
			"there is neither a proxy nor a listener with "+
				"proxyProtocol")
	}
	if name := p.replaced(); name != "" {
		return no(v1alpha1.ReasonAllFromNodeIPs, "Service "+name+" has externalTrafficPolicy "+
			"Cluster, with which nodes put their own addresses in the place of Clients': set it "+
			"to Local, or have the load balancer send PROXY headers")
	}
	if len(p.headers) == 0 {
		return unknown(v1alpha1.ReasonNoReport, "no broker tells how connections came")
	}
	var seen admin.ProxyHeaders
	for i := range p.headers {
		if h := p.headers[i].ProxyHeaders; ports[p.headers[i].Port] {
			seen.Present += h.Present
			seen.Absent += h.Absent
			seen.Untrusted += h.Untrusted
		}
	}
	switch {
	case seen.Present > 0 && seen.Untrusted+seen.Absent > 0:
		return yes(v1alpha1.ReasonHeadersSeen, fmt.Sprintf("and %d connections were refused: %d "+
			"from untrusted addresses, %d without a header", seen.Untrusted+seen.Absent,
			seen.Untrusted, seen.Absent))
	case seen.Present > 0:
		return yes(v1alpha1.ReasonHeadersSeen, "")
	case seen.Untrusted > 0:
		return no(v1alpha1.ReasonUntrustedSender, fmt.Sprintf("%d connections came from addresses "+
			"that may not send PROXY headers, and none from others: look at trustedCIDRs",
			seen.Untrusted))
	case seen.Absent > 0:
		return no(v1alpha1.ReasonNoHeaderSeen, fmt.Sprintf("%d connections came without a PROXY "+
			"header and were refused: have the load balancer send them", seen.Absent))
	}
	return unknown(v1alpha1.ReasonNoClients, "nobody has connected yet")
}

// headerPorts are the broker's ports where connections begin with a PROXY header.
func (p *pass) headerPorts() map[uint16]bool {
	out := make(map[uint16]bool)
	for i := range p.broker.Spec.Listeners {
		l := &p.broker.Spec.Listeners[i]
		if l.ProxyProtocol.Mode == v1alpha1.ProxyProtocolV1OrV2 {
			out[uint16(l.Port)] = true
		}
		if p.broker.Spec.Proxied(l) {
			out[uint16(l.EffectiveProxyPort())] = true
		}
	}
	return out
}

// replaced is a Service to the tier whose Clients' addresses get lost before the tier.
func (p *pass) replaced() string {
	services := p.broker.Spec.EffectiveServices()
	for i := range services {
		if services[i].Target != v1alpha1.TargetProxy || len(p.broker.Spec.Proxy.AcceptFrom) > 0 {
			continue
		}
		child := resources.ClientService(p.broker, &services[i])
		if lost(child) {
			return child.Name
		}
	}
	return ""
}

// lost tells whether Kubernetes may replace the addresses of Clients from outside.
func lost(s *corev1.Service) bool {
	return s.Spec.Type != corev1.ServiceTypeClusterIP &&
		s.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal
}

// seen tells whether the broker sees the addresses of Clients that come to one listener through one
// Service.
func (p *pass) seen(
	offer *v1alpha1.BrokerService, s *corev1.Service, l *v1alpha1.Listener,
	scope v1alpha1.EndpointScope,
) v1alpha1.ClientAddress {
	headers := l.ProxyProtocol.Mode == v1alpha1.ProxyProtocolV1OrV2
	if offer.Target == v1alpha1.TargetProxy {
		headers = len(p.broker.Spec.Proxy.AcceptFrom) > 0
	}
	if scope == v1alpha1.EndpointExternal && lost(s) && !headers {
		return v1alpha1.ClientAddressLost
	}
	return v1alpha1.ClientAddressPreserved
}
