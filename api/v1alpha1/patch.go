// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// PatchType is how a patch is written.
//
// +kubebuilder:validation:Enum=StrategicMerge;JSON
type PatchType string

// The types.
const (
	PatchStrategicMerge PatchType = "StrategicMerge"
	PatchJSON           PatchType = "JSON"
)

// Patch changes a child after the operator has made it: the last resort.
type Patch struct {
	// target is which children are changed.
	// +required
	Target PatchTarget `json:"target,omitzero"`

	// type is how the patch is written.
	// +optional
	// +kubebuilder:default=StrategicMerge
	Type PatchType `json:"type,omitempty"`

	// patch is the change, in YAML. When it cannot be applied, ConfigValid is False and nothing of
	// the broker is changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16384
	Patch string `json:"patch,omitempty"`
}

// PatchTarget is which children a patch changes.
type PatchTarget struct {
	// kind of the children. Secrets cannot be patched: give one of yours instead.
	// +required
	// +kubebuilder:validation:Enum=StatefulSet;Deployment;Service;ConfigMap;ServiceAccount;PodDisruptionBudget;NetworkPolicy;Certificate;ServiceMonitor;PrometheusRule
	Kind string `json:"kind,omitempty"`

	// nameSuffix is what follows the name of the broker in theirs, such as -proxy; when absent, all
	// of that kind.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^-[-a-z0-9]*[a-z0-9]$`
	NameSuffix string `json:"nameSuffix,omitempty"`
}
