// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// candidate is an operator in a pod, as far as its lease goes.
func (w *world) candidate(t *testing.T, pod *corev1.Pod) *settings {
	t.Helper()
	pod.Namespace = metav1.NamespaceDefault
	pod.Spec.Containers = []corev1.Container{{Name: "operator", Image: "none"}}
	if err := w.client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	return &settings{elect: true, namespace: pod.Namespace, podName: pod.Name,
		podUID: string(pod.UID)}
}

// lead returns when s holds the lease. Its end may give the lease back, or be a power failure.
func (w *world) lead(t *testing.T, s *settings, giveBack bool) (end func()) {
	t.Helper()
	lock, err := s.lock(w.cluster.Config)
	if err != nil {
		t.Fatal(err)
	}
	leads, ended := make(chan struct{}), make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: leaseDuration, RenewDeadline: renewDeadline,
		RetryPeriod: retryPeriod, ReleaseOnCancel: giveBack,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(leads) }, OnStoppedLeading: func() {}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(ended)
		elector.Run(ctx)
	}()
	end = func() { cancel(); <-ended }
	select {
	case <-leads:
	case <-time.After(patience): // half of what the lease lasts
		end()
		t.Fatalf("%s does not get the lease", s.podName)
	}
	return end
}

func (w *world) lease(t *testing.T) (*coordinationv1.Lease, error) {
	t.Helper()
	var lease coordinationv1.Lease
	key := client.ObjectKey{Namespace: metav1.NamespaceDefault, Name: leaseName}
	return &lease, w.client.Get(t.Context(), key, &lease)
}

// Nobody waits for the lease of somebody who cannot be there any more.
func TestLease(t *testing.T) {
	w := newWorld(t)
	first := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "first"}}
	s := w.candidate(t, first)
	w.lead(t, s, false)()
	w.lead(t, s, false)() // the container again

	if err := w.client.Delete(t.Context(), first, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(interval) {
		lease, err := w.lease(t)
		if apierrors.IsNotFound(err) {
			break
		} else if err != nil || time.Now().After(end) {
			t.Fatalf("the pod has gone, but not its lease: %+v, %v", lease, err)
		}
	}
	second := w.candidate(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "second"}})
	w.lead(t, second, true)()
	if lease, err := w.lease(t); err != nil || *lease.Spec.HolderIdentity != "" ||
		len(lease.OwnerReferences) != 0 {
		t.Fatalf("given back: %+v, %v", lease, err)
	}

	// A lease that went while it was held is made again, and somebody else waits for it.
	end := w.lead(t, second, true)
	lease, err := w.lease(t)
	if err == nil && len(lease.OwnerReferences) == 1 {
		err = w.client.Delete(t.Context(), lease)
	}
	if err != nil || string(lease.OwnerReferences[0].UID) != second.podUID {
		t.Fatalf("held: %+v, %v", lease, err)
	}
	for last := time.Now().Add(patience); ; time.Sleep(interval) {
		if lease, err := w.lease(t); err == nil && *lease.Spec.HolderIdentity == "second" {
			break
		} else if time.Now().After(last) {
			t.Fatalf("it was not made again: %v", err)
		}
	}
	end()
}

// Who is in no pod, or has the lease in another namespace than its pod, leaves it to the library.
func TestLeaseOfNoPod(t *testing.T) {
	in := settings{elect: true, namespace: "a", podName: "p", podUID: "u"}
	tests := map[string]struct {
		change func(*settings)
		own    bool
	}{
		"in a pod":              {func(*settings) {}, true},
		"its namespace by name": {func(s *settings) { s.electNamespace = "a" }, true},
		"another namespace":     {func(s *settings) { s.electNamespace = "b" }, false},
		"no pod":                {func(s *settings) { s.podName = "" }, false},
		"no UID":                {func(s *settings) { s.podUID = "" }, false},
		"no election":           {func(s *settings) { s.elect = false }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := in
			test.change(&s)
			lock, err := s.lock(&rest.Config{})
			if err != nil || (lock != nil) != test.own {
				t.Errorf("%v, %v", lock, err)
			}
		})
	}
}
