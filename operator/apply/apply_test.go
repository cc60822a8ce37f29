// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package apply_test

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator/apply"
)

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// world is an API server, a namespace in it, and an owner in that.
type world struct {
	t       *testing.T
	client  client.Client
	applier *apply.Applier
	owner   *corev1.ConfigMap
	writes  int
	blind   bool
}

func newWorld(t *testing.T, c client.WithWatch, namespace string) *world {
	t.Helper()
	w := &world{t: t}
	w.client = interceptor.NewClient(c, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration,
			opts ...client.ApplyOption) error {
			w.writes++
			return c.Apply(ctx, o, opts...)
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object,
			opts ...client.GetOption) error {
			if _, ok := o.(*corev1.Service); ok && w.blind {
				return apierrors.NewNotFound(corev1.Resource("services"), key.Name)
			}
			return c.Get(ctx, key, o, opts...)
		},
	})
	w.must(c.Create(t.Context(), &corev1.Namespace{ObjectMeta: meta("", namespace)}))
	w.owner = &corev1.ConfigMap{ObjectMeta: meta(namespace, "owner")}
	w.must(c.Create(t.Context(), w.owner))
	w.applier = apply.New(apply.Options{Client: w.client, Direct: c, FieldOwner: "tests",
		Labels: func(o client.Object) map[string]string {
			return map[string]string{"owner": o.GetName()}
		}})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// apply applies and checks whether it took a write.
func (w *world) apply(want client.Object, write bool) {
	w.t.Helper()
	before := w.writes
	written, err := w.applier.Apply(w.t.Context(), w.owner, want)
	w.must(err)
	if written != write || (w.writes > before) != write {
		w.t.Errorf("written: %v, and %d writes", written, w.writes-before)
	}
}

func (w *world) service(name string) *corev1.Service {
	w.t.Helper()
	s := &corev1.Service{}
	w.must(w.client.Get(w.t.Context(), client.ObjectKey{Namespace: w.owner.Namespace, Name: name},
		s))
	return s
}

func (w *world) want(name string, ports ...int32) *corev1.Service {
	s := &corev1.Service{ObjectMeta: meta(w.owner.Namespace, name),
		Spec: corev1.ServiceSpec{Selector: map[string]string{"a": "b"}}}
	for i, port := range ports {
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{
			Name: string(rune('a' + i)), Port: port, TargetPort: intstr.FromInt32(port)})
	}
	return s
}

func TestApply(t *testing.T) {
	t.Parallel()
	cluster := kubetest.Start(t, kubetest.Options{})
	c, err := client.NewWithWatch(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		run  func(*world)
	}{
		{"nothing-to-do", nothingToDo},
		{"drift", drift},
		{"fields-of-others", fieldsOfOthers},
		{"not-wanted-any-more", notWantedAnyMore},
		{"foreign", foreign},
		{"too-new-for-the-cache", unseen},
		{"without-labels", withoutLabels},
		{"prune", prune},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(newWorld(t, c, test.name)) })
	}
}

func nothingToDo(w *world) {
	w.apply(w.want("s", 80, 81), true)
	for range 3 {
		w.apply(w.want("s", 80, 81), false)
	}
	s := w.service("s")
	if s.Labels["owner"] != "owner" || s.OwnerReferences[0].UID != w.owner.UID {
		w.t.Errorf("labels %v, owners %v", s.Labels, s.OwnerReferences)
	}
}

func drift(w *world) {
	w.apply(w.want("s", 80, 81), true)
	s := w.service("s")
	s.Spec.Selector["a"] = "c"
	s.Spec.Ports = s.Spec.Ports[:1]
	w.must(w.client.Update(w.t.Context(), s))
	w.apply(w.want("s", 80, 81), true)
	if s = w.service("s"); s.Spec.Selector["a"] != "b" || len(s.Spec.Ports) != 2 {
		w.t.Errorf("selector %v, ports %v", s.Spec.Selector, s.Spec.Ports)
	}
}

