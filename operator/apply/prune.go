// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package apply

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Wanted is the set of children that somebody has asked for in one pass. The zero value is empty.
type Wanted map[schema.GroupKind]map[string]bool

// Add notes a child by kind and name.
func (w Wanted) Add(kind schema.GroupKind, name string) {
	if w[kind] == nil {
		w[kind] = make(map[string]bool)
	}
	w[kind][name] = true
}

// Prune removes the owner's children of the kinds that lists stand for and that are not wanted. It
// belongs at the end of a pass in which everything that may ask for a child has done so. An object
// that has changed since the cache has seen it stays until the next pass.
func (a *Applier) Prune(
	ctx context.Context, owner client.Object, wanted Wanted, lists ...client.ObjectList,
) (removed int, err error) {
	for _, list := range lists {
		kind, err := a.o.Client.GroupVersionKindFor(list)
		if err != nil {
			return removed, fmt.Errorf("prune: %w", err)
		}
		kind.Kind = kind.Kind[:len(kind.Kind)-len("List")]
		n, err := a.pruneKind(ctx, owner, wanted[kind.GroupKind()], list)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("prune %s: %w", kind.Kind, err)
		}
	}
	return removed, nil
}

func (a *Applier) pruneKind(
	ctx context.Context, owner client.Object, wanted map[string]bool, list client.ObjectList,
) (removed int, err error) {
	options := []client.ListOption{client.InNamespace(owner.GetNamespace()),
		client.MatchingLabels(a.o.Labels(owner)),
		client.UnsafeDisableDeepCopy} // they are only looked at
	if _, custom := list.(*unstructured.UnstructuredList); !custom && a.o.Indexed {
		options = append(options, client.MatchingFields{Index: owner.GetName()})
	}
	err = a.o.Client.List(ctx, list, options...)
	if err != nil {
		return 0, err
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return 0, err
	}
	for _, item := range items {
		child := item.(client.Object) // as ExtractList's are for kinds with metadata
		if wanted[child.GetName()] || !metav1.IsControlledBy(child, owner) ||
			child.GetDeletionTimestamp() != nil {
			continue
		}
		uid, version := child.GetUID(), child.GetResourceVersion()
		err := a.o.Client.Delete(ctx, child,
			client.Preconditions{UID: &uid, ResourceVersion: &version},
			client.PropagationPolicy(metav1.DeletePropagationBackground))
		if client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
