// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestVariablesAreFlags: a variable whose flag does not exist would have no effect and tell nobody.
func TestVariablesAreFlags(t *testing.T) {
	t.Parallel()
	d := deployment(t, objects(t, readText(t, deploy+"operator/install.yaml")))
	flags := newFlags()
	found := 0
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		name, ours := strings.CutPrefix(v.Name, environmentPrefix+"_")
		if !ours {
			continue
		}
		found++
		name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if flags.Lookup(name) == nil {
			t.Errorf("%s is set, and there is no flag --%s", v.Name, name)
		}
	}
	if found == 0 {
		t.Error("no variables")
	}
}

// TestPortsAreTheDefaults: the Deployment says nothing about addresses.
func TestPortsAreTheDefaults(t *testing.T) {
	t.Parallel()
	d := deployment(t, objects(t, readText(t, deploy+"operator/install.yaml")))
	var got []string
	for _, p := range d.Spec.Template.Spec.Containers[0].Ports {
		got = append(got, fmt.Sprintf("%s-address=:%d", p.Name, p.ContainerPort))
	}
	var want []string
	for _, name := range []string{"metrics-address", "health-address"} {
		want = append(want, name+"="+newFlags().Lookup(name).DefValue)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the ports are %q, the flags %q", got, want)
	}
}

// TestChartHasTheDefaults: the chart sets what differs from the operator's defaults, so its own
// must be the same.
func TestChartHasTheDefaults(t *testing.T) {
	t.Parallel()
	var values struct {
		ClusterDomain         string
		MaxConcurrentRollouts int
		Workers               int
		Log                   struct{ Level, Format string }
		Watch                 struct{ Selector string }
	}
	if err := yaml.Unmarshal([]byte(readText(t, chart+"/values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	flags := newFlags()
	for name, value := range map[string]any{
		"cluster-domain": values.ClusterDomain, "workers": values.Workers,
		"max-concurrent-rollouts": values.MaxConcurrentRollouts,
		"log-level":               values.Log.Level, "log-format": values.Log.Format,
		"selector": values.Watch.Selector,
	} {
		if want := flags.Lookup(name).DefValue; fmt.Sprint(value) != want {
			t.Errorf("--%s is %q by default, the chart's value is %q", name, want, value)
		}
	}
}