func fieldsOfOthers(w *world) {
	w.apply(w.want("s", 80), true)
	s := w.service("s")
	s.Annotations["theirs"] = "yes"
	s.Spec.ExternalIPs = []string{"10.1.1.1"}
	w.must(w.client.Update(w.t.Context(), s))
	w.apply(w.want("s", 80), false)
	w.apply(w.want("s", 81), true)
	s = w.service("s")
	if s.Annotations["theirs"] != "yes" || len(s.Spec.ExternalIPs) != 1 {
		w.t.Errorf("annotations %v, external addresses %v", s.Annotations, s.Spec.ExternalIPs)
	}
}

func notWantedAnyMore(w *world) {
	s := w.want("s", 80)
	s.Annotations = map[string]string{"mine": "yes"}
	w.apply(s, true)
	w.apply(w.want("s", 80), true)
	if s := w.service("s"); s.Annotations["mine"] != "" {
		w.t.Errorf("annotations %v", s.Annotations)
	}
}

func foreign(w *world) {
	theirs := &corev1.Service{ObjectMeta: meta(w.owner.Namespace, "s"),
		Spec: corev1.ServiceSpec{ClusterIP: "None", Selector: map[string]string{"their": "pods"}}}
	w.must(w.client.Create(w.t.Context(), theirs))
	_, err := w.applier.Apply(w.t.Context(), w.owner, w.want("s", 80))
	if !errors.Is(err, apply.ErrForeign) {
		w.t.Errorf("the error is %v", err)
	}
	if s := w.service("s"); s.Spec.Selector["their"] != "pods" || w.writes > 0 {
		w.t.Errorf("selector %v, %d writes", s.Spec.Selector, w.writes)
	}
}

func prune(w *world) {
	ctx, namespace := w.t.Context(), w.owner.Namespace
	w.apply(w.want("keep", 80), true)
	w.apply(w.want("drop", 80), true)
	labels := map[string]string{"owner": "owner"}
	theirs := &corev1.Service{ObjectMeta: meta(namespace, "theirs"),
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
	theirs.Labels = labels // by chance, or to confuse us
	w.must(w.client.Create(ctx, theirs))
	wanted := apply.Wanted{}
	wanted.Add(schema.GroupKind{Kind: "Service"}, "keep")
	n, err := w.applier.Prune(ctx, w.owner, wanted, &corev1.ServiceList{})
	w.must(err)
	if n != 1 {
		w.t.Errorf("%d removed, want 1", n)
	}
	w.service("keep")
	w.service("theirs")
	err = w.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "drop"}, &corev1.Service{})
	if !apierrors.IsNotFound(err) {
		w.t.Errorf("the one to drop: %v", err)
	}
	n, err = w.applier.Prune(ctx, w.owner, wanted, &corev1.ServiceList{})
	w.must(err)
	if n != 0 {
		w.t.Errorf("%d removed by a second pass", n)
	}
}

// behind makes the cache show no Services.
func (w *world) behind(behind bool) { w.blind = behind }

func unseen(w *world) {
	w.apply(w.want("s", 80), true)
	w.behind(true)
	_, err := w.applier.Apply(w.t.Context(), w.owner, w.want("s", 81))
	if !errors.Is(err, apply.ErrUnseen) {
		w.t.Errorf("the error is %v", err)
	}
	w.behind(false)
	if s := w.service("s"); s.Spec.Ports[0].Port != 80 {
		w.t.Errorf("ports %v", s.Spec.Ports)
	}
	w.apply(w.want("s", 81), true)
}

func withoutLabels(w *world) {
	w.apply(w.want("s", 80), true)
	s := w.service("s")
	s.Labels = map[string]string{"theirs": "yes"}
	w.must(w.client.Update(w.t.Context(), s))
	w.behind(true) // as a cache that selects by these labels
	_, err := w.applier.Apply(w.t.Context(), w.owner, w.want("s", 80))
	if !errors.Is(err, apply.ErrUnseen) {
		w.t.Errorf("the error is %v", err)
	}
	w.behind(false)
	if s = w.service("s"); s.Labels["owner"] != "owner" || s.Labels["theirs"] != "yes" {
		w.t.Errorf("labels %v", s.Labels)
	}
	w.apply(w.want("s", 80), false)
}
