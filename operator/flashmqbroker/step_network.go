// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
)

// network makes the Services, and tells Clients' addresses.
func (p *pass) network() (bool, error) {
	b := p.broker
	own := []client.Object{resources.NodesService(b), resources.MetricsService(b)}
	if b.Spec.ProxyEnabled() {
		own = append(own, resources.NodeService(b, 0))
	}
	if b.Spec.NetworkPolicy == v1alpha1.NetworkPolicyEnabled {
		own = append(own, resources.NetworkPolicy(b, p.Namespace))
		if b.Spec.ProxyEnabled() {
			own = append(own, resources.ProxyNetworkPolicy(b, p.Namespace))
		}
	}
	for _, child := range own {
		if err := p.want(child); err != nil {
			return false, err
		}
	}
	p.status.Endpoints = nil
	services := b.Spec.EffectiveServices()
	for i := range services {
		child := resources.ClientService(b, &services[i])
		if err := p.want(child); err != nil {
			return false, err
		}
		p.endpoints(&services[i], child)
	}
	return true, nil
}

// host is a name of a Service.
type host struct {
	scope v1alpha1.EndpointScope
	name  string
}

// endpoints are the addresses of one Service.
func (p *pass) endpoints(offer *v1alpha1.BrokerService, s *corev1.Service) {
	hosts := []host{{v1alpha1.EndpointInternal, fmt.Sprintf("%s.%s.svc.%s", s.Name,
		s.Namespace, p.ClusterDomain)}}
	if live := p.facts.services[s.Name]; live != nil {
		for _, in := range live.Status.LoadBalancer.Ingress {
			if name := in.Hostname + in.IP; name != "" { // one of them is empty
				hosts = append(hosts, host{v1alpha1.EndpointExternal, name})
			}
		}
	}
	for _, h := range hosts {
		for _, port := range s.Spec.Ports {
			l := p.broker.Spec.Listener(v1alpha1.ListenerName(port.Name))
			p.status.Endpoints = append(p.status.Endpoints, v1alpha1.Endpoint{Listener: l.Name,
				Scope: h.scope, URL: address(l, h.name, port.Port),
				ClientAddress: p.seen(offer, s, l, h.scope)})
		}
	}
}

// address is what a Client is told to connect to.
func address(l *v1alpha1.Listener, host string, port int32) string {
	scheme := "mqtt"
	if l.Protocol == v1alpha1.ProtocolWebSocket {
		scheme = "ws"
	}
	if l.TLS != nil {
		scheme += "s"
	}
	return fmt.Sprintf("%s://%s:%d%s", scheme, host, port, l.EffectivePath())
}
