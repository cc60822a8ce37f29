// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// leaseName is that of the Lease which the operator at work holds.
const leaseName = "flashmq-operator"

// podLease is a Lease that its holder's pod has: it is held by the name of the pod, and belongs to
// the pod. So a container that was killed takes its lease up again at once, and the lease of a pod
// that is gone goes with it. That of client-go is held by a name made up at each start, and has to
// run out: also after helm uninstall, which takes away the right to give it back. It is
// resourcelock.Interface, for one goroutine.
type podLease struct {
	client coordinationclient.LeaseInterface
	holder metav1.OwnerReference
	last   *coordinationv1.Lease
}

var errNoLease = errors.New("the lease has not been read or made yet")

// lock is the operator's lease; nil if nobody elects, or outside of a pod: controller-runtime then
// makes one.
func (s *settings) lock(config *rest.Config) (resourcelock.Interface, error) {
	namespace := cmp.Or(s.electNamespace, s.namespace)
	// A pod of one namespace owns nothing in another.
	if !s.elect || s.podName == "" || s.podUID == "" || namespace != s.namespace {
		return nil, nil
	}
	config = rest.AddUserAgent(config, "leader-election")
	config.Timeout = renewDeadline / 2 // one request that hangs must not cost the lease
	client, err := coordinationclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("leader election: %w", err)
	}
	return &podLease{client: client.Leases(namespace), holder: metav1.OwnerReference{
		APIVersion: "v1", Kind: "Pod", Name: s.podName, UID: types.UID(s.podUID)}}, nil
}

// Get is what the API server has, also as bytes.
func (l *podLease) Get(
	ctx context.Context,
) (*resourcelock.LeaderElectionRecord, []byte, error) {
	lease, err := l.client.Get(ctx, leaseName, metav1.GetOptions{})
	if err != nil {
		return nil, nil, err
	}
	l.last = lease
	record := resourcelock.LeaseSpecToLeaderElectionRecord(&lease.Spec)
	raw, err := json.Marshal(record)
	return record, raw, err
}

// Create makes the Lease.
func (l *podLease) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: leaseName}}
	l.write(lease, record)
	return l.keep(l.client.Create(ctx, lease, metav1.CreateOptions{}))
}

// Update writes a record over the one that was read or written last.
func (l *podLease) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	if l.last == nil {
		return errNoLease
	}
	lease := l.last.DeepCopy()
	l.write(lease, record)
	return l.keep(l.client.Update(ctx, lease, metav1.UpdateOptions{}))
}

// write fills in the record. A lease that was given back belongs to nobody, so that it stays when
// its last holder's pod goes.
func (l *podLease) write(lease *coordinationv1.Lease, record resourcelock.LeaderElectionRecord) {
	lease.Spec = resourcelock.LeaderElectionRecordToLeaseSpec(&record)
	lease.OwnerReferences = nil
	if record.HolderIdentity == l.Identity() {
		lease.OwnerReferences = []metav1.OwnerReference{l.holder}
	}
}

func (l *podLease) keep(lease *coordinationv1.Lease, err error) error {
	if err == nil {
		l.last = lease
	}
	return err
}

// Identity is the name of the pod: no two containers of one pod run at a time.
func (l *podLease) Identity() string { return l.holder.Name }

// Describe names the Lease in logs.
func (l *podLease) Describe() string { return "lease " + leaseName }

// RecordEvent does nothing: the log tells who works.
func (l *podLease) RecordEvent(string) {}
