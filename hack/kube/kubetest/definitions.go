// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubetest

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Definitions are files with other people's CustomResourceDefinitions, for Options.CRDs: those that
// hack/kube/definitions knows by these names, or all of them.
func Definitions(t testing.TB, names ...string) []string {
	t.Helper()
	program, err := script("definitions")
	if err != nil {
		t.Fatalf("kubetest: %v", err)
	}
	command := exec.Command(program, names...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	answer, err := command.Output()
	if err != nil {
		t.Fatalf("kubetest: %s: %v\n%s", program, err, complaint.String())
	}
	files := strings.Fields(string(answer))
	for _, file := range files {
		if !filepath.IsAbs(file) || !isFile(file) {
			t.Fatalf("kubetest: %s names %q, which is no file", program, file)
		}
	}
	return files
}
