// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// bench runs the program against a server and returns what it wrote to standard output.
func bench(t *testing.T, s *servertest.Server, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{stdout: &stdout, stderr: &stderr}
	args = append(args, "--port", s.Port())
	if code := p.run(t.Context(), args); code != exitGood || stderr.Len() > 0 {
		t.Fatalf("flashmq-bench %s: exit %d\n%s%s", strings.Join(args, " "), code, stdout.String(),
			stderr.String())
	}
	return stdout.String()
}

// tiny scenarios: a few connections, a fraction of a second.
var tiny = []struct {
	args        string
	connections int      // 0: any number
	stages      []string // names
	delivered   int64    // 0: any number, as long as it is all
}{
	{"fanout --groups 2 --subscribers 5", 12, []string{"messages"}, 0},
	{"fanout --groups 3 --subscribers 4 --threads 2 --qos 1", 15, []string{"messages"}, 0},
	{"fanout --groups 2 --subscribers 2 --rate 500", 6, []string{"messages"}, 0},
	{"fanin --groups 2 --publishers 7", 16, []string{"messages"}, 0},
	{"pairs --groups 5", 10, []string{"messages"}, 0},
	{"pairs --groups 3 --qos 1 --window 4 --batch 2 --version 5.0", 6, []string{"messages"}, 0},
	{"pairs --groups 3 --qos 2", 6, []string{"messages"}, 0},
	{"pairs --groups 3 --qos 2 --version 5.0 --size 1000", 6, []string{"messages"}, 0},
	{"pairs --groups 2 --size 300000 --window 2 --batch 1", 4, []string{"messages"}, 0},
	{"pairs --groups 4 --source-addresses 3", 8, []string{"messages"}, 0},
	{"pairs --groups 3 --topics 450 --filters mixed", 6, []string{"messages"}, 0},
	{"pairs --groups 2 --topics 7 --qos 1 --version 5.0", 4, []string{"messages"}, 0},
	{"pairs --groups 5 --topics 201 --filters mixed --threads 2", 10, []string{"messages"}, 0},
	{"pairs --groups 2 --filters mixed --rate 500", 4, []string{"messages"}, 0},
	{"mesh --clients 6", 6, []string{"messages"}, 0},
	{"mesh --clients 5 --threads 2 --qos 1", 5, []string{"messages"}, 0},
	{"share --groups 2 --publishers 3 --subscribers 3", 12, []string{"messages"}, 0},
	{"share --groups 1 --publishers 2 --subscribers 2 --version 5", 4, []string{"messages"}, 0},
	{"latency --groups 3 --rate 1000", 6, []string{"messages"}, 0},
	{"latency --groups 3 --rate 1000 --qos 1", 6, []string{"messages"}, 0},
	{"storm --clients 4", 0, []string{"connects"}, 0},
	{"storm --clients 4 --threads 2 --version 5.0", 0, []string{"connects"}, 0},
	{"idle --clients 20 --ping 20ms", 20, []string{"connect", "hold"}, 0},
	{"idle --clients 20 --subscribe", 20, []string{"connect", "hold"}, 0},
	{"retained --messages 333 --batch 10", 1, []string{"store", "replay"}, 999},
	{"retained --messages 100 --qos 1 --version 5.0", 1, []string{"store", "replay"}, 300},
	{"offline --clients 7 --messages 30", 8, []string{"queue", "drain"}, 210},
	{"offline --clients 3 --messages 20 --qos 2 --version 5.0", 4, []string{"queue", "drain"}, 60},
}

