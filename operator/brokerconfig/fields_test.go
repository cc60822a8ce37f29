// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/operator/brokerconfig"
)

// named is the key of flashmq.conf that a description names.
var named = regexp.MustCompile(`flashmq\.conf: ([a-z0-9_]+)\.`)

// What the descriptions of fields say is what Field says.
func TestField(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/crds/flashmq.io_flashmqbrokers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema schema `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		t.Fatal(err)
	}
	found := 0
	spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	spec.walk("", func(path, description string) {
		m := named.FindStringSubmatch(strings.Join(strings.Fields(description), " "))
		if m == nil || strings.HasPrefix(path, "listeners") {
			return
		}
		found++
		if got := brokerconfig.Field(m[1]); got != path {
			t.Errorf("%s is said to come from %s, and comes from %s", m[1], got, path)
		}
	})
	if found < 20 {
		t.Errorf("only %d fields name a key", found)
	}
	if got := brokerconfig.Field("huge_pages"); got != "config.extra[huge_pages]" {
		t.Errorf("a key without a field comes from %s", got)
	}
	if got := brokerconfig.Standard("log_format"); got != "text" {
		t.Errorf("the standard of log_format is %q", got)
	}
}

type schema struct {
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
}

func (s schema) walk(path string, visit func(path, description string)) {
	for name, below := range s.Properties {
		at := strings.TrimPrefix(path+"."+name, ".")
		visit(at, below.Description)
		below.walk(at, visit)
	}
}
