// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/rollout"
)

// templateOf is the pod template of a StatefulSet that was patched.
func templateOf(set client.Object) *corev1.PodTemplateSpec {
	return &set.(*appsv1.StatefulSet).Spec.Template // a patch keeps the type
}

// image is what the next broker runs. The operator's own image is not known here; that it would
// choose is told by the one that runs.
func (f *Facts) image() string {
	if f.Live == nil {
		return string(rollout.Image(&f.Next.Spec, "", ""))
	}
	pinned := f.Live.Status.Image
	if f.Live.Spec.Image == f.Next.Spec.Image && f.Live.Spec.Version == f.Next.Spec.Version {
		return string(pinned)
	}
	return string(rollout.Image(&f.Next.Spec, pinned, string(pinned)))
}

// materials are what the listeners of a broker have: those that there are already what the
// operator has collected, and others what they will have when their certificates are there.
func (f *Facts) materials(
	b *v1alpha1.FlashMQBroker,
) map[v1alpha1.ListenerName]brokerconfig.Materials {
	out := make(map[v1alpha1.ListenerName]brokerconfig.Materials)
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if l.TLS == nil {
			continue
		}
		name := string(l.Name)
		there := func(key string) bool { return len(f.Certificates[key]) > 0 }
		have := brokerconfig.Materials{Certificate: there(brokerconfig.CertificateKey(name)) &&
			there(brokerconfig.PrivateKeyKey(name)),
			Authorities: there(brokerconfig.AuthoritiesKey(name)),
			Revocations: there(brokerconfig.RevocationsKey(name))}
		if f.Certificates == nil || !f.has(l) {
			have = brokerconfig.Materials{Certificate: true, Authorities: true, Revocations: true}
		}
		out[l.Name] = have
	}
	return out
}

// has tells whether the broker that runs has the same certificates for a listener.
func (f *Facts) has(l *v1alpha1.Listener) bool {
	if f.Live == nil {
		return false
	}
	live := f.Live.Spec.Listener(l.Name)
	return live != nil && equality.Semantic.DeepEqual(live.TLS, l.TLS)
}

// listeners is what a new broker opens.
func listeners(b *v1alpha1.FlashMQBroker) string {
	var list []string
	for i := range b.Spec.Listeners {
		list = append(list, describe(&b.Spec.Listeners[i]))
	}
	return "listeners: " + strings.Join(list, ", ")
}

func describe(l *v1alpha1.Listener) string {
	kind := string(l.Protocol)
	if l.TLS != nil {
		kind += " with TLS"
	}
	return fmt.Sprintf("%s (%s, port %d)", l.Name, kind, l.Port)
}
