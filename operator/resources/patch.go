// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
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

// Patch applies the patches of the spec that are for this child, whose kind is given. The error
// says which patch cannot be applied.
func Patch(b *v1alpha1.FlashMQBroker, child client.Object, kind string) (client.Object, error) {
	for i := range b.Spec.Patches {
		x := &b.Spec.Patches[i]
		if x.Target.Kind != kind || b.Name+x.Target.NameSuffix != child.GetName() {
			continue
		}
		var err error
		if child, err = patch(child, x); err != nil {
			return nil, fmt.Errorf("spec.patches[%d]: %w", i, err)
		}
	}
	return child, nil
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
	out := reflect.New(reflect.TypeOf(child).Elem()).Interface().(client.Object) // as child is
	if err := json.Unmarshal(after, out); err != nil {
		return nil, err
	}
	if out.GetName() != child.GetName() || out.GetNamespace() != child.GetNamespace() {
		return nil, fmt.Errorf("a patch cannot rename %s", child.GetName())
	}
	return out, nil
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
