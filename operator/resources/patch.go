// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Ours: what the copies of one patch may have together; each could double what is there.
const longestCopies = 1 << 20

// The library knows no other way to say it.
func init() { jsonpatch.AccumulatedCopySizeLimit = longestCopies }

// Patch applies the patches of the spec that are for this child, whose kind is given. The error
// says which patch cannot be applied.
func Patch(b *v1alpha1.FlashMQBroker, child client.Object, kind string) (client.Object, error) {
	for i := range b.Spec.Patches {
		x := &b.Spec.Patches[i]
		if !Meant(b, &x.Target, kind, child.GetName()) {
			continue
		}
		var err error
		if child, err = patch(child, x); err != nil {
			return nil, fmt.Errorf("spec.patches[%d]: %w", i, err)
		}
	}
	return child, nil
}

// Meant tells whether a patch is for a child. Without a suffix it is for all of the kind.
func Meant(b *v1alpha1.FlashMQBroker, t *v1alpha1.PatchTarget, kind, name string) bool {
	return t.Kind == kind && (t.NameSuffix == "" || b.Name+t.NameSuffix == name)
}

func patch(child client.Object, x *v1alpha1.Patch) (client.Object, error) {
	before, err := json.Marshal(child)
	if err != nil {
		return nil, err
	}
	change, err := yaml.YAMLToJSON([]byte(x.Patch))
	if err != nil {
		return nil, err
	}
	after, err := changed(before, change, child, x.Type)
	if err != nil {
		return nil, err
	}
	out, err := decode(after, child)
	if err != nil {
		return nil, err
	}
	if out.GetName() != child.GetName() || out.GetNamespace() != child.GetNamespace() {
		return nil, fmt.Errorf("a patch cannot rename %s", child.GetName())
	}
	// Who may write a FlashMQBroker may not have the operator write anything.
	was, is := child.GetObjectKind().GroupVersionKind(), out.GetObjectKind().GroupVersionKind()
	if is != was && (is.Kind != x.Target.Kind || !was.Empty()) {
		return nil, fmt.Errorf("a patch cannot make %s a %s", child.GetName(), is)
	}
	return out, nil
}

// decode reads an object as child is. A field that does not exist is an error: it would have no
// effect.
func decode(raw []byte, child client.Object) (client.Object, error) {
	out := reflect.New(reflect.TypeOf(child).Elem()).Interface().(client.Object)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return out, d.Decode(out)
}

// changed is the child as JSON, after the patch.
func changed(
	before, change []byte, child client.Object, how v1alpha1.PatchType,
) ([]byte, error) {
	_, custom := child.(*unstructured.Unstructured)
	switch {
	case how == v1alpha1.PatchJSON:
		operations, err := jsonpatch.DecodePatch(change)
		if err != nil {
			return nil, err
		}
		return operations.Apply(before)
	case custom: // nobody knows how its lists are merged
		return jsonpatch.MergePatch(before, change)
	}
	return strategicpatch.StrategicMergePatch(before, change, child)
}
