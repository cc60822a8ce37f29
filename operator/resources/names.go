// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// The labels of all children, and the annotations that the operator reads or writes.
const (
	BrokerLabel    = "flashmq.io/broker"
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "flashmq-operator"

	// RestartAnnotation is in the pod template: what only a start can change.
	RestartAnnotation = "flashmq.io/restart"
	// ConfigAnnotation is on pods: the kubelet looks at its volumes when it changes.
	ConfigAnnotation = "flashmq.io/config"
	// TemplateAnnotation is on the StatefulSet and on HAProxy pods: the revision of the template.
	TemplateAnnotation = "flashmq.io/template"
	// ReasonAnnotation is on the StatefulSet: why its pods restarted last.
	ReasonAnnotation = "flashmq.io/restart-reason"
	// OwnImageAnnotation is on a HAProxy Deployment whose image the spec has chosen.
	OwnImageAnnotation = "flashmq.io/own-image"
)

// Labels are those by which all children of a broker are found.
func Labels(owner client.Object) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":     "flashmq",
		"app.kubernetes.io/instance": owner.GetName(),
		"app.kubernetes.io/part-of":  "flashmq",
		ManagedByLabel:               ManagedBy,
		BrokerLabel:                  owner.GetName(),
	}
}

// Component are the two kinds of pods.
type Component string

// The components.
const (
	Broker Component = "broker"
	Proxy  Component = "proxy"
)

const componentLabel = "app.kubernetes.io/component"

// Selector finds the pods of a component. It can never change.
func Selector(b *v1alpha1.FlashMQBroker, c Component) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":     "flashmq",
		"app.kubernetes.io/instance": b.Name,
		componentLabel:               string(c),
	}
}

// The names of the children.
func ConfigName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-config" }

// CertificatesName is that of the Secret with the certificates of all listeners.
func CertificatesName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-certificates" }

// AdminName is that of the Secret with the token of the administration port.
func AdminName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-admin" }

// AuthorityName is that of the Secret with the operator's authority for this broker.
func AuthorityName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-ca" }

// ListenerSecretName is that of the Secret with a generated or issued certificate.
func ListenerSecretName(b *v1alpha1.FlashMQBroker, listener v1alpha1.ListenerName) string {
	return b.Name + "-" + string(listener) + "-tls"
}

// NodesName is that of the headless Service.
func NodesName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-nodes" }

// MetricsName is that of the Service for Prometheus.
func MetricsName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-metrics" }

// meta is the metadata of a child. Labels of all children are the applier's.
func meta(b *v1alpha1.FlashMQBroker, name string,
	more ...*v1alpha1.TemplateMetadata) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Name: name, Namespace: b.Namespace}
	add(&m, b.Spec.InheritedMetadata)
	for _, x := range more {
		add(&m, x)
	}
	return m
}

// add adds labels and annotations, later ones over earlier ones.
func add(m *metav1.ObjectMeta, x *v1alpha1.TemplateMetadata) {
	m.Labels = merge(m.Labels, x.Labels)
	m.Annotations = merge(m.Annotations, x.Annotations)
}

func merge(into, from map[string]string) map[string]string {
	if len(from) == 0 {
		return into
	}
	out := make(map[string]string, len(into)+len(from))
	maps.Copy(out, into)
	maps.Copy(out, from)
	return out
}
