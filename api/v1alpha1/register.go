// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is what stands in apiVersion.
var GroupVersion = schema.GroupVersion{Group: "flashmq.io", Version: "v1alpha1"}

// Kind is what stands in kind.
const Kind = "FlashMQBroker"

// AddToScheme makes the Kinds of this package known to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &FlashMQBroker{}, &FlashMQBrokerList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
