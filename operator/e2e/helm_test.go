// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"testing"
)

// TestHelm removes the operator and installs it from its chart, as users of helm do.
func TestHelm(t *testing.T) {
	if err := uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := install(kubeContext); err != nil {
			t.Error(err)
		}
	})
	execute(t, "helm", "install", "flashmq-operator", "charts/flashmq-operator",
		"--namespace", operatorNamespace, "--create-namespace", "--wait", "--timeout=3m")
	removed := false
	remove := func() {
		if removed {
			return
		}
		removed = true
		_, err := command(kubeContext, "helm", "uninstall", "flashmq-operator", "--namespace",
			operatorNamespace, "--wait", "--timeout=3m")
		if err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(remove)

	r := newRoom(t)
	r.kubectl(t, "apply", "-f", "deploy/samples/minimal.yaml")
	b := r.ready(t, "minimal")
	address := r.address(t, "minimal", "mqtt")
	gather(t, address, 3).allThere(t, "installed by helm")

	// Without its operator the broker goes on, and it is still there for the next one.
	remove()
	gather(t, address, 3).allThere(t, "uninstalled by helm")
	if after := r.broker(t, "minimal"); after.UID != b.UID {
		t.Errorf("the broker was %s and is %s", b.UID, after.UID)
	}
}
