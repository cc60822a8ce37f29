// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import networkingv1 "k8s.io/api/networking/v1"

// Protocol is what is spoken on a listener.
//
// +kubebuilder:validation:Enum=MQTT;WebSocket
type Protocol string

// The protocols.
const (
	ProtocolMQTT      Protocol = "MQTT"
	ProtocolWebSocket Protocol = "WebSocket"
)

// Listener is one port that the broker opens: a listen block of flashmq.conf.
//
// +kubebuilder:validation:XValidation:rule="!has(self.path) || self.protocol == 'WebSocket'",message="path is for WebSocket only: set protocol to WebSocket, or leave path out",fieldPath=".path"
// +kubebuilder:validation:XValidation:rule="!has(self.proxyPort) || !has(self.viaProxy) || self.viaProxy",message="proxyPort is the port of a listener behind the proxy, and viaProxy is false: leave one of them out",fieldPath=".proxyPort"
// +kubebuilder:validation:XValidation:rule="!has(self.proxyProtocol) || !self.proxyProtocol.identityFromTLV || !has(self.tls) || !has(self.tls.clientAuth) || self.tls.clientAuth.mode == 'None'",message="proxyProtocol.identityFromTLV and tls.clientAuth exclude each other: either the load balancer verifies client certificates, or the broker does",fieldPath=".proxyProtocol"
type Listener struct {
	// name is how Services and status refer to the listener; it becomes the name of the port.
	// +required
	Name ListenerName `json:"name,omitempty"`

	// protocol is what is spoken: MQTT, or MQTT over WebSocket. flashmq.conf: protocol.
	// +optional
	// +kubebuilder:default=MQTT
	Protocol Protocol `json:"protocol,omitempty"`

	// port is what the broker's pod listens on. flashmq.conf: port.
	// +required
	Port Port `json:"port,omitempty"`

	// path is where a WebSocket listener serves MQTT, exactly as in the request; /mqtt when absent.
	// flashmq.conf: websocket_path.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^/[!$-;=@-Z_a-z~\[\]]*$`
	Path string `json:"path,omitempty"`

	// tls makes this a listener with TLS; clear text when absent.
	// +optional
	TLS *ListenerTLS `json:"tls,omitempty"`

	// proxyProtocol is for load balancers that talk straight to the broker. What comes through the
	// HAProxy tier arrives on proxyPort and needs nothing here.
	// +optional
	ProxyProtocol *ProxyProtocol `json:"proxyProtocol,omitempty"`

	// viaProxy gives the listener a second port, on which only the HAProxy tier is let in. When
	// absent, every listener has one as soon as proxy.enabled is true.
	// +optional
	ViaProxy *bool `json:"viaProxy,omitempty"`

	// proxyPort is that second port; port + 10000 when absent.
	// +optional
	ProxyPort Port `json:"proxyPort,omitempty"`

	// anonymous says whether Clients without a user name are let in here; Inherit takes
	// auth.anonymous. flashmq.conf: allow_anonymous.
	// +optional
	// +kubebuilder:default=Inherit
	Anonymous Anonymous `json:"anonymous,omitempty"`

	// allowFrom are the networks whose Clients may connect; everybody may when it is absent.
	// flashmq.conf: only_allow_from.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	AllowFrom []CIDR `json:"allowFrom,omitempty"`

	// denyFrom are the networks whose Clients are turned away; it is looked at before allowFrom.
	// flashmq.conf: deny_from.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	DenyFrom []CIDR `json:"denyFrom,omitempty"`

	// limits are for the Clients of this listener.
	// +optional
	Limits *ListenerLimits `json:"limits,omitempty"`

	// networkPolicyPeers are who may reach the listener inside the cluster; anybody when it is
	// absent. Needs networkPolicy: Enabled.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	NetworkPolicyPeers []networkingv1.NetworkPolicyPeer `json:"networkPolicyPeers,omitempty"`
}

// Anonymous says whether Clients without a user name are let in on one listener.
//
// +kubebuilder:validation:Enum=Inherit;Allow;Deny
type Anonymous string

// What a listener may say about anonymous Clients.
const (
	AnonymousInherit Anonymous = "Inherit"
	AnonymousAllow   Anonymous = "Allow"
	AnonymousDeny    Anonymous = "Deny"
)

// Overload is what happens to new connections while the event loops lag behind.
//
// +kubebuilder:validation:Enum=Log;CloseNew
type Overload string

// What a listener may do under overload.
const (
	OverloadLog      Overload = "Log"
	OverloadCloseNew Overload = "CloseNew"
)

// ListenerLimits are the limits a listen block may have. What is absent is as for all listeners.
//
// +kubebuilder:validation:MinProperties=1
type ListenerLimits struct {
	// maxQoS is the highest QoS of publications and subscriptions. flashmq.conf: max_qos.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2
	MaxQoS *int32 `json:"maxQoS,omitempty"`

	// overload is what to do with new connections while the event loops lag behind: Log keeps a
	// listener for administrators open. flashmq.conf: overload_mode.
	// +optional
	Overload Overload `json:"overload,omitempty"`
}

// ProxyProtocolMode says whether connections begin with a PROXY protocol header.
//
// +kubebuilder:validation:Enum=Disabled;V1OrV2
type ProxyProtocolMode string

// The modes. There is none for version 2 alone, because the broker always takes both.
const (
	ProxyProtocolDisabled ProxyProtocolMode = "Disabled"
	ProxyProtocolV1OrV2   ProxyProtocolMode = "V1OrV2"
)

// ProxyProtocol is what a listener expects before each connection.
//
// +kubebuilder:validation:XValidation:rule="self.mode == 'Disabled' || has(self.trustedCIDRs)",message="without trustedCIDRs anybody could claim any address: name the networks of the load balancers that send PROXY headers",fieldPath=".trustedCIDRs"
// +kubebuilder:validation:XValidation:rule="self.mode != 'Disabled' || !has(self.trustedCIDRs)",message="trustedCIDRs needs a mode other than Disabled: set mode to V1OrV2, or leave trustedCIDRs out",fieldPath=".trustedCIDRs"
// +kubebuilder:validation:XValidation:rule="self.mode != 'Disabled' || !self.identityFromTLV",message="identityFromTLV needs a mode other than Disabled: set mode to V1OrV2",fieldPath=".identityFromTLV"
type ProxyProtocol struct {
	// mode is V1OrV2 where the load balancer sends a PROXY header, which is then mandatory.
	// flashmq.conf: haproxy.
	// +optional
	// +kubebuilder:default=Disabled
	Mode ProxyProtocolMode `json:"mode,omitempty"`

	// trustedCIDRs are the networks of the load balancers; headers of others are refused.
	// flashmq.conf: haproxy_trusted_from.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	TrustedCIDRs []CIDR `json:"trustedCIDRs,omitempty"`

	// headerTimeoutSeconds is how long a connection has for its header. flashmq.conf:
	// haproxy_header_timeout.
	// +optional
	// +kubebuilder:default=5
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=30
	HeaderTimeoutSeconds int32 `json:"headerTimeoutSeconds,omitempty"`

	// identityFromTLV takes the user name from the client certificate that the load balancer has
	// verified and described in the header. flashmq.conf: haproxy.
	// +optional
	// +kubebuilder:default=false
	IdentityFromTLV *bool `json:"identityFromTLV,omitempty"`
}
