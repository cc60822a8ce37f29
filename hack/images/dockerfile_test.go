// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top is the top of the repository, seen from this folder.
const top = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parsed(t *testing.T, text string) *dockerfile {
	t.Helper()
	d, err := parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDockerfile wants one image for each program that runs in one, and flashmq as the default.
func TestDockerfile(t *testing.T) {
	d := parsed(t, read(t, "Dockerfile"))
	if want := []string{"flashmq-operator", "flashmq"}; !slices.Equal(d.images(), want) {
		t.Errorf("images %q, want %q", d.images(), want)
	}
	if last := d.stages[len(d.stages)-1].Name; last != "flashmq" {
		t.Errorf("docker build makes %s when no target is named", last)
	}
	for _, name := range d.images() {
		if _, err := d.image(name, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestCompilerIsNewEnough compares the image of the build stages with the go line of go.mod.
func TestCompilerIsNewEnough(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)\.\d+$`).
		FindStringSubmatch(read(t, "go.mod"))
	if version == nil {
		t.Fatal("go.mod has no go line")
	}
	image := "\nARG GO_IMAGE=golang:" + version[1] + "."
	if !strings.Contains(read(t, "Dockerfile"), image) {
		t.Errorf("the Dockerfile has no line that begins with %s", image[1:])
	}
}

func TestDockerfilesThatAreRefused(t *testing.T) {
	tests := []struct {
		name, text, why string
	}{
		{"no Dockerfile", "", "no instructions"},
		{"unknown instruction", "FROM scratch AS a\nCOPPY x y\n", "unknown instruction"},
		{"nothing before", "COPY x y\n", "no build stage"},
		{"warning of the parser", "FROM scratch AS a\nLABEL a=b \\\n\n  c=d\n",
			"Empty continuation"},
		{"warning of the linter", "FROM scratch as a\n", "FromAsCasing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want one that says %q", err, test.why)
			}
		})
	}
}
