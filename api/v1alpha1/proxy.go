// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import corev1 "k8s.io/api/core/v1"

// ProxyTLS is who does TLS: the broker, or HAProxy before it.
//
// +kubebuilder:validation:Enum=Passthrough;Terminate
type ProxyTLS string

// Who does TLS.
const (
	ProxyPassthrough ProxyTLS = "Passthrough"
	ProxyTerminate   ProxyTLS = "Terminate"
)

// Balance is how HAProxy chooses a broker for a connection.
//
// +kubebuilder:validation:Enum=ClientID;LeastConn;Source
type Balance string

// How a broker is chosen.
const (
	// BalanceClientID leads a Client Identifier to the same broker each time.
	BalanceClientID Balance = "ClientID"
	// BalanceLeastConn takes the broker with the fewest connections.
	BalanceLeastConn Balance = "LeastConn"
	// BalanceSource leads an address to the same broker each time.
	BalanceSource Balance = "Source"
)

// BackendTLS is whether HAProxy and the broker prove to each other who they are.
//
// +kubebuilder:validation:Enum=None;Mutual
type BackendTLS string

// Whether they do.
const (
	BackendTLSNone   BackendTLS = "None"
	BackendTLSMutual BackendTLS = "Mutual"
)

// ProxyScaling is who decides about the number of HAProxy pods.
//
// +kubebuilder:validation:Enum=Fixed;External
type ProxyScaling string

// Who decides.
const (
	ProxyScalingFixed    ProxyScaling = "Fixed"
	ProxyScalingExternal ProxyScaling = "External"
)

// Proxy is the HAProxy tier, which accepts connections and hands them to the broker with a PROXY
// protocol header.
//
// +kubebuilder:validation:XValidation:rule="self.scaling != 'External' || !has(self.replicas)",message="scaling External leaves the number of pods to a HorizontalPodAutoscaler: leave replicas out",fieldPath=".replicas"
type Proxy struct {
	// enabled starts the tier.
	// +optional
	// +kubebuilder:default=false
	Enabled *bool `json:"enabled,omitempty"`

	// replicas is the number of HAProxy pods; 2 when it is absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=64
	Replicas int32 `json:"replicas,omitempty"`

	// scaling External leaves the number of pods to a HorizontalPodAutoscaler.
	// +optional
	// +kubebuilder:default=Fixed
	Scaling ProxyScaling `json:"scaling,omitempty"`

	// image of HAProxy; that of the operator when absent, which is then pinned in status.
	// +optional
	Image ImageName `json:"image,omitempty"`

	// tls says who does TLS. Terminate lets HAProxy do it with the certificate of the listener.
	// +optional
	// +kubebuilder:default=Passthrough
	TLS ProxyTLS `json:"tls,omitempty"`

	// balance is how HAProxy chooses a broker.
	// +optional
	// +kubebuilder:default=ClientID
	Balance Balance `json:"balance,omitempty"`

	// acceptFrom are the networks of load balancers that send a PROXY header to HAProxy.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	AcceptFrom []CIDR `json:"acceptFrom,omitempty"`

	// backendTLS Mutual encrypts what goes to the broker, with certificates of the operator's
	// authority on both sides, so that nobody else can send PROXY headers.
	// +optional
	// +kubebuilder:default=None
	BackendTLS BackendTLS `json:"backendTLS,omitempty"`

	// maxConnectBytes is the largest CONNECT packet, with Will and password, that gets through.
	// +optional
	// +kubebuilder:default=131072
	// +kubebuilder:validation:Minimum=4096
	// +kubebuilder:validation:Maximum=4194304
	MaxConnectBytes int32 `json:"maxConnectBytes,omitempty"`

	// hardStopSeconds is how long a HAProxy that is being replaced keeps its connections.
	// +optional
	// +kubebuilder:default=300
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=86400
	HardStopSeconds int32 `json:"hardStopSeconds,omitempty"`

	// service is what Services with target Proxy have unless their template says otherwise.
	// +optional
	Service *ServiceTemplate `json:"service,omitempty"`

	// resources of the HAProxy container. Giving any replaces the default as a whole.
	// +optional
	// +kubebuilder:default={requests: {cpu: "50m", memory: "64Mi"}}
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`

	// podTemplate is the rest of the HAProxy pods.
	// +optional
	PodTemplate *ProxyPodTemplate `json:"podTemplate,omitempty"`

	// extraGlobal are lines for the global section of HAProxy's configuration. The operator refuses
	// those that would begin another section or undo what it relies on.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	ExtraGlobal string `json:"extraGlobal,omitempty"`

	// extraDefaults are lines for the defaults section.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	ExtraDefaults string `json:"extraDefaults,omitempty"`
}
