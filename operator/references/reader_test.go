// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package references

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// server is an API server with one Secret; watch is the version that the watch has reached.
type server struct {
	client.Reader
	version, watch string
	reads          int
}

func (s *server) Get(
	_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption,
) error {
	meta, watched := into.(*metav1.PartialObjectMetadata)
	switch {
	case watched && s.watch != "":
		meta.ResourceVersion = s.watch
		return nil
	case !watched && s.version != "":
		s.reads++
		secret := into.(*corev1.Secret)
		secret.ResourceVersion = s.version
		secret.Data = map[string][]byte{"version": []byte(s.version)}
		return nil
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
}

func TestSecretIsReadOncePerVersion(t *testing.T) {
	t.Parallel()
	s := &server{}
	r := New(s, s, 10)
	steps := []struct {
		name, version, watch string
		want                 string // "" = not found
		reads                int
	}{
		{"not there", "", "", "", 0},
		{"there", "1", "1", "1", 1},
		{"the same", "1", "1", "1", 0},
		{"the watch is late", "2", "1", "1", 0},
		{"the watch has come", "2", "2", "2", 1},
		{"changed while it is read", "4", "3", "4", 1},
		{"nothing new", "4", "3", "4", 0},
		{"the watch follows", "4", "4", "4", 0},
		{"the watch has not seen that it is gone", "", "5", "", 0},
		{"gone", "", "", "", 0},
		{"another of the same version", "4", "4", "4", 1},
	}
	for _, step := range steps {
		s.version, s.watch, s.reads = step.version, step.watch, 0
		secret, err := r.Secret(t.Context(), client.ObjectKey{Namespace: "n", Name: "s"})
		switch {
		case step.want == "" && !apierrors.IsNotFound(err):
			t.Errorf("%s: the error is %v", step.name, err)
		case step.want != "" && (err != nil || string(secret.Data["version"]) != step.want):
			t.Errorf("%s: got %v, %v, want %s", step.name, secret, err, step.want)
		}
		if s.reads != step.reads {
			t.Errorf("%s: %d reads, want %d", step.name, s.reads, step.reads)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := &server{version: "1", watch: "1"}
	r := New(s, s, 3)
	for i := range 10 {
		if _, err := r.Secret(t.Context(), client.ObjectKey{Name: string(rune('a' +
			i))}); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.memory.Len(); n != 3 {
		t.Errorf("%d are remembered", n)
	}
}
