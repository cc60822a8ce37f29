// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	loop := "--window or --batch"
	tests := []struct {
		name  string
		load  Load
		limit string
	}{
		{"broker", Load{Broker: 0.97, BrokerCores: 1, Generator: 0.5, Threads: 1, Cores: 1,
			Loop: loop}, "broker core"},
		{"one of its threads", Load{Broker: 1, Thread: 0.95, BrokerCores: 4, Generator: 0.5,
			Threads: 1, Cores: 1, Loop: loop}, "broker core"},
		{"broker with cores to spare", Load{Broker: 1.2, Thread: 0.4, BrokerCores: 4,
			Generator: 0.5, Threads: 1, Cores: 1, Loop: loop}, "window"},
		{"generator", Load{Broker: 0.5, BrokerCores: 1, Generator: 0.95, Threads: 1, Cores: 1},
			"generator"},
		{"generator of two loops", Load{Broker: 0.5, BrokerCores: 1, Generator: 1.2, Threads: 2,
			Cores: 2, Loop: loop}, "window"},
		{"both", Load{Broker: 0.95, BrokerCores: 1, Generator: 0.95, Threads: 1, Cores: 1},
			"broker core and generator"},
		{"nobody", Load{Broker: 0.5, BrokerCores: 1, Generator: 0.5, Threads: 1, Cores: 1},
			"unknown"},
		{"others", Load{Broker: 0.5, BrokerCores: 1, Generator: 0.5, Threads: 1, Cores: 1,
			Waited: 0.3, Loop: loop}, "other processes"},
		{"others, and still a full core", Load{Broker: 0.95, BrokerCores: 1, Generator: 0.5,
			Threads: 1, Cores: 1, Waited: 0.3, Loop: loop}, "broker core"},
		{"no process", Load{Generator: 0.5, Threads: 1, Cores: 1, Loop: loop}, "unknown"},
		{"rate", Load{Broker: 0.95, BrokerCores: 1, Rate: 100, Reached: 99, Threads: 1, Cores: 1},
			"rate"},
		{"rate not reached", Load{Broker: 0.95, BrokerCores: 1, Rate: 100, Reached: 90, Threads: 1,
			Cores: 1}, "broker core"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Judge(test.load)
			if got.Limit != test.limit {
				t.Errorf("limited by %s, want %s", got.Limit, test.limit)
			}
			if got.Advice == "" && got.Limit != "broker core" {
				t.Errorf("no advice for %s", got.Limit)
			}
		})
	}
}

func TestNewStage(t *testing.T) {
	t.Parallel()
	used := account.Usage{CPU: 500 * time.Millisecond, User: 3 * time.Second, System: time.Second}
	s := NewStage("store", "message", 1000, 2*time.Second, used, 100*time.Millisecond)
	want := Stage{Name: "store", Unit: "message", Count: 1000, Seconds: 2, PerSecond: 500, CPU: 500,
		User: 375, System: 125, BrokerShare: 0.25, GeneratorShare: 0.05, GeneratorCPU: 100}
	if s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	if s := NewStage("x", "y", 0, 0, used, 0); s.CPU != 0 || s.PerSecond != 0 {
		t.Errorf("of nothing: %+v", s)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, many := filepath.Join(dir, "one.json"), filepath.Join(dir, "many.json")
	a, b := Result{Schema: 1, Scenario: "pairs", Label: "a"}, Result{Schema: 1, Scenario: "idle"}
	if err := Write(one, a); err != nil {
		t.Fatal(err)
	}
	if err := Write(many, map[string]any{"schema": 1, "results": []Result{b, a}}); err != nil {
		t.Fatal(err)
	}
	got, err := Read(one, many)
	if err != nil || len(got) != 3 || got[0].Label != "a" || got[1].Scenario != "idle" {
		t.Errorf("%v: %+v", err, got)
	}
	for text, want := range map[string]string{
		"":                              "no JSON of flashmq-bench",
		"[1]":                           "no JSON of flashmq-bench",
		"{}":                            "schema 0",
		`{"schema":2,"scenario":"x"}`:   "schema 2",
		`{"schema":1}`:                  "no result of flashmq-bench",
		`{"schema":1,"scenario":["x"]}`: "no result of flashmq-bench",
	} {
		bad := filepath.Join(dir, "bad.json")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(bad)
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "bad.json") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 1: "1.00", 12.345: "12.3", 123.45: "123",
		123456.7: "123457", 0.01234: "0.0123", -2.5: "-2.50", 0.0000001: "0.000000"} {
		if got := Digits(v); got != want {
			t.Errorf("Digits(%v) = %s, want %s", v, got, want)
		}
	}
}

func TestPrintNamesWhatWentWrong(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	Print(&out, &Result{Name: "pairs", Label: "ours", Interrupted: "the deadline",
		Messages: Messages{Sent: 5, Expected: 5, Delivered: 3, Lost: 2, Unsent: 7, Errors: 8,
			Closed: 9, Stalls: 10}, Verdict: Verdict{"window", "more"}})
	for _, want := range []string{"3 of 5 delivered, 2 lost", "7 messages were due", "8 errors",
		"9 connections that the broker ended", "10 times", "ended early: the deadline",
		"limited by: window (more)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
