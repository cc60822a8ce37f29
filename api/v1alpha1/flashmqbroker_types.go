// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations that users put on a FlashMQBroker.
const (
	// ApproveAnnotation names the revision whose restart is approved, with update.strategy Manual.
	ApproveAnnotation = "flashmq.io/approve"
	// RestartedAtAnnotation restarts the broker once each time its value changes.
	RestartedAtAnnotation = "flashmq.io/restartedAt"
)

// FlashMQBroker is one MQTT broker.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=fmq,categories=mqtt
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:printcolumn:name=Ready,type=integer,JSONPath=`.status.readyReplicas`
// +kubebuilder:printcolumn:name=Status,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name=Clients,type=integer,JSONPath=`.status.clients`
// +kubebuilder:printcolumn:name=Version,type=string,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Replicas,type=integer,JSONPath=`.spec.replicas`,priority=1
// +kubebuilder:printcolumn:name=Endpoint,type=string,JSONPath=`.status.endpoints[0].url`,priority=1
// +kubebuilder:printcolumn:name=Config,type=string,JSONPath=`.status.revisions.config`,priority=1
// +kubebuilder:printcolumn:name=Message,type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 40",message="the name may have 40 characters at most, because names of Services and labels are made from it: choose a shorter one"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="the name becomes that of a Service: begin with a letter and use only lower-case letters, digits and hyphens"
type FlashMQBroker struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is that of every object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +optional
	// +kubebuilder:default={}
	Spec FlashMQBrokerSpec `json:"spec,omitzero"`

	// status is what there is.
	// +optional
	Status FlashMQBrokerStatus `json:"status,omitzero"`
}

// FlashMQBrokerList is several of them.
//
// +kubebuilder:object:root=true
type FlashMQBrokerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []FlashMQBroker `json:"items"`
}

