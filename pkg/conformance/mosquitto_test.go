// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

var update = flag.Bool("update", false, "write golden files anew")

// other is what the Checks say of another server, as it is kept in testdata.
type other struct {
	Server string         `json:"server"`
	Passed map[string]int `json:"passed"` // by version
	// Differences are the Checks that did not pass.
	Differences []difference `json:"differences"`
}

// difference is one of them, with what we make of it.
type difference struct {
	Version string  `json:"version"`
	Clause  string  `json:"clause"`
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Note is what the server does instead, written by hand; why, where it is unsupported.
	Note string `json:"note"`
}

func (d *difference) same(e difference) bool { return d.Version == e.Version && d.Name == e.Name }

// The verdicts on Debian's mosquitto are those in testdata: what docs/conformance.md says about it
// is true, and the Checks fail where a server does not conform. It does not run beside others:
// those count descriptors when their servers stop.
func TestMosquitto(t *testing.T) {
	program := tool(t, "mosquitto")
	version := mosquittoVersion(t, program)
	plain, web := startMosquitto(t, program)
	got := other{Server: "mosquitto " + version, Passed: map[string]int{}}
	o := Options{Listener: plain, WebSocket: web, Versions: versions}
	for _, r := range runAtOnce(o) {
		if r.Verdict == Pass {
			got.Passed[r.Version]++
			continue
		}
		t.Logf("%s %s: %s: %s", r.Version, r.Name, r.Verdict, r.Message)
		d := difference{r.Version, r.Clauses[0], r.Name, r.Verdict, ""}
		if r.Verdict == Unsupported {
			d.Note = r.Message
		}
		got.Differences = append(got.Differences, d)
	}
	compare(t, filepath.Join("testdata", "mosquitto-"+version+".json"), got)
}

// compare holds what was found against the file, from which the notes are taken.
func compare(t *testing.T, path string, got other) {
	t.Helper()
	want, err := os.ReadFile(path)
	var kept other
	if err == nil {
		err = json.Unmarshal(want, &kept)
	}
	if err != nil && !*update {
		t.Fatalf("%v; go test -run ^TestMosquitto$ -update writes the file", err)
	}
	for i := range got.Differences {
		d := &got.Differences[i]
		if at := slices.IndexFunc(kept.Differences, d.same); at >= 0 && d.Note == "" {
			d.Note = kept.Differences[at].Note
		}
		if d.Note == "" {
			t.Errorf("%s %s: no note in %s says what the server does", d.Version, d.Name, path)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	golden(t, path, b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(text string) []string { return strings.Split(text, "\n") }
	if diff := cmp.Diff(lines(string(want)), lines(got)); diff != "" {
		t.Errorf("%s differs (go test -update writes it anew): -want +got\n%s", path, diff)
	}
}

// tool returns the path of a program that the tests need. Debian keeps servers where not everybody
// looks.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, place := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(place); err == nil {
			return path
		}
	}
	t.Fatalf("there is no %s; install what the tests need: make tools", name)
	return ""
}

func mosquittoVersion(t *testing.T, program string) string {
	t.Helper()
	help, _ := exec.Command(program, "-h").Output() // its exit code is 3
	m := regexp.MustCompile(`version (\d[\d.]*)`).FindSubmatch(help)
	if m == nil {
		t.Fatalf("%s -h does not say its version: %s", program, help)
	}
	return string(m[1])
}

// startMosquitto runs a mosquitto until the end of the test. It listens for TCP and for WebSocket.
func startMosquitto(t *testing.T, program string) (plain, web Listener) {
	t.Helper()
	plain.Address = fmt.Sprint("127.0.0.1:", ports.Free(t))
	web.Address, web.Path = fmt.Sprint("127.0.0.1:", ports.Free(t)), "/mqtt"
	text := "allow_anonymous true\n" + mosquittoListener(t, plain, "mqtt") +
		mosquittoListener(t, web, "websockets")
	settings := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-c", settings)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	for _, l := range []Listener{plain, web} {
		servertest.Wait(t, "mosquitto listens", func() bool {
			c, err := l.dial(servertest.Patience)
			if err == nil {
				_ = c.Close() // it was only to see whether somebody is there
			}
			return err == nil
		})
	}
	return plain, web
}

// mosquittoListener is a part of mosquitto.conf.
func mosquittoListener(t *testing.T, l Listener, protocol string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(l.Address)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("listener %s %s\nprotocol %s\n", port, host, protocol)
}
