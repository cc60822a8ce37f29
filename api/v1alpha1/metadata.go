// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// TemplateMetadata is added to the metadata of a child.
//
// +kubebuilder:validation:XValidation:rule="!has(self.labels) || !self.labels.exists(k, k.startsWith('flashmq.io/') || k in ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component', 'app.kubernetes.io/part-of', 'app.kubernetes.io/managed-by'])",message="the operator finds its objects by the labels flashmq.io/... and app.kubernetes.io/name, instance, component, part-of and managed-by: choose other labels",fieldPath=".labels"
// +kubebuilder:validation:XValidation:rule="!has(self.annotations) || !self.annotations.exists(k, k.startsWith('flashmq.io/'))",message="annotations that begin with flashmq.io/ are the operator's: choose other ones",fieldPath=".annotations"
type TemplateMetadata struct {
	// labels to add.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Labels map[string]string `json:"labels,omitempty"`

	// annotations to add.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	Annotations map[string]string `json:"annotations,omitempty"`
}
