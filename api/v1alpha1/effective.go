// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// Ours: what holds when a field is absent and its default depends on others.
const (
	// defaultPath is where MQTT is served over WebSocket when a listener names no path.
	defaultPath = "/mqtt"
	// proxyPortOffset is how far a listener's second port is from its first.
	proxyPortOffset = 10000
	// defaultProxyReplicas is the number of HAProxy pods when none is given.
	defaultProxyReplicas = 2
	// ClientServiceName is the Service that is called as the broker is.
	ClientServiceName ServiceName = "client"
)

// ProxyEnabled reports whether there is to be a HAProxy tier.
func (s *FlashMQBrokerSpec) ProxyEnabled() bool {
	return s.Proxy != nil && on(s.Proxy.Enabled)
}

// Proxied reports whether a listener has a second port for the HAProxy tier.
func (s *FlashMQBrokerSpec) Proxied(l *Listener) bool {
	return s.ProxyEnabled() && (l.ViaProxy == nil || *l.ViaProxy)
}

// EffectiveProxyPort is that second port.
func (l *Listener) EffectiveProxyPort() Port {
	if l.ProxyPort != 0 {
		return l.ProxyPort
	}
	return l.Port + proxyPortOffset
}

// EffectivePath is where the listener serves MQTT over WebSocket; empty when it does not.
func (l *Listener) EffectivePath() string {
	if l.Protocol != ProtocolWebSocket {
		return ""
	}
	if l.Path != "" {
		return l.Path
	}
	return defaultPath
}

// Listener returns the listener of that name, nil when there is none.
func (s *FlashMQBrokerSpec) Listener(name ListenerName) *Listener {
	for i := range s.Listeners {
		if s.Listeners[i].Name == name {
			return &s.Listeners[i]
		}
	}
	return nil
}

// EffectiveServices are the Services to make, with targets, listeners and ports filled in.
func (s *FlashMQBrokerSpec) EffectiveServices() []BrokerService {
	given := s.Services
	if len(given) == 0 {
		given = []BrokerService{{Name: ClientServiceName}}
	}
	services := make([]BrokerService, 0, len(given))
	for i := range given {
		service := *given[i].DeepCopy()
		if service.Target == "" {
			service.Target = TargetBroker
			if s.ProxyEnabled() {
				service.Target = TargetProxy
			}
		}
		if len(service.Listeners) == 0 {
			service.Listeners = s.listenersOf(service.Target)
		}
		for j := range service.Listeners {
			p := &service.Listeners[j]
			if l := s.Listener(p.Name); l != nil && p.Port == 0 {
				p.Port = int32(l.Port)
			}
		}
		services = append(services, service)
	}
	return services
}

// listenersOf are all listeners that pods of a target have.
func (s *FlashMQBrokerSpec) listenersOf(target ServiceTarget) []ServicePort {
	var all []ServicePort
	for i := range s.Listeners {
		if target == TargetBroker || s.Proxied(&s.Listeners[i]) {
			all = append(all, ServicePort{Name: s.Listeners[i].Name})
		}
	}
	return all
}

// EffectiveReplicas is the number of HAProxy pods, nil when somebody else decides.
func (p *Proxy) EffectiveReplicas() *int32 {
	if p.Scaling == ProxyScalingExternal {
		return nil
	}
	replicas := p.Replicas
	if replicas == 0 {
		replicas = defaultProxyReplicas
	}
	return &replicas
}

// ServiceObjectName is the name of a Service of the broker called broker.
func (s ServiceName) ServiceObjectName(broker string) string {
	if s == ClientServiceName {
		return broker
	}
	return broker + "-" + string(s)
}

func on(b *bool) bool { return b != nil && *b }
