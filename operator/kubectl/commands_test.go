// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

//go:generate go test -run ^TestDocumentationIsCurrent$ -update .

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var update = flag.Bool("update", false, "write docs/kubectl.md anew")

const documentation = "../../docs/kubectl.md"

func TestDocumentationIsCurrent(t *testing.T) {
	t.Parallel()
	got := document(t)
	if *update {
		if err := os.WriteFile(documentation, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not current: run go generate ./operator/kubectl", documentation)
	}
}

// document is the hand-written text with the help of all commands put in.
func document(t *testing.T) string {
	t.Helper()
	frame, err := os.ReadFile("testdata/kubectl.md")
	if err != nil {
		t.Fatal(err)
	}
	root := New(Options{Now: time.Now})
	var commands strings.Builder
	for _, c := range root.Commands() {
		if c.Name() != "completion" && c.Name() != "help" {
			fmt.Fprintf(&commands, "### %s\n\n%s.\n\n```\n%s```\n\n", c.Name(), c.Short, help(c))
		}
	}
	return strings.NewReplacer("{{global}}", trimmed(root.PersistentFlags().FlagUsages()),
		"{{commands}}\n", strings.TrimSuffix(commands.String(), "\n")).Replace(string(frame))
}

// help is that of one command without the flags of all.
func help(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kubectl flashmq %s\n\n%s\n\n%s\n\n", c.Use, c.Long, c.Example)
	c.InitDefaultHelpFlag()
	b.WriteString(trimmed(c.LocalNonPersistentFlags().FlagUsages()) + "\n")
	return b.String()
}

func trimmed(usages string) string {
	lines := strings.Split(strings.TrimRight(usages, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// Every command says what it is for, with an example, in lines that a terminal has room for.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, c := range New(Options{Now: time.Now}).Commands() {
		if c.Example == "" || c.Long == "" || c.ValidArgsFunction == nil && c.Name() != "plan" {
			t.Errorf("%s has no example, no explanation or no completion", c.Name())
		}
		for _, line := range strings.Split(c.Long, "\n") {
			if len(line) > 90 {
				t.Errorf("%s: %d columns: %s", c.Name(), len(line), line)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	pods := schema.GroupResource{Resource: "pods"}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"several lines", errors.New("a\n\tb"), "a b"},
		{"interrupted", fmt.Errorf("get: %w", context.Canceled), "interrupted"},
		{"no CRD", &meta.NoKindMatchError{GroupKind: brokerKind}, "install the operator"},
		{"forbidden", apierrors.NewForbidden(pods, "x", errors.New("no")), "ask for this right"},
		{"unauthorized", apierrors.NewUnauthorized("no"), "log in again"},
		{"other", apierrors.NewGenericServerResponse(http.StatusTeapot, "get", pods, "x", "tea", 0,
			true), "418"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := explain(test.err)
			if !strings.Contains(got, test.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Half an archive does not stay.
func TestCreate(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/x.zip"
	broken := errors.New("the disk is full")
	write := func(err error) error {
		return create(file, func(w io.Writer) error {
			_, _ = w.Write([]byte("half"))
			return err
		})
	}
	if err := write(broken); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	if err := write(nil); err != nil {
		t.Errorf("half of it has stayed: %v", err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(text, []byte("half")) {
		t.Errorf("%q, error %v", text, err)
	}
}
