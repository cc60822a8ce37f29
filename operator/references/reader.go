// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package references

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Reader reads what is referred to. It is safe for concurrent use.
type Reader struct {
	watched, direct client.Reader
	memory          *lru.Cache // of identity to entry
}

// New returns a Reader that asks watched for the metadata of objects and direct for their content,
// of which it keeps so many.
func New(watched, direct client.Reader, keep int) *Reader {
	return &Reader{watched, direct, lru.New(keep)}
}

type identity struct {
	kind string
	key  client.ObjectKey
}

type entry struct {
	object client.Object
	// seen is the resource version that was watched when the object was read, which may be older
	// than the object's own.
	seen string
}

// Secret returns the Secret, which stays the Reader's. The error is the API server's.
func (r *Reader) Secret(ctx context.Context, key client.ObjectKey) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	object, err := r.read(ctx, "Secret", key, s)
	if err != nil {
		return nil, err
	}
	return object.(*corev1.Secret), nil // it is remembered under its kind
}

// ConfigMap is as Secret.
func (r *Reader) ConfigMap(ctx context.Context, key client.ObjectKey) (*corev1.ConfigMap, error) {
	m := &corev1.ConfigMap{}
	object, err := r.read(ctx, "ConfigMap", key, m)
	if err != nil {
		return nil, err
	}
	return object.(*corev1.ConfigMap), nil
}

func (r *Reader) read(
	ctx context.Context, kind string, key client.ObjectKey, into client.Object,
) (client.Object, error) {
	id := identity{kind, key}
	there := &metav1.PartialObjectMetadata{}
	there.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: kind})
	if err := r.watched.Get(ctx, key, there); err != nil {
		r.memory.Remove(id)
		return nil, err
	}
	if found, ok := r.memory.Get(id); ok {
		e := found.(entry) // nothing else is put there
		if v := there.ResourceVersion; v == e.seen || v == e.object.GetResourceVersion() {
			return e.object, nil
		}
	}
	if err := r.direct.Get(ctx, key, into); err != nil {
		return nil, err
	}
	r.memory.Add(id, entry{into, there.ResourceVersion})
	return into, nil
}
