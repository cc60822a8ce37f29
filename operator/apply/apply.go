// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// AppliedAnnotation holds a hash of what was applied last, so that a field which is not wanted any
// more is noticed: the object alone does not tell whose it was.
const AppliedAnnotation = "flashmq.io/applied"

// ErrForeign says that an object of the wanted name exists and belongs to somebody else.
var ErrForeign = errors.New("an object of this name exists already and is not the operator's")

// ErrUnseen says that a child has been made and the cache does not show it yet. Whoever makes
// something up for a child that is not there, such as a key, would make it up once more.
var ErrUnseen = errors.New("it was made a moment ago, and the cache does not show it yet")

// Options of an Applier.
type Options struct {
	// Client reads from the cache, which holds the operator's own children only, and writes.
	Client client.Client
	// Direct reads from the API server. It is asked before a child is made.
	Direct client.Reader
	// FieldOwner is the name that stands in managedFields.
	FieldOwner string
	// Labels are set on every child.
	Labels func(owner client.Object) map[string]string
	// Indexed says that the cache has Index of all kinds that are compiled in.
	Indexed bool
}

// Index finds children by the name of their owner. Without it, a cache looks at all objects of a
// namespace to find those with a label.
const Index = "flashmq.io/owner"

// Applier applies children. It is safe for concurrent use.
type Applier struct {
	o Options
	// same has what was compared and found to be the same, by identity: comparing is dear.
	same *lru.Cache
}

// Ours: children whose comparison is remembered, some 200 bytes each.
const keptComparisons = 16384

// New returns an Applier.
func New(o Options) *Applier { return &Applier{o, lru.New(keptComparisons)} }

// compared is a version of a child, and the hash of what it was compared with.
type compared struct{ version, hash string }

// Apply makes the child look as wanted, which has a name and a namespace, and tells whether that
// took a write. Fields that want does not have, or that are zero and optional in its Go type, are
// left to others. The errors are ErrForeign, ErrUnseen and those of the API server, with the
// child's kind and name.
func (a *Applier) Apply(
	ctx context.Context, owner, want client.Object,
) (written bool, err error) {
	child, err := a.dress(owner, want)
	if err != nil {
		return false, err
	}
	written, err = a.apply(ctx, owner, child)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", child.GetKind(), child.GetName(), err)
	}
	return written, nil
}

func (a *Applier) apply(
	ctx context.Context, owner client.Object, child *unstructured.Unstructured,
) (written bool, err error) {
	live, err := a.live(ctx, child)
	switch {
	case apierrors.IsNotFound(err):
		err = a.unclaimed(ctx, owner, child)
	case err == nil && !metav1.IsControlledBy(live, owner):
		err = ErrForeign
	case err == nil && a.isSame(child, live):
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, a.o.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(child),
		client.FieldOwner(a.o.FieldOwner), client.ForceOwnership)
}

// dress completes a child: labels, owner reference and the hash of all that.
func (a *Applier) dress(owner, want client.Object) (*unstructured.Unstructured, error) {
	gvk, err := a.o.Client.GroupVersionKindFor(owner)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	kind, err := a.o.Client.GroupVersionKindFor(want)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(want)
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	delete(object, "status")
	dropNulls(object)
	child := &unstructured.Unstructured{Object: object}
	child.SetGroupVersionKind(kind)
	labels := child.GetLabels()
	if labels == nil {
		labels = make(map[string]string)
	}
	for key, value := range a.o.Labels(owner) {
		labels[key] = value
	}
	child.SetLabels(labels)
	child.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(owner, gvk)})
	annotations := child.GetAnnotations()
	if annotations == nil {
		annotations = make(map[string]string)
	}
	annotations[AppliedAnnotation] = hash(child.Object)
	child.SetAnnotations(annotations)
	return child, nil
}

// dropNulls removes what Go types write although nobody has set it.
func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
			}
			dropNulls(value)
		}
	case []any:
		for _, element := range v {
			dropNulls(element)
		}
	}
}

// hash is of the JSON form, whose keys are sorted.
func hash(object map[string]any) string {
	raw, err := json.Marshal(object)
	if err != nil {
		panic("apply: JSON that cannot be written: " + err.Error()) // it has just been read
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// live is the child as the cache has it, which is only looked at.
func (a *Applier) live(
	ctx context.Context, child *unstructured.Unstructured,
) (client.Object, error) {
	live, err := a.empty(child.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	return live, a.o.Client.Get(ctx, client.ObjectKeyFromObject(child), live,
		client.UnsafeDisableDeepCopy)
}

// empty is an object of the kind: typed where the scheme knows it, so that the cache has each kind
// once.
func (a *Applier) empty(gvk schema.GroupVersionKind) (client.Object, error) {
	if !a.o.Client.Scheme().Recognizes(gvk) {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(gvk)
		return u, nil
	}
	object, err := a.o.Client.Scheme().New(gvk)
	if err != nil {
		return nil, err
	}
	return object.(client.Object), nil // as all kinds with metadata are
}

// unclaimed makes sure that nothing is written over what the cache does not show: objects of
// somebody else, which it never shows, and ours that are too new for it.
func (a *Applier) unclaimed(
	ctx context.Context, owner client.Object, child *unstructured.Unstructured,
) error {
	there := &metav1.PartialObjectMetadata{}
	there.SetGroupVersionKind(child.GroupVersionKind())
	err := a.o.Direct.Get(ctx, client.ObjectKeyFromObject(child), there)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return err
	case !metav1.IsControlledBy(there, owner):
		return ErrForeign
	}
	return a.show(ctx, owner, there)
}

// show makes the cache see one of our children: somebody may have taken away the labels by which it
// finds them.
func (a *Applier) show(
	ctx context.Context, owner client.Object, there *metav1.PartialObjectMetadata,
) error {
	before := there.DeepCopy()
	labels := there.GetLabels()
	if labels == nil {
		labels = make(map[string]string)
	}
	maps.Copy(labels, a.o.Labels(owner))
	there.SetLabels(labels)
	if maps.Equal(labels, before.Labels) {
		return ErrUnseen
	}
	patch := client.MergeFrom(before)
	err := a.o.Client.Patch(ctx, there, patch, client.FieldOwner(a.o.FieldOwner))
	return errors.Join(ErrUnseen, err)
}

// isSame is same, from memory if it can be.
func (a *Applier) isSame(child *unstructured.Unstructured, live client.Object) bool {
	now := compared{live.GetResourceVersion(), child.GetAnnotations()[AppliedAnnotation]}
	if before, ok := a.same.Get(live.GetUID()); ok && before == now {
		return true
	}
	if !same(child, live) {
		return false
	}
	a.same.Add(live.GetUID(), now)
	return true
}

// same tells whether applying the child would change nothing.
func same(child *unstructured.Unstructured, live client.Object) bool {
	if live.GetAnnotations()[AppliedAnnotation] != child.GetAnnotations()[AppliedAnnotation] {
		return false
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return false
	}
	want := child.DeepCopy().Object
	// Typed objects from the cache do not say what they are.
	delete(want, "apiVersion")
	delete(want, "kind")
	return covers(want, object)
}
