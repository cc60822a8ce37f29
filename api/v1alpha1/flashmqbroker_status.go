// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FlashMQBrokerStatus is what there is, as of observedGeneration.
type FlashMQBrokerStatus struct {
	// conditions say what is well and what is not; the reasons are a closed list.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation of the spec that the rest is about.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// replicas is the number of broker pods.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replicas *int32 `json:"replicas,omitempty"`

	// readyReplicas is how many of them are ready.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ReadyReplicas *int32 `json:"readyReplicas,omitempty"`

	// updatedReplicas is how many of them run what is wanted.
	// +optional
	// +kubebuilder:validation:Minimum=0
	UpdatedReplicas *int32 `json:"updatedReplicas,omitempty"`

	// selector finds the broker pods; for the scale subresource.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Selector string `json:"selector,omitempty"`

	// image that runs or is to run. It stays when the operator is upgraded.
	// +optional
	Image ImageName `json:"image,omitempty"`

	// version of that image, as far as the operator or the broker knows it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Version string `json:"version,omitempty"`

	// availableVersion is a newer one that the operator offers.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	AvailableVersion string `json:"availableVersion,omitempty"`

	// revisions are what the broker is to run.
	// +optional
	Revisions *Revisions `json:"revisions,omitempty"`

	// restart is why a restart waits or is under way.
	// +optional
	Restart *RestartStatus `json:"restart,omitempty"`

	// endpoints are the addresses Clients connect to.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=128
	Endpoints []Endpoint `json:"endpoints,omitempty"`

	// pods are the broker pods as they see themselves, at most once a minute.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Pods []PodStatus `json:"pods,omitempty"`

	// clients is how many Clients are connected, at most once a minute.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Clients *int64 `json:"clients,omitempty"`

	// proxy is the HAProxy tier.
	// +optional
	Proxy *ProxyStatus `json:"proxy,omitempty"`

	// certificates are those of the listeners.
	// +optional
	// +listType=map
	// +listMapKey=listener
	// +kubebuilder:validation:MaxItems=16
	Certificates []CertificateStatus `json:"certificates,omitempty"`

	// warnings are what is accepted and should be looked at: deprecated keys, patches that take
	// privileges, and the like.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=1024
	Warnings []string `json:"warnings,omitempty"`
}

// Revision is a digest of something that can change.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
type Revision string

// Revisions are digests of what the broker is to run.
//
// +kubebuilder:validation:MinProperties=1
type Revisions struct {
	// config is of flashmq.conf.
	// +optional
	Config Revision `json:"config,omitempty"`

	// certificates is of all certificates.
	// +optional
	Certificates Revision `json:"certificates,omitempty"`

	// workload is of the pods, in what needs a restart.
	// +optional
	Workload Revision `json:"workload,omitempty"`

	// pendingWorkload is that of the pods which wait to be made.
	// +optional
	PendingWorkload Revision `json:"pendingWorkload,omitempty"`
}

// RestartStatus is why a restart waits or is under way.
type RestartStatus struct {
	// reason in words.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Reason string `json:"reason,omitempty"`

	// keys are the fields whose change it takes effect with.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=256
	Keys []string `json:"keys,omitempty"`

	// notBefore is when it may begin.
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`
}

// EndpointScope is where an endpoint can be reached from.
//
// +kubebuilder:validation:Enum=Internal;External
type EndpointScope string

// The scopes.
const (
	EndpointInternal EndpointScope = "Internal"
	EndpointExternal EndpointScope = "External"
)

// ClientAddress is whether the broker sees the addresses of Clients.
//
// +kubebuilder:validation:Enum=Preserved;Lost;Unknown
type ClientAddress string

// Whether it does.
const (
	ClientAddressPreserved ClientAddress = "Preserved"
	ClientAddressLost      ClientAddress = "Lost"
	ClientAddressUnknown   ClientAddress = "Unknown"
)

// Endpoint is an address Clients connect to.
type Endpoint struct {
	// listener that is reached.
	// +required
	Listener ListenerName `json:"listener,omitempty"`

	// scope is where from.
	// +required
	Scope EndpointScope `json:"scope,omitempty"`

	// url to give to a Client, such as mqtts://factory.plant.svc:8883.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	URL string `json:"url,omitempty"`

	// clientAddress is whether the broker sees the addresses of Clients that come this way.
	// +optional
	ClientAddress ClientAddress `json:"clientAddress,omitempty"`
}

// PodStatus is one broker pod as it sees itself.
type PodStatus struct {
	// name of the pod.
	// +required
	Name ObjectName `json:"name,omitempty"`

	// ready is whether it takes Clients.
	// +optional
	Ready *bool `json:"ready,omitempty"`

	// draining is whether it lets its Clients go.
	// +optional
	Draining *bool `json:"draining,omitempty"`

	// connections is how many Clients have one.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Connections *int64 `json:"connections,omitempty"`

	// sessions is how many there are, with or without a connection.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Sessions *int64 `json:"sessions,omitempty"`

	// retained is how many Retained Messages there are.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Retained *int64 `json:"retained,omitempty"`

	// config is the revision of the configuration in force.
	// +optional
	Config Revision `json:"config,omitempty"`
}

// ProxyStatus is the HAProxy tier.
type ProxyStatus struct {
	// replicas is the number of pods.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Replicas *int32 `json:"replicas,omitempty"`

	// readyReplicas is how many of them are ready.
	// +optional
	// +kubebuilder:validation:Minimum=0
	ReadyReplicas *int32 `json:"readyReplicas,omitempty"`

	// image that runs or is to run. It stays when the operator is upgraded.
	// +optional
	Image ImageName `json:"image,omitempty"`

	// agentImage is where the agent in the pods comes from, which makes HAProxy take changes. It
	// stays, too.
	// +optional
	AgentImage ImageName `json:"agentImage,omitempty"`
}

// CertificateSource is where a certificate comes from.
//
// +kubebuilder:validation:Enum=Secret;CertManager;Generated
type CertificateSource string

// The sources.
const (
	CertificateFromSecret      CertificateSource = "Secret"
	CertificateFromCertManager CertificateSource = "CertManager"
	CertificateGenerated       CertificateSource = "Generated"
)

// CertificateStatus is the certificate of one listener.
type CertificateStatus struct {
	// listener it belongs to.
	// +required
	Listener ListenerName `json:"listener,omitempty"`

	// notAfter is when it ends.
	// +optional
	NotAfter *metav1.Time `json:"notAfter,omitempty"`

	// source is where it comes from.
	// +required
	Source CertificateSource `json:"source,omitempty"`
}
