// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import corev1 "k8s.io/api/core/v1"

// Complete puts empty structs where optional ones are absent, so that readers need not look for
// nil. What is absent because it means something stays so: proxy, tls and clientAuth.
func (s *FlashMQBrokerSpec) Complete() {
	one := int32(1)
	fill(&s.Replicas, &one)
	fill(&s.Config, new(BrokerConfig))
	fill(&s.Config.Retained, new(RetainedConfig))
	fill(&s.Config.Limits, new(BrokerLimits))
	fill(&s.Logging, new(Logging))
	fill(&s.Auth, new(Auth))
	fill(&s.Resources, new(corev1.ResourceRequirements))
	fill(&s.PodTemplate, new(PodTemplate))
	fill(&s.PodTemplate.Metadata, new(TemplateMetadata))
	fill(&s.InheritedMetadata, new(TemplateMetadata))
	fill(&s.Drain, new(Drain))
	fill(&s.Update, new(Update))
	fill(&s.Metrics, new(Metrics))
	fill(&s.Metrics.ServiceMonitor, new(ServiceMonitor))
	fill(&s.Metrics.Rules, new(MetricsExtra))
	fill(&s.Metrics.Dashboard, new(MetricsExtra))
	if len(s.Listeners) == 0 {
		s.Listeners = []Listener{{Name: defaultListenerName, Protocol: ProtocolMQTT,
			Port: defaultListenerPort, Anonymous: AnonymousInherit}}
	}
	for i := range s.Listeners {
		fill(&s.Listeners[i].ProxyProtocol, new(ProxyProtocol))
		fill(&s.Listeners[i].Limits, new(ListenerLimits))
	}
	if p := s.Proxy; p != nil {
		fill(&p.Resources, new(corev1.ResourceRequirements))
		fill(&p.PodTemplate, new(ProxyPodTemplate))
		fill(&p.PodTemplate.Metadata, new(TemplateMetadata))
		fill(&p.Service, new(ServiceTemplate))
		fill(&p.Service.Metadata, new(TemplateMetadata))
		fill(&p.Service.Spec, new(ServiceTemplateSpec))
	}
	for i := range s.Services {
		fill(&s.Services[i].Template, new(ServiceTemplate))
		fill(&s.Services[i].Template.Metadata, new(TemplateMetadata))
		fill(&s.Services[i].Template.Spec, new(ServiceTemplateSpec))
	}
}

// Ours: the listener of a broker whose spec has none. It is no default of the schema: under
// server-side apply that would belong to nobody, and stay open beside listeners that come later.
const (
	defaultListenerName = "mqtt"
	defaultListenerPort = 1883
)

func fill[T any](p **T, with *T) {
	if *p == nil {
		*p = with
	}
}

// VerifiesClients reports whether Clients have to show a certificate.
func (t *ListenerTLS) VerifiesClients() bool {
	return t.ClientAuth != nil && t.ClientAuth.Mode == ClientAuthRequire
}
