// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/optional"
)

// custom begins an object of a kind that is not compiled in.
func custom(
	b *v1alpha1.FlashMQBroker, kind schema.GroupVersionKind, name string, labels map[string]string,
	spec map[string]any,
) *unstructured.Unstructured {
	m := meta(b, name, &v1alpha1.TemplateMetadata{Labels: labels})
	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetGroupVersionKind(kind)
	u.SetName(m.Name)
	u.SetNamespace(m.Namespace)
	u.SetLabels(m.Labels)
	u.SetAnnotations(m.Annotations)
	return u
}

// ServiceMonitor tells prometheus-operator to scrape the broker.
func ServiceMonitor(b *v1alpha1.FlashMQBroker) *unstructured.Unstructured {
	s := b.Spec.Metrics.ServiceMonitor
	return custom(b, optional.ServiceMonitor, b.Name, s.Labels, map[string]any{
		"selector": map[string]any{"matchLabels": map[string]any{
			BrokerLabel: b.Name, metricsLabel: "true"}},
		"endpoints":    endpoints(b),
		"targetLabels": []any{BrokerLabel},
	})
}

// endpoints are the ports that are scraped: each is there in one of the two Services.
func endpoints(b *v1alpha1.FlashMQBroker) []any {
	s := b.Spec.Metrics.ServiceMonitor
	all := []any{endpoint(s, adminPortName)}
	if b.Spec.ProxyEnabled() {
		all = append(all, endpoint(s, proxyPortName))
	}
	return all
}

func endpoint(s *v1alpha1.ServiceMonitor, port string) map[string]any {
	out := map[string]any{"port": port, "path": "/metrics", "interval": s.Interval}
	for key, list := range map[string][]v1alpha1.Relabeling{
		"relabelings": s.Relabelings, "metricRelabelings": s.MetricRelabelings} {
		var steps []any
		for i := range list {
			step, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&list[i])
			if err != nil {
				panic("resources: a Relabeling that cannot be converted: " + err.Error()) // all can
			}
			steps = append(steps, step)
		}
		if steps != nil {
			out[key] = steps
		}
	}
	return out
}

// PrometheusRule has alerts about the broker.
func PrometheusRule(b *v1alpha1.FlashMQBroker) *unstructured.Unstructured {
	alert := func(name, expression, wait, severity, summary string) map[string]any {
		return map[string]any{"alert": name, "expr": expression, "for": wait,
			"labels":      map[string]any{"severity": severity},
			"annotations": map[string]any{"summary": summary}}
	}
	of := fmt.Sprintf(`{namespace=%q,service=%q}`, b.Namespace, MetricsName(b))
	return custom(b, optional.PrometheusRule, b.Name, b.Spec.Metrics.Rules.Labels, map[string]any{
		"groups": []any{map[string]any{"name": "flashmq-" + b.Namespace + "-" + b.Name,
			"rules": []any{
				alert("FlashMQDown", "absent(up"+of+" == 1)", "2m", "critical",
					"FlashMQ broker "+b.Name+" cannot be scraped"),
				alert("FlashMQCertificateExpires",
					"flashmq_certificate_expiry_timestamp_seconds"+of+" - time() < 7 * 86400",
					"10m", "warning",
					"a certificate of FlashMQ broker "+b.Name+" expires in less than a week"),
				alert("FlashMQReloadFailed",
					"flashmq_configuration_last_reload_successful"+of+" == 0", "5m",
					"warning",
					"FlashMQ broker "+b.Name+" does not accept its configuration"),
			}}}})
}

// Certificate asks cert-manager for the certificate of a listener.
func Certificate(
	b *v1alpha1.FlashMQBroker, l *v1alpha1.Listener, names []string,
) *unstructured.Unstructured {
	issuer := l.TLS.IssuerRef
	var dns []any
	for _, n := range names {
		dns = append(dns, n)
	}
	for _, n := range issuer.DNSNames {
		dns = append(dns, string(n))
	}
	spec := map[string]any{
		"secretName": ListenerSecretName(b, l.Name),
		"issuerRef": map[string]any{"name": string(issuer.Name), "kind": issuer.Kind,
			"group": string(issuer.Group)},
		"dnsNames": dns,
		"privateKey": map[string]any{"algorithm": "ECDSA", "size": int64(256),
			"rotationPolicy": "Always"},
		"usages": []any{"digital signature", "key encipherment", "server auth"},
	}
	if issuer.Duration != "" {
		spec["duration"] = string(issuer.Duration)
	}
	if issuer.RenewBefore != "" {
		spec["renewBefore"] = string(issuer.RenewBefore)
	}
	return custom(b, optional.Certificate, ListenerSecretName(b, l.Name), nil, spec)
}