func TestScenarios(t *testing.T) {
	s := servertest.Start(t)
	for _, test := range tiny {
		t.Run(test.args, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.json")
			args := append(strings.Fields(test.args), "--json", out, "--label", "ours",
				"--pid", strconv.Itoa(os.Getpid()), "--deadline", "1m")
			scenario := args[0]
			if scenario != "retained" && scenario != "offline" {
				args = append(args, brief(scenario, "150ms")...)
			}
			stdout := bench(t, s, args...)
			r := readResult(t, out)
			if r.Scenario != scenario || r.Name != scenario || r.Label != "ours" || r.Schema != 1 {
				t.Errorf("scenario %q, name %q, label %q, schema %d", r.Scenario, r.Name, r.Label,
					r.Schema)
			}
			if test.connections != 0 && r.Connected != test.connections {
				t.Errorf("%d connections, want %d", r.Connected, test.connections)
			}
			checkMessages(t, r, test.delivered)
			checkStages(t, r, stdout, test.stages)
		})
	}
	// Nothing may stay behind: no Session, no retained message.
	for args, want := range map[string]string{
		"retained --messages 5":            " 15 of 15 delivered, 0 lost, 0 duplicate",
		"offline --clients 2 --messages 3": " 6 of 6 delivered, 0 lost, 0 duplicate",
	} {
		if out := bench(t, s, strings.Fields(args)...); !strings.Contains(out, want) {
			t.Errorf("%s: %s", args, out)
		}
	}
}

// checkMessages wants every message delivered once and in order.
func checkMessages(t *testing.T, r result.Result, delivered int64) {
	t.Helper()
	m := r.Messages
	want := result.Messages{Sent: m.Sent, Expected: m.Delivered, Delivered: m.Delivered}
	if r.Scenario == "latency" {
		want.Unsent = m.Unsent // what a busy machine has no time for
	}
	if m != want {
		t.Errorf("messages %+v", m)
	}
	if delivered != 0 && m.Delivered != delivered {
		t.Errorf("%d messages delivered, want %d", m.Delivered, delivered)
	}
	streams := r.Scenario != "storm" && r.Scenario != "idle"
	if streams != (m.Sent > 0 && m.Delivered > 0) {
		t.Errorf("%d sent, %d delivered", m.Sent, m.Delivered)
	}
}

func checkStages(t *testing.T, r result.Result, stdout string, names []string) {
	t.Helper()
	if len(r.Stages) != len(names) {
		t.Fatalf("stages %+v, want %q", r.Stages, names)
	}
	for i, s := range r.Stages {
		if s.Name != names[i] || s.Seconds <= 0 {
			t.Errorf("stage %d: %+v, want %s", i, s, names[i])
		}
		pings := s.Name == "hold" && !strings.Contains(fmt.Sprint(r.Options), "ping")
		if s.Count == 0 && !pings {
			t.Errorf("nothing was counted in %s", s.Name)
		}
		if !strings.Contains(stdout, s.Name) {
			t.Errorf("the table has no %s:\n%s", s.Name, stdout)
		}
	}
	if want := map[string]string{"idle": "connection", "retained": "retained message",
		"offline": "queued message"}[r.Scenario]; want != "" {
		if len(r.Memory) != 1 || r.Memory[0].Per != want || len(r.Memory[0].Points) < 2 {
			t.Errorf("memory per %s: %+v", want, r.Memory)
		}
	}
	if r.Broker == nil || r.Broker.Resident == 0 || r.Broker.Cores == 0 {
		t.Errorf("broker %+v", r.Broker)
	}
	if r.Verdict.Limit == "" || !strings.Contains(stdout, "limited by: "+r.Verdict.Limit) {
		t.Errorf("verdict %+v in\n%s", r.Verdict, stdout)
	}
}

