// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import corev1 "k8s.io/api/core/v1"

// ServiceTarget is which pods a Service leads to.
//
// +kubebuilder:validation:Enum=Broker;Proxy
type ServiceTarget string

// The targets.
const (
	TargetBroker ServiceTarget = "Broker"
	TargetProxy  ServiceTarget = "Proxy"
)

// ServiceName is the end of a Service's name.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=15
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
// +kubebuilder:validation:XValidation:rule="!(self in ['nodes', 'metrics', 'proxy']) && !self.startsWith('node-')",message="the operator makes Services of that name itself: choose one other than nodes, metrics, proxy and node-..."
type ServiceName string

// BrokerService is one Service by which listeners are reached.
//
// +kubebuilder:validation:XValidation:rule="!has(self.template) || !has(self.template.spec) || !has(self.template.spec.type) || self.template.spec.type != 'ClusterIP' || !has(self.listeners) || !self.listeners.exists(l, has(l.nodePort))",message="a Service of type ClusterIP has no nodePort: set template.spec.type to NodePort or LoadBalancer, or leave nodePort out",fieldPath=".listeners"
type BrokerService struct {
	// name is put behind that of the broker to name the Service: NAME-public. The one called client
	// is named as the broker is, without anything behind.
	// +required
	Name ServiceName `json:"name,omitempty"`

	// listeners are those that are reached here; when absent, all that target has.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(a, !has(a.port) || self.exists_one(b, has(b.port) && a.port == b.port))",message="a Service has each port once: give the listeners different ports"
	Listeners []ServicePort `json:"listeners,omitempty"`

	// target is which pods it leads to: Proxy when proxy.enabled is true and Broker otherwise,
	// unless it is given.
	// +optional
	Target ServiceTarget `json:"target,omitempty"`

	// template is the rest of the Service.
	// +optional
	Template *ServiceTemplate `json:"template,omitempty"`
}

// ServicePort is one listener as a Service shows it.
type ServicePort struct {
	// name of the listener.
	// +required
	Name ListenerName `json:"name,omitempty"`

	// port of the Service; that of the listener when absent.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// nodePort to ask for; Kubernetes chooses one when absent and the type of the Service has one.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	NodePort int32 `json:"nodePort,omitempty"`
}

// ServiceTemplate is what users decide about a Service. Selector and ports are the operator's.
type ServiceTemplate struct {
	// metadata is added to that of the Service.
	// +optional
	Metadata *TemplateMetadata `json:"metadata,omitempty"`

	// spec is the part of a Service's spec that is free.
	// +optional
	Spec *ServiceTemplateSpec `json:"spec,omitempty"`
}

// ServiceTemplateSpec are the fields of a Kubernetes Service that users decide about; they mean
// what they mean there.
//
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type == 'LoadBalancer' || !(has(self.loadBalancerClass) || has(self.loadBalancerSourceRanges) || has(self.allocateLoadBalancerNodePorts))",message="loadBalancerClass, loadBalancerSourceRanges and allocateLoadBalancerNodePorts need type LoadBalancer"
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type != 'ClusterIP' || !has(self.externalTrafficPolicy)",message="externalTrafficPolicy is for traffic from outside: set type to LoadBalancer or NodePort, or leave it out",fieldPath=".externalTrafficPolicy"
type ServiceTemplateSpec struct {
	// type of the Service; ClusterIP when it is absent here and in proxy.service.
	// +optional
	// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
	Type corev1.ServiceType `json:"type,omitempty"`

	// loadBalancerClass is who provides the load balancer.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=317
	LoadBalancerClass string `json:"loadBalancerClass,omitempty"`

	// loadBalancerSourceRanges are the networks the load balancer lets in.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	LoadBalancerSourceRanges []CIDR `json:"loadBalancerSourceRanges,omitempty"`

	// allocateLoadBalancerNodePorts is false where the load balancer needs no node ports.
	// +optional
	AllocateLoadBalancerNodePorts *bool `json:"allocateLoadBalancerNodePorts,omitempty"`

	// externalTrafficPolicy Local keeps the address of Clients where the load balancer passes
	// packets on.
	// +optional
	// +kubebuilder:validation:Enum=Cluster;Local
	ExternalTrafficPolicy corev1.ServiceExternalTrafficPolicy `json:"externalTrafficPolicy,omitempty"`

	// internalTrafficPolicy is the same for traffic from inside the cluster.
	// +optional
	// +kubebuilder:validation:Enum=Cluster;Local
	InternalTrafficPolicy corev1.ServiceInternalTrafficPolicy `json:"internalTrafficPolicy,omitempty"`

	// ipFamilyPolicy says whether the Service has one family of addresses or two.
	// +optional
	// +kubebuilder:validation:Enum=SingleStack;PreferDualStack;RequireDualStack
	IPFamilyPolicy corev1.IPFamilyPolicy `json:"ipFamilyPolicy,omitempty"`

	// ipFamilies are the families, the primary one first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:items:Enum=IPv4;IPv6
	IPFamilies []corev1.IPFamily `json:"ipFamilies,omitempty"`

	// sessionAffinity ClientIP leads a Client to the same pod each time.
	// +optional
	// +kubebuilder:validation:Enum=None;ClientIP
	SessionAffinity corev1.ServiceAffinity `json:"sessionAffinity,omitempty"`
}
