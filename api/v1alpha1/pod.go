// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import corev1 "k8s.io/api/core/v1"

// PodPlacement is where pods run and as whom.
type PodPlacement struct {
	// metadata is added to that of the pods.
	// +optional
	Metadata *TemplateMetadata `json:"metadata,omitempty"`

	// nodeSelector are labels that nodes must have.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// tolerations of taints of nodes.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// topologySpreadConstraints spread pods; by zone and host, where possible, when absent and
	// there are several.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// priorityClassName of the pods.
	// +optional
	PriorityClassName ObjectName `json:"priorityClassName,omitempty"`

	// schedulerName of the pods.
	// +optional
	SchedulerName ObjectName `json:"schedulerName,omitempty"`

	// runtimeClassName of the pods.
	// +optional
	RuntimeClassName ObjectName `json:"runtimeClassName,omitempty"`

	// serviceAccountName is an account of yours; the operator makes one without rights when absent.
	// +optional
	ServiceAccountName ObjectName `json:"serviceAccountName,omitempty"`

	// securityContext of the pods; the restricted profile when absent. Giving any replaces it as a
	// whole, for instance to leave the user to the cluster.
	// +optional
	SecurityContext *corev1.PodSecurityContext `json:"securityContext,omitempty"`

	// hostNetwork puts the pods into the network of their node.
	// +optional
	// +kubebuilder:default=false
	HostNetwork *bool `json:"hostNetwork,omitempty"`

	// dnsPolicy of the pods.
	// +optional
	// +kubebuilder:validation:Enum=ClusterFirst;ClusterFirstWithHostNet;Default;None
	DNSPolicy corev1.DNSPolicy `json:"dnsPolicy,omitempty"`

	// hostAliases are added to /etc/hosts.
	// +optional
	// +listType=map
	// +listMapKey=ip
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	HostAliases []corev1.HostAlias `json:"hostAliases,omitempty"`
}

// PodTemplate is what users decide about the broker's pods. Image, command and ports of the main
// container are not here: they have fields of their own or are the operator's. What is not here can
// be reached with patches.
type PodTemplate struct {
	PodPlacement `json:",inline"`

	// affinity to nodes and other pods.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// env is for the main container.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="!self.exists(e, e.name.startsWith('FLASHMQ_'))",message="variables that begin with FLASHMQ_ would override the configuration unseen: use spec.config"
	Env []corev1.EnvVar `json:"env,omitempty"`

	// extraVolumes are added to the pods.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="!self.exists(v, v.name.startsWith('flashmq'))",message="volumes that begin with flashmq are the operator's: choose another name"
	ExtraVolumes []ExtraVolume `json:"extraVolumes,omitempty"`

	// extraVolumeMounts are added to the main container.
	// +optional
	// +listType=map
	// +listMapKey=mountPath
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	ExtraVolumeMounts []corev1.VolumeMount `json:"extraVolumeMounts,omitempty"`

	// initContainers run before the main container.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:XValidation:rule="!self.exists(c, c.name.startsWith('flashmq'))",message="containers that begin with flashmq are the operator's: choose another name"
	InitContainers []ExtraContainer `json:"initContainers,omitempty"`

	// sidecars run beside the main container.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:XValidation:rule="!self.exists(c, c.name.startsWith('flashmq'))",message="containers that begin with flashmq are the operator's: choose another name"
	Sidecars []ExtraContainer `json:"sidecars,omitempty"`
}

// ProxyPodTemplate is what users decide about the HAProxy pods. What is not here, such as affinity,
// can be reached with patches; topologySpreadConstraints keep the pods apart.
type ProxyPodTemplate struct {
	PodPlacement `json:",inline"`
}
