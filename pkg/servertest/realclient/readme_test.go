// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// Examples in the documentation are run. A fenced block whose info string is sh, go or js counts
// when the line before it is
//
//	<!-- test: NAME -->
//	<!-- test: NAME waits for TEXT -->
//
// The first kind must end well. The second is left running while the blocks of the same NAME that
// follow it run, and must then have printed TEXT. 1883 becomes the port of the server.
var exampleMark = regexp.MustCompile(`^<!-- test: (\S+)(?: waits for (.+))? -->$`)

type example struct {
	name, language, text string
	line                 int
	waitsFor             string
}

// examples are those of a Markdown file.
func examples(t *testing.T, file string) []example {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	lines := strings.Split(string(content), "\n")
	for i := 0; i < len(lines); i++ {
		mark := exampleMark.FindStringSubmatch(lines[i])
		if mark == nil {
			continue
		}
		i++
		for i < len(lines) && lines[i] == "" {
			i++
		}
		if i == len(lines) || !strings.HasPrefix(lines[i], "```") {
			t.Fatalf("%s:%d: a test mark without a fenced block", file, i)
		}
		e := example{name: mark[1], waitsFor: mark[2], language: lines[i][3:], line: i + 1}
		end := slices.Index(lines[i+1:], "```")
		if end < 0 {
			t.Fatalf("%s:%d: the block does not end", file, i+1)
		}
		e.text = strings.Join(lines[i+1:i+1+end], "\n") + "\n"
		list = append(list, e)
		i += end + 1
	}
	if len(list) == 0 {
		t.Fatalf("%s has no examples to test", file)
	}
	return list
}

func TestExamplesOfReadme(t *testing.T) {
	runExamples(t, filepath.Join("..", "..", "..", "README.md"))
}

// A file that shows every kind of example, so that the test of the README is one itself.
func TestExamplesOfEveryKind(t *testing.T) {
	runExamples(t, filepath.Join("testdata", "examples.md"))
}

func runExamples(t *testing.T, file string) {
	all := examples(t, file)
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(e example) bool { return e.name != all[0].name })
		if n < 0 {
			n = len(all)
		}
		group := all[:n]
		all = all[n:]
		t.Run(group[0].name, func(t *testing.T) { runGroup(t, start(t), group) })
	}
}

// runGroup runs blocks that belong together.
func runGroup(t *testing.T, s *servertest.Server, group []example) {
	var left []*pending
	for _, e := range group {
		if e.waitsFor == "" {
			runExample(t, s, e).wait()
			continue
		}
		left = append(left, &pending{runExample(t, s, e), e.waitsFor})
		s.WaitLogged("msg=subscribe ")
	}
	for _, x := range left {
		x.p.out.Wait(t, x.text)
		x.p.kill()
	}
}

type pending struct {
	p    *program
	text string
}

// runExample starts one block.
func runExample(t *testing.T, s *servertest.Server, e example) *program {
	t.Helper()
	text := strings.ReplaceAll(e.text, "1883", s.Port())
	folder := t.TempDir()
	file := filepath.Join(folder, "example."+e.language)
	switch e.language {
	case "sh":
		// Where an example relies on the port everybody knows, it gets ours.
		text = fmt.Sprintf("mosquitto_pub() { command mosquitto_pub -p %[1]s \"$@\"; }\n"+
			"mosquitto_sub() { command mosquitto_sub -p %[1]s \"$@\"; }\n", s.Port()) + text
		write(t, file, text)
		return run(t, nil, "sh", "-e", file)
	case "go":
		write(t, file, text)
		return run(t, nil, "go", "run", file)
	case "js":
		if regexp.MustCompile(`(?m)^import `).MatchString(text) {
			file = filepath.Join(folder, "example.mjs")
		}
		if err := os.Symlink(nodeModules(t), filepath.Join(folder, "node_modules")); err != nil {
			t.Fatal(err)
		}
		write(t, file, text)
		return run(t, nil, "node", file)
	}
	t.Fatalf("line %d: an example in %q cannot be tested", e.line, e.language)
	return nil
}
