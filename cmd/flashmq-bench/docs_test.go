// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

// guide is the page whose examples are run here.
const guide = "../../docs/benchmarking.md"

var (
	block = regexp.MustCompile("(?ms)^([^\n]*)\n```sh\n(.*?)^```$")
	mark  = regexp.MustCompile(`^<!-- test: ([a-z]+) -->$`)
)

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// less is what makes an example short: flags behind it, which are stronger.
func less(args []string) []string {
	small := map[load.Scenario][]string{
		load.Fanout: {"--groups", "2", "--subscribers", "3"}, load.Pairs: {"--groups", "3"},
		load.Latency: {"--groups", "3"}, load.Storm: {"--clients", "3"},
		load.Idle: {"--clients", "20"},
	}
	extra := small[load.Scenario(args[0])]
	if extra == nil {
		return args
	}
	return slices.Concat(args, extra, brief(args[0], "50ms"))
}

// brief is what makes a scenario last only so long, but a storm as long as a busy machine needs for
// some handshakes.
func brief(scenario, duration string) []string {
	if scenario == string(load.Storm) {
		duration = "1s"
	}
	return []string{"--duration", duration, "--warmup", "10ms"}
}

// Every example works, as it is written but for the port and the time it takes.
func TestExamplesOfTheGuide(t *testing.T) {
	s := openHouse(t)
	text := readGuide(t)
	theirs := strings.NewReplacer("--port 1883", "--port "+s.tcp, "--port 8883", "--port "+s.tls,
		"--port 8080", "--port "+s.ws, "ca.pem", s.cafile,
		"$(pidof flashmq)", strconv.Itoa(os.Getpid()))
	t.Chdir(t.TempDir())
	examples := block.FindAllStringSubmatch(text, -1)
	run := 0
	for _, example := range examples {
		if example[2] == "make bench\n" {
			continue
		}
		name := mark.FindStringSubmatch(example[1])
		if name == nil {
			t.Errorf("a block follows %q instead of <!-- test: name -->", example[1])
			continue
		}
		for line := range strings.Lines(example[2]) {
			args, ours := strings.CutPrefix(strings.TrimSpace(line), "bin/flashmq-bench ")
			if !ours {
				t.Fatalf("%s: %q does not call flashmq-bench", name[1], line)
			}
			args = theirs.Replace(args)
			var stdout, stderr bytes.Buffer
			p := program{stdout: &stdout, stderr: &stderr}
			code := p.run(t.Context(), less(strings.Fields(args)))
			if code != exitGood || strings.Contains(args, "--port") && stdout.Len() == 0 {
				t.Errorf("%s: %s: exit %d: %s", name[1], args, code, stderr.String())
			}
			run++
		}
	}
	if run < 13 {
		t.Errorf("only %d examples were run", run)
	}
	for _, file := range []string{"one.json", "both.html", "latency.hgrm"} {
		if info, err := os.Stat(file); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v", file, err)
		}
	}
}

var flagOfGuide = regexp.MustCompile("`(--[a-z-]+)")

// The guide and the help name no flag that does not exist, and the help names all.
func TestFlagsAreExplained(t *testing.T) {
	t.Parallel()
	version, qos, subscribe := "", 0, false
	fs := (&setup{}).flags(&version, &qos, &subscribe)
	for _, m := range flagOfGuide.FindAllStringSubmatch(readGuide(t), -1) {
		if name := strings.TrimPrefix(m[1], "--"); fs.Lookup(name) == nil && name != "against" {
			t.Errorf("the guide names --%s, which does not exist", name)
		}
	}
	for _, line := range regexp.MustCompile(`--[a-z-]+`).FindAllString(usage, -1) {
		if name := strings.TrimPrefix(line, "--"); fs.Lookup(name) == nil && name != "against" {
			t.Errorf("the help names --%s, which does not exist", name)
		}
	}
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !strings.Contains(usage, "--"+f.Name+" ") {
			t.Errorf("the help does not name --%s", f.Name)
		}
	})
	for _, scenario := range load.Scenarios {
		if !strings.Contains(readGuide(t), "| `"+string(scenario)+"` |") {
			t.Errorf("the guide does not explain %s", scenario)
		}
	}
}

// What make bench asks for is understood, and its script is one.
func TestScriptOfMakeBench(t *testing.T) {
	t.Parallel()
	const script = "../../hack/bench"
	if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	entry := regexp.MustCompile(`(?m)^\t\[([a-z0-9-]+)\]="(.*)"$`)
	found := entry.FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Fatalf("only %d scenarios in %s", len(found), script)
	}
	for _, m := range found {
		if _, err := parse(strings.Fields(m[2])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
}