// readResult reads the one result of a file, and refuses fields that Result does not know.
func readResult(t *testing.T, path string) result.Result {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var r result.Result
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The Sessions of clients that were away do not stay behind.
func TestOfflineEndsSessions(t *testing.T) {
	s := servertest.Start(t)
	for _, version := range []string{"3.1.1", "5.0"} {
		bench(t, s, "offline", "--clients", "3", "--messages", "2", "--version", version)
		for n := range 3 {
			c := s.Dial(t)
			id := fmt.Sprintf("bench-%d", n)
			if c.Connect(mqtt.V311, id, rawclient.Resume).SessionPresent {
				t.Errorf("MQTT %s: there is still a Session of %s", version, id)
			}
			c.Disconnect()
		}
	}
}

func TestLatencyIsCounted(t *testing.T) {
	s := servertest.Start(t)
	dir := t.TempDir()
	out, hgrm := filepath.Join(dir, "out.json"), filepath.Join(dir, "out.hgrm")
	bench(t, s, "latency", "--groups", "2", "--rate", "2000", "--duration", "200ms",
		"--warmup", "10ms", "--json", out, "--hgrm", hgrm)
	r := readResult(t, out)
	l := r.Latency
	if l == nil || !l.Corrected || l.Count == 0 || l.Count > r.Messages.Delivered {
		t.Fatalf("latency %+v of %d messages", l, r.Messages.Delivered)
	}
	if !(0 < l.Min && l.Min <= l.P50 && l.P50 <= l.P99 && l.P99 <= l.P999 && l.P999 <= l.Max) {
		t.Errorf("latencies are out of order: %+v", l)
	}
	last := l.Curve[len(l.Curve)-1]
	if last.Percentile != 100 || last.Count != l.Count {
		t.Errorf("the curve ends with %+v", last)
	}
	total, most := readHGRM(t, hgrm)
	if total != l.Count || most*1000 < 0.99*l.Max || most*1000 > 1.01*l.Max {
		t.Errorf("%d latencies up to %f ms in the .hgrm, want %d up to %f us", total, most, l.Count,
			l.Max)
	}
	if len(r.Series) == 0 || r.Series[0].At <= 0 || r.Series[0].Delivered <= 0 {
		t.Errorf("series %+v", r.Series)
	}
}

// readHGRM reads the export as plotters do: lines of value, percentile, count, 1/(1-percentile).
func readHGRM(t *testing.T, path string) (count int64, most float64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	previous := 0.0
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' || line[0] == 'V' {
			continue
		}
		var percentile float64
		var inverse string
		if n, err := fmt.Sscan(line, &most, &percentile, &count, &inverse); n != 4 {
			t.Fatalf("%q: %v", line, err)
		}
		if percentile < previous || percentile > 1 {
			t.Fatalf("%q comes after percentile %f", line, previous)
		}
		previous = percentile
	}
	if previous != 1 {
		t.Errorf("the export ends at %f", previous)
	}
	return count, most
}

// A run can be interrupted at any time, and then tells what it has.
func TestInterrupted(t *testing.T) {
	s := servertest.Start(t)
	for _, args := range []string{"pairs --groups 2", "storm --clients 2", "idle --clients 2"} {
		var stdout, stderr bytes.Buffer
		p := program{stdout: &stdout, stderr: &stderr, terminal: true}
		ctx, cancel := context.WithCancel(t.Context())
		w := &interrupter{word: "messages", then: cancel, Buffer: &stderr}
		switch {
		case strings.HasPrefix(args, "storm"):
			w.word = "connects"
		case strings.HasPrefix(args, "idle"):
			w.word = "hold"
		}
		p.stderr = w
		code := p.run(ctx, append(strings.Fields(args), "--port", s.Port(), "--warmup", "1ms",
			"--duration", "1m", "--deadline", "90s"))
		cancel()
		if code != exitGood || !strings.Contains(stdout.String(), "ended early: context canceled") {
			t.Errorf("%s: exit %d: %s%s", args, code, stdout.String(), stderr.String())
		}
	}
}

// interrupter is a terminal whose owner presses ^C when a word appears.
type interrupter struct {
	*bytes.Buffer
	word string
	then func()
}

func (w *interrupter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(w.word)) {
		w.then()
	}
	return w.Buffer.Write(b)
}

func TestNothingListens(t *testing.T) {
	s := servertest.Start(t)
	port := s.Port()
	s.Stop()
	for _, scenario := range []string{"pairs", "storm", "idle", "retained", "offline"} {
		var stdout, stderr bytes.Buffer
		p := program{stdout: &stdout, stderr: &stderr}
		args := []string{scenario, "--port", port}
		if scenario == "storm" {
			args = append(args, "--warmup", "0", "--duration", "50ms")
		}
		code := p.run(t.Context(), args)
		if code != exitBad || !strings.Contains(stderr.String(), "connection refused: nothing "+
			"listens on 127.0.0.1:"+port+"; start the broker") {
			t.Errorf("%s: exit %d: %s", scenario, code, stderr.String())
		}
	}
}
