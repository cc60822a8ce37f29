// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

const page = "../../docs/install.md"

var block = regexp.MustCompile("(?ms)^```(sh|yaml)\n(.*?)^```$")

// blocks are those of the page in one language.
func blocks(t *testing.T, language string) (out []string) {
	t.Helper()
	for _, m := range block.FindAllStringSubmatch(string(read(t, page)), -1) {
		if m[1] == language {
			out = append(out, m[2])
		}
	}
	return out
}

// TestCommandsOfThePage runs all commands of the page, one after the other, in a cluster whose pods
// are ready without having run.
func TestCommandsOfThePage(t *testing.T) {
	t.Parallel()
	c := kubetest.Start(t, kubetest.Options{Controllers: true})
	commands := blocks(t, "sh")
	if len(commands) < 8 {
		t.Fatalf("only %d blocks of commands", len(commands))
	}
	script := "set -euxo pipefail\n" + strings.Join(commands, "")
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir = "../.."
	bin := filepath.Dir(kubetest.Program(t, "helm"))
	command.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "HOME="+t.TempDir(),
		"PATH="+bin+":"+os.Getenv("PATH"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}

// TestKustomizationOfThePage renders it with the folder of this tree.
func TestKustomizationOfThePage(t *testing.T) {
	t.Parallel()
	const remote = "https://github.com/flashmq/flashmq//deploy?ref=main"
	found := blocks(t, "yaml")
	if len(found) != 1 || !strings.Contains(found[0], remote) {
		t.Fatalf("%d kustomizations, want 1 of %s", len(found), remote)
	}
	folder := t.TempDir()
	above, err := filepath.Abs(deploy)
	if err != nil {
		t.Fatal(err)
	}
	there, err := filepath.Rel(folder, above)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(found[0], remote, there, 1)
	err = os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(t, kubetest.Program(t, "kubectl"), "kustomize", folder)
	if err != nil {
		t.Fatal(err)
	}
	s := objects(t, out)
	env := settings(t, s)
	const want = "registry.example.com/flashmq-operator:0.1.0"
	got := deployment(t, s).Spec.Template.Spec.Containers[0].Image
	if got != want || env["AGENT_IMAGE"] != want || env["LOG_LEVEL"] != "debug" ||
		env["PROXY_IMAGE"] == "" {
		t.Errorf("image %s, settings %v", got, env)
	}
}