// FlashMQBrokerSpec is what is wanted. An empty one is a broker with one clear-text listener on
// port 1883 that lets nobody in.
//
// +kubebuilder:validation:XValidation:rule="!has(self.image) || !has(self.version)",message="image and version exclude each other: give version to let the operator choose the image, or image to choose it yourself",fieldPath=".image"
// +kubebuilder:validation:XValidation:rule="!has(self.image) || !has(self.update) || self.update.upgrades != 'Patch'",message="update.upgrades Patch lets the operator choose the image, and image has chosen it: leave one of them out",fieldPath=".image"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (has(self.proxy) && self.proxy.enabled) || !self.listeners.exists(l, has(l.viaProxy) && l.viaProxy)",message="a listener has viaProxy: true and there is no proxy: set proxy.enabled to true, or leave viaProxy out",fieldPath=".listeners"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.listeners.exists(l, !has(l.viaProxy) || l.viaProxy))",message="proxy.enabled is true and every listener has viaProxy: false: remove that from one of them, or the proxy",fieldPath=".listeners"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.listeners.all(l, (has(l.viaProxy) && !l.viaProxy) || has(l.proxyPort) || l.port <= 55535))",message="a listener above port 55535 has no room for port + 10000: give its proxyPort, or set its viaProxy to false",fieldPath=".listeners"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.listeners.filter(l, !has(l.viaProxy) || l.viaProxy).map(l, has(l.proxyPort) ? l.proxyPort : l.port + 10000).all(p, self.listeners.all(l, l.port != p) && self.listeners.filter(l, !has(l.viaProxy) || l.viaProxy).exists_one(l, (has(l.proxyPort) ? l.proxyPort : l.port + 10000) == p)))",message="each proxyPort (port + 10000 unless given) must differ from all other ports of the listeners: give another proxyPort",fieldPath=".listeners"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.proxy.balance != 'ClientID' || self.listeners.all(l, (has(l.viaProxy) && !l.viaProxy) || l.protocol == 'MQTT'))",message="HAProxy finds no Client Identifier in WebSocket frames: set proxy.balance to LeastConn or Source, or viaProxy of WebSocket listeners to false",fieldPath=".proxy.balance"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.proxy.balance != 'ClientID' || self.proxy.tls == 'Terminate' || self.listeners.all(l, (has(l.viaProxy) && !l.viaProxy) || !has(l.tls)))",message="HAProxy cannot see the Client Identifier through TLS: set proxy.tls to Terminate, proxy.balance to LeastConn or Source, or viaProxy of TLS listeners to false",fieldPath=".proxy.balance"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.proxy) || !self.proxy.enabled || self.proxy.tls != 'Terminate' || self.listeners.all(l, (has(l.viaProxy) && !l.viaProxy) || !has(l.tls) || !has(l.tls.clientAuth) || l.tls.clientAuth.identity != 'SANURI'))",message="HAProxy hands on nothing but the common name of a client certificate: set identity to CommonName, proxy.tls to Passthrough, or viaProxy of the listener to false",fieldPath=".proxy.tls"
// +kubebuilder:validation:XValidation:rule="!has(self.services) || self.services.all(s, !has(s.listeners) || s.listeners.all(p, (has(self.listeners) ? self.listeners.exists(l, l.name == p.name) : p.name == 'mqtt')))",message="a Service names a listener that does not exist: add it to listeners, or correct the name",fieldPath=".services"
// +kubebuilder:validation:XValidation:rule="!has(self.services) || (has(self.proxy) && self.proxy.enabled) || !self.services.exists(s, has(s.target) && s.target == 'Proxy')",message="a Service has target Proxy and there is no proxy: set proxy.enabled to true, or the target to Broker",fieldPath=".services"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || (!has(self.services) || !has(self.proxy) || !self.proxy.enabled || self.services.all(s, !has(s.listeners) || (has(s.target) && s.target == 'Broker') || s.listeners.all(p, !self.listeners.exists(l, l.name == p.name && has(l.viaProxy) && !l.viaProxy))))",message="a Service leads to the proxy and names a listener with viaProxy: false: set the target of the Service to Broker, or remove viaProxy",fieldPath=".services"
// +kubebuilder:validation:XValidation:rule="!has(self.listeners) || self.networkPolicy == 'Enabled' || !self.listeners.exists(l, has(l.networkPolicyPeers))",message="networkPolicyPeers has no effect without a NetworkPolicy: set networkPolicy to Enabled, or leave networkPolicyPeers out",fieldPath=".networkPolicy"
type FlashMQBrokerSpec struct {
	// version of the broker, such as 1.4 or 1.4.2. When neither version nor image is given, the
	// operator takes its default once, and status.image says which.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9]+\.[0-9]+(\.[0-9]+(-[0-9A-Za-z]([-0-9A-Za-z.]*[0-9A-Za-z])?)?)?$`
	Version string `json:"version,omitempty"`

	// image of the broker, with tag or digest, instead of version.
	// +optional
	Image ImageName `json:"image,omitempty"`

	// imagePullPolicy of all images.
	// +optional
	// +kubebuilder:default=IfNotPresent
	// +kubebuilder:validation:Enum=Always;IfNotPresent;Never
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// imagePullSecrets are Secrets with the credentials of registries.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	ImagePullSecrets []SecretRef `json:"imagePullSecrets,omitempty"`

	// replicas is 1, or 0 to stop the broker. One FlashMQBroker is one broker.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:XValidation:rule="self <= 1",message="one FlashMQBroker is one broker: set replicas to 1, or to 0 to stop it. Further pods would be brokers that know nothing of each other's Clients and messages; they need a cluster topology, which this version does not have"
	Replicas *int32 `json:"replicas,omitempty"`

	// listeners are the ports that the broker opens. When absent there is one in clear text, called
	// mqtt, on port 1883.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(a, self.exists_one(b, a.port == b.port))",message="two listeners have the same port: give each one a port of its own"
	Listeners []Listener `json:"listeners,omitempty"`

	// services are how the listeners are reached. When absent there is one of type ClusterIP with
	// all of them, called as the broker is.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Services []BrokerService `json:"services,omitempty"`

	// proxy is the HAProxy tier before the broker.
	// +optional
	Proxy *Proxy `json:"proxy,omitempty"`

	// config is the rest of flashmq.conf.
	// +optional
	Config *BrokerConfig `json:"config,omitempty"`

	// logging is what the broker writes to standard output.
	// +optional
	// +kubebuilder:default={}
	Logging *Logging `json:"logging,omitempty"`

	// auth is who is let in.
	// +optional
	// +kubebuilder:default={}
	Auth *Auth `json:"auth,omitempty"`

	// resources of the broker's container. The memory limit decides about the broker's caches, the
	// CPU limit about its event loops. Giving any replaces the default as a whole.
	// +optional
	// +kubebuilder:default={requests: {cpu: "100m", memory: "128Mi"}, limits: {memory: "512Mi"}}
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`

	// podTemplate is the rest of the broker's pods.
	// +optional
	PodTemplate *PodTemplate `json:"podTemplate,omitempty"`

	// patches change children after the operator has made them: the last resort.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Patches []Patch `json:"patches,omitempty"`

	// inheritedMetadata is added to that of all children. Pods are not among them: podTemplate and
	// proxy.podTemplate have metadata of their own, a change of which restarts them. Nothing else
	// of the broker's own labels and annotations is copied.
	// +optional
	InheritedMetadata *TemplateMetadata `json:"inheritedMetadata,omitempty"`

	// drain is how Clients are let go before the broker ends.
	// +optional
	// +kubebuilder:default={}
	Drain *Drain `json:"drain,omitempty"`

	// update is when the broker may be restarted.
	// +optional
	// +kubebuilder:default={}
	Update *Update `json:"update,omitempty"`

	// disruptionBudget Auto makes a PodDisruptionBudget where there are several pods.
	// +optional
	// +kubebuilder:default=Auto
	DisruptionBudget DisruptionBudgetMode `json:"disruptionBudget,omitempty"`

	// networkPolicy Enabled lets in only what listeners and the operator need.
	// +optional
	// +kubebuilder:default=Disabled
	NetworkPolicy NetworkPolicyMode `json:"networkPolicy,omitempty"`

	// metrics is what is made for Prometheus and Grafana.
	// +optional
	// +kubebuilder:default={}
	Metrics *Metrics `json:"metrics,omitempty"`

	// paused stops the operator from changing anything. The broker runs on, and status is kept.
	// +optional
	// +kubebuilder:default=false
	Paused *bool `json:"paused,omitempty"`
}

// SecretRef names a Secret in the same namespace.
type SecretRef struct {
	// name of the Secret.
	// +required
	Name ObjectName `json:"name,omitempty"`
}
