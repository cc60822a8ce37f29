// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
)

// Ours: the name of the port of probes and metrics, wherever it is.
const adminPortName = "admin"

// NodesService is the headless Service that gives pods their names.
func NodesService(b *v1alpha1.FlashMQBroker) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: meta(b, NodesName(b)),
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone,
			PublishNotReadyAddresses: true,
			Selector:                 Selector(b, Broker),
			Ports:                    []corev1.ServicePort{adminServicePort()},
		},
	}
}

// MetricsService is what a ServiceMonitor selects.
func MetricsService(b *v1alpha1.FlashMQBroker) *corev1.Service {
	m := meta(b, MetricsName(b))
	m.Labels = merge(m.Labels, map[string]string{metricsLabel: "true"})
	return &corev1.Service{
		ObjectMeta: m,
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone,
			Selector: Selector(b, Broker),
			Ports:    []corev1.ServicePort{adminServicePort()},
		},
	}
}

// Ours: only the Service for metrics has it, so that nothing is scraped twice.
const metricsLabel = "flashmq.io/metrics"

func adminServicePort() corev1.ServicePort {
	return corev1.ServicePort{Name: adminPortName, Port: brokerconfig.AdminPort,
		TargetPort: intstr.FromInt32(brokerconfig.AdminPort), Protocol: corev1.ProtocolTCP}
}

// ClientService is one Service for Clients, of the effective ones.
func ClientService(b *v1alpha1.FlashMQBroker, s *v1alpha1.BrokerService) *corev1.Service {
	target := Broker
	if s.Target == v1alpha1.TargetProxy {
		target = Proxy
	}
	t, more := template(b, s)
	out := &corev1.Service{
		ObjectMeta: meta(b, s.Name.ServiceObjectName(b.Name), more...),
		Spec: corev1.ServiceSpec{
			Type:                          corev1.ServiceTypeClusterIP,
			AllocateLoadBalancerNodePorts: t.AllocateLoadBalancerNodePorts,
			ExternalTrafficPolicy:         t.ExternalTrafficPolicy,
			IPFamilies:                    t.IPFamilies,
			SessionAffinity:               t.SessionAffinity,
			Selector:                      Selector(b, target),
		},
	}
	if t.Type != "" {
		out.Spec.Type = t.Type
	}
	out.Spec.LoadBalancerClass = optionalOf(t.LoadBalancerClass)
	out.Spec.InternalTrafficPolicy = optionalOf(t.InternalTrafficPolicy)
	out.Spec.IPFamilyPolicy = optionalOf(t.IPFamilyPolicy)
	for _, cidr := range t.LoadBalancerSourceRanges {
		out.Spec.LoadBalancerSourceRanges = append(out.Spec.LoadBalancerSourceRanges, string(cidr))
	}
	for _, offered := range s.Listeners {
		if l := b.Spec.Listener(offered.Name); l != nil { // the schema has no others
			out.Spec.Ports = append(out.Spec.Ports, clientPort(l, offered))
		}
	}
	return out
}

// template is what the spec says about a Service: for those before the HAProxy tier what
// proxy.service says, and over it the Service's own.
func template(
	b *v1alpha1.FlashMQBroker, s *v1alpha1.BrokerService,
) (spec v1alpha1.ServiceTemplateSpec, more []*v1alpha1.TemplateMetadata) {
	use := func(t *v1alpha1.ServiceTemplate) {
		if t == nil {
			return
		}
		if t.Metadata != nil {
			more = append(more, t.Metadata)
		}
		if t.Spec != nil {
			overlay(&spec, t.Spec)
		}
	}
	if s.Target == v1alpha1.TargetProxy {
		use(b.Spec.Proxy.Service)
	}
	use(s.Template)
	return spec, more
}

// overlay takes over what is set.
func overlay(into, from *v1alpha1.ServiceTemplateSpec) {
	to, set := reflect.ValueOf(into).Elem(), reflect.ValueOf(from).Elem()
	for i := range set.NumField() {
		if !set.Field(i).IsZero() {
			to.Field(i).Set(set.Field(i))
		}
	}
}

// optionalOf is nil for what was not set.
func optionalOf[T ~string](v T) *T {
	if v == "" {
		return nil
	}
	return &v
}

func clientPort(l *v1alpha1.Listener, offered v1alpha1.ServicePort) corev1.ServicePort {
	protocol := "mqtt"
	if l.Protocol == v1alpha1.ProtocolWebSocket {
		protocol = "kubernetes.io/ws"
	}
	if l.TLS != nil { // whoever of the two speaks it
		protocol = map[string]string{"mqtt": "mqtts",
			"kubernetes.io/ws": "kubernetes.io/wss"}[protocol]
	}
	return corev1.ServicePort{Name: string(l.Name), Port: offered.Port,
		TargetPort: intstr.FromInt32(int32(l.Port)), NodePort: offered.NodePort,
		Protocol: corev1.ProtocolTCP, AppProtocol: &protocol}
}
