// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSamples applies every sample as it is, waits until it is Ready, and deletes it.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob("deploy/samples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	kinds := namespacedKinds(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			before := r.content(t.Context(), t, kinds)
			r.kubectl(t, "apply", "-f", file)
			r.ready(t, name)
			r.kubectl(t, "delete", "--timeout=3m", "-f", file)
			eventually(t, func() error {
				now := r.content(t.Context(), t, kinds)
				if left := without(now, before); len(left) > 0 {
					return fmt.Errorf("still there: %v", left)
				}
				return nil
			})
		})
	}
}

// namespacedKinds are all that the API server can list.
func namespacedKinds(t *testing.T) string {
	t.Helper()
	list := strings.Fields(execute(t, "kubectl", "api-resources", "--namespaced",
		"--verbs=list", "--output=name"))
	// Events stay for an hour.
	list = slices.DeleteFunc(list, func(n string) bool { return strings.HasPrefix(n, "events") })
	return strings.Join(list, ",")
}

// content are the names of all objects in the room.
func (r *room) content(ctx context.Context, t *testing.T, kinds string) []string {
	t.Helper()
	out, err := command(ctx, "kubectl", "-n", r.name, "get", kinds, "--ignore-not-found",
		"--output=name")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(out)
}

func without(list, known []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(n string) bool {
		return slices.Contains(known, n) ||
			// Kubernetes makes these by itself, some time after the namespace.
			n == "configmap/kube-root-ca.crt" || n == "serviceaccount/default"
	})
}
