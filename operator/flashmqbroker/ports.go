// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
)

// ports tells whether two things want the same port: in a pod, whose containers share them all, or
// in a Service. The schema sees to listeners, which the API server cannot compare with the rest.
func ports(s *v1alpha1.FlashMQBrokerSpec) error {
	return cmp.Or(brokerPorts(s), proxyPorts(s), servicePorts(s))
}

// brokerPorts are those of the broker's pod.
func brokerPorts(s *v1alpha1.FlashMQBrokerSpec) error {
	taken := map[int32]string{
		brokerconfig.AdminPort: "the broker's own, for probes and metrics"}
	for i := range s.Listeners {
		l := &s.Listeners[i]
		taken[int32(l.Port)] = "listener " + string(l.Name)
		if s.Proxied(l) {
			taken[int32(l.EffectiveProxyPort())] = "the proxyPort of listener " + string(l.Name)
		}
	}
	for i := range s.PodTemplate.Sidecars {
		c := &s.PodTemplate.Sidecars[i]
		for _, p := range c.Ports {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
				continue
			}
			if by := taken[p.ContainerPort]; by != "" {
				return fmt.Errorf("spec.podTemplate.sidecars[%s]: port %d is that of %s: "+
					"containers of a pod share their ports, so choose another one", c.Name,
					p.ContainerPort, by)
			}
			taken[p.ContainerPort] = "sidecar " + string(c.Name)
		}
	}
	return nil
}

// proxyPorts are those of a HAProxy pod, in which listeners have the ports that Clients know.
func proxyPorts(s *v1alpha1.FlashMQBrokerSpec) error {
	for i := range s.Listeners {
		l := &s.Listeners[i]
		if s.Proxied(l) && (l.Port == resources.ProxyPort || l.Port == proxyagent.Port) {
			return fmt.Errorf("listener %s: the HAProxy pods use %d (metrics) and %d (agent) "+
				"themselves: choose another port, or set viaProxy to false", l.Name,
				resources.ProxyPort, proxyagent.Port)
		}
	}
	return nil
}

// servicePorts are those of each Service.
func servicePorts(s *v1alpha1.FlashMQBrokerSpec) error {
	for _, service := range s.EffectiveServices() {
		offered := make(map[int32]v1alpha1.ListenerName)
		for _, p := range service.Listeners {
			if by, twice := offered[p.Port]; twice {
				return fmt.Errorf("spec.services[%s]: listeners %s and %s both have port %d: "+
					"choose another one for one of them", service.Name, by, p.Name, p.Port)
			}
			offered[p.Port] = p.Name
		}
	}
	return nil
}
