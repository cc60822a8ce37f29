// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubetest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Ours.
const (
	// fakeNode is the node without containers.
	fakeNode = "fake0"
	// pollInterval is how often a cluster is looked at while it is getting ready.
	pollInterval = 100 * time.Millisecond
)

// startControllers starts what acts on objects, and waits until pods can be scheduled and claims
// be bound. They end before the API server does, which would wait for their watches.
func startControllers(t testing.TB, c *Cluster, bin, dir, certificates string) {
	t.Helper()
	start := func(name string, args ...string) program {
		return run(t, bin, dir, name, append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
	}
	// A test wants nothing to be held back so that others get their turn.
	const qps, burst = "--kube-api-qps=1000", "--kube-api-burst=2000"
	started := []program{
		start("kube-controller-manager", "--leader-elect=false", "--secure-port=0", qps, burst,
			// A claim made after its volume would be bound a quarter of a minute later.
			"--pvclaimbinder-sync-period=1s",
			// The fake node gives no sign of life: after 50 seconds its pods would not be ready.
			"--node-monitor-grace-period=24h",
			"--service-account-private-key-file", filepath.Join(certificates, "sa-signer.key")),
		start("kube-scheduler", "--leader-elect=false", "--secure-port=0", qps, burst),
		start("provisioner", "--dir", filepath.Join(dir, "volumes")),
		start("kwok", "--manage-all-nodes",
			// Without leases the node would be taken for lost after 40 seconds.
			"--node-lease-duration-seconds=40",
			// Pods in its network have its address.
			"--node-ip=127.0.0.1", "--config", filepath.Join(bin, "kwok.yaml")),
	}
	k, err := client.New(c.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: fakeNode, Labels: map[string]string{corev1.LabelHostname: fakeNode},
	}}
	if err := k.Create(t.Context(), node); err != nil {
		t.Fatalf("kubetest: %v", err)
	}
	err = wait.PollUntilContextTimeout(t.Context(), pollInterval, startTimeout, true,
		func(ctx context.Context) (bool, error) { return usable(ctx, k), running(started) })
	if err != nil {
		t.Fatalf("kubetest: no ready node, or no StorageClass: %v", err)
	}
}

// usable reports whether the node is ready and there is a class of volumes.
func usable(ctx context.Context, k client.Client) bool {
	var node corev1.Node
	var classes storagev1.StorageClassList
	if k.Get(ctx, client.ObjectKey{Name: fakeNode}, &node) != nil ||
		k.List(ctx, &classes) != nil || len(classes.Items) == 0 {
		return false
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
