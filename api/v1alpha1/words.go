// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

// CIDR is a network such as 10.0.0.0/8 or 2001:db8::/32.
//
// +kubebuilder:validation:MinLength=4
// +kubebuilder:validation:MaxLength=43
// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="is not a network in CIDR form: write for instance 10.0.0.0/8, or 192.0.2.7/32 for one address"
// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || cidr(self) == cidr(self).masked()",message="has bits set behind the prefix: write the first address of the network, for instance 10.0.0.0/8 instead of 10.1.2.3/8"
type CIDR string

// Port is a TCP port that a process without privileges may open.
//
// +kubebuilder:validation:Minimum=1024
// +kubebuilder:validation:Maximum=65535
// +kubebuilder:validation:XValidation:rule="self != 9090 && self != 9091",message="the broker uses 9090 (probes and metrics) and 9091 (administration) itself: choose another port"
type Port int32

// ListenerName is a DNS label which can also be the name of a port.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=15
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
// +kubebuilder:validation:XValidation:rule="self.matches('[a-z]') && !self.contains('--')",message="becomes the name of a port: it needs a letter, and no two hyphens side by side"
// +kubebuilder:validation:XValidation:rule="!(self in ['admin', 'metrics'])",message="admin and metrics are names of the broker's own ports: choose another name"
type ListenerName string

// ObjectName is the name of a Secret, ConfigMap or another object of Kubernetes.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
type ObjectName string

// DNSName is a host name for a certificate; its first label may be a star.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
type DNSName string

// ImageName is a full reference of an image, with tag or digest.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9][-a-zA-Z0-9._:/@]*$`
type ImageName string

// ClockDuration is a time such as 2160h or 1h30m, as cert-manager writes it.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^([0-9]+h)?([0-9]+m)?([0-9]+s)?$`
type ClockDuration string
