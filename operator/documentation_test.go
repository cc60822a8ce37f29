// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// examples are YAML in a page, with what is to be seen: ready, or applied where something is
// missing that only a reader has.
var examples = regexp.MustCompile("(?s)<!-- test: (ready|applied) -->\n```yaml\n(.*?)```")

// Examples and samples are applied, and become what is said of them.
func TestExamplesOfTheGuide(t *testing.T) {
	w := newWorld(t)
	pages := map[string]int{"../docs/operator.md": 5, "../docs/proxy.md": 3}
	for page, most := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := examples.FindAllStringSubmatch(string(text), -1)
		if len(found) < most {
			t.Errorf("%s has %d examples", page, len(found))
		}
		for _, example := range found {
			try(t, w, filepath.Base(page), example[1], example[2])
		}
	}
	samples, err := filepath.Glob("../deploy/samples/*.yaml")
	if err != nil || len(samples) < 4 {
		t.Fatalf("samples %v, %v", samples, err)
	}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		try(t, w, filepath.Base(sample), "ready", string(text))
	}
}

func try(t *testing.T, w *world, where, want, text string) {
	t.Helper()
	b := &v1alpha1.FlashMQBroker{}
	if err := yaml.UnmarshalStrict([]byte(text), b); err != nil {
		t.Fatalf("%s: %v\n%s", where, err, text)
	}
	t.Run(where+"/"+b.Name, func(t *testing.T) {
		b.Namespace = w.Namespace(t)
		if err := w.Client.Create(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		w.Says(t, b, v1alpha1.ConditionConfigValid, v1alpha1.ReasonValid)
		if want == "ready" {
			w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		}
	})
}
