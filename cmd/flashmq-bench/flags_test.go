// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.json")
	tests := []struct {
		args           string
		code           int
		stdout, stderr string // must be contained; "" = nothing may be written
	}{
		{"--help", 0, "Usage: flashmq-bench SCENARIO", ""},
		{"help", 0, "Usage: flashmq-bench SCENARIO", ""},
		{"fanout --help", 0, "Usage: flashmq-bench SCENARIO", ""},
		{"version", 0, "flashmq-bench dev (", ""},
		{"", 2, "", "which scenario? one of fanout, fanin"},
		{"fanuot", 2, "", `no scenario is called "fanuot" (did you mean fanout?)`},
		{"connections", 2, "", "(did you mean idle?)"},
		{"gibberish", 2, "", `called "gibberish"; there is one of fanout`},
		{"pairs --sizes 10", 2, "", "no flag --sizes (did you mean size?)"},
		{"pairs --secs 10", 2, "", "no flag --secs (did you mean duration?)"},
		{"pairs --count 10", 2, "", "no flag --count (did you mean clients?)"},
		{"pairs --frobnicate", 2, "", "no flag --frobnicate\n"},
		{"pairs -z", 2, "", "unknown shorthand flag"},
		{"pairs --size", 2, "", "flag needs an argument"},
		{"pairs --size big", 2, "", "invalid argument \"big\""},
		{"pairs --size 15", 2, "", "--size 15: it is 16 to"},
		{"pairs --groups 0", 2, "", "--groups 0: it is 1 to"},
		{"pairs --topics 0", 2, "", "--topics 0: it is 1 to 100000; for more subscriptions raise"},
		{"pairs --topics 100001", 2, "", "--topics 100001: it is 1 to 100000"},
		{"pairs --filters wild", 2, "", "--filters wild: it is exact, or mixed for filters with"},
		{"pairs --topic 5", 2, "", "no flag --topic (did you mean topics?)"},
		{"fanout --topics 5", 2, "", "--topics means nothing to fanout: it is for pairs\n"},
		{"latency --topics 5", 2, "", "--topics means nothing to latency"},
		{"mesh --filters mixed", 2, "", "--filters means nothing to mesh: it is for pairs\n"},
		{"idle --filters exact", 2, "", "--filters means nothing to idle"},
		{"pairs --port 70000", 2, "", "--port 70000: it is 1 to 65535"},
		{"pairs --qos 3", 2, "", "--qos 3: it is 0, 1 or 2"},
		{"pairs --version 3.1", 2, "", "--version 3.1: it is 3.1.1 or 5.0"},
		{"pairs --insecure", 2, "", "--insecure means nothing without TLS: add --tls or"},
		{"pairs --servername x --ws", 2, "", "--servername means nothing without TLS: add --tls"},
		{"pairs --cert x", 2, "", "--cert means nothing without TLS: add --tls"},
		{"pairs --key x", 2, "", "--key means nothing without TLS: add --tls"},
		{"pairs --tls-version 1.3", 2, "", "--tls-version means nothing without TLS: add --tls"},
		{"storm --resume", 2, "", "--resume means nothing without TLS: add --tls"},
		{"pairs --tls --tls-version 1.1", 2, "", "--tls-version 1.1: it is 1.2 or 1.3\n"},
		{"pairs --tls --tls-version=", 2, "", "--tls-version : it is 1.2 or 1.3\n"},
		{"pairs --tls --cert x", 2, "", "--cert needs the certificate's private key: add --key"},
		{"pairs --tls --key x", 2, "", "--key needs the certificate it belongs to: add --cert"},
		{"pairs --cafile=", 2, "", "--cafile names no file: leave it out for the system's"},
		{"pairs --cafile x --insecure", 2, "", "--insecure verifies nothing, so --cafile has no"},
		{"pairs --ws-path /x --tls", 2, "", "--ws-path means nothing without WebSocket: add --"},
		{"pairs --ws --ws-path mqtt", 2, "", `--ws-path "mqtt": it begins with /`},
		{"pairs --ws --ws-path /a#b", 2, "", `written with %, such as /mqtt`},
		{"pairs --ws --ws-path /\u00e4", 2, "", `written with %, such as /mqtt`},
		{"pairs --ssl", 2, "", "no flag --ssl (did you mean tls?)"},
		{"pairs --cacertfile x", 2, "", "no flag --cacertfile (did you mean cafile?)"},
		{"pairs --window 4 --batch 8", 2, "", "--batch 8 is more than --window 4 lets out"},
		{"pairs --rate -1", 2, "", "--rate -1"},
		{"pairs --duration 10", 2, "", "missing unit"},
		{"pairs --duration 0s", 2, "", "--duration 0s: it is 1ms to"},
		{"pairs --duration 3m", 2, "", "--deadline 2m0s leaves no time"},
		{"pairs extra", 2, "", `what does "extra" mean here?`},
		{"pairs --clients 5", 2, "", "--clients means nothing to pairs: it is for mesh, storm"},
		{"idle --rate 5", 2, "", "--rate means nothing to idle: it is for fanout"},
		{"offline --qos 0", 2, "", "nothing is queued for clients that are away at QoS 0"},
		{"pairs --pid 999999999", 1, "", "there is no process 999999999"},
		{"pairs --groups 900000", 1, "", "raise it with ulimit -n"},
		{"pairs --host no.such.host.invalid", 1, "", "name the broker with --host"},
		{"pairs --host 192.0.2.1 --source-addresses 2", 1, "", "leave out --source-addresses"},
		{"report", 2, "", "report: of which files?"},
		{"report x.json", 1, "", "no such file"},
		{"report --htm x", 2, "", "no flag --htm (did you mean html?)"},
		{"compare " + missing, 1, "", "no such file"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			p := program{stdout: &stdout, stderr: &stderr}
			if code := p.run(t.Context(), strings.Fields(test.args)); code != test.code {
				t.Errorf("exit %d, want %d", code, test.code)
			}
			check(t, "stdout", stdout.String(), test.stdout)
			check(t, "stderr", stderr.String(), test.stderr)
		})
	}
}

func check(t *testing.T, where, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) || want == "" && got != "" {
		t.Errorf("%s = %q, want %q", where, got, want)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	s, err := parse(strings.Fields("fanin -h broker.example -p 1884 -q 2 -s 100 --version 5.0 " +
		"--pid 12,13 --pid 14 --window 9 --duration 2s -u me -P secret --quiet"))
	if err != nil {
		t.Fatal(err)
	}
	o := s.load
	if o.Host != "broker.example" || o.Port != 1884 || o.QoS != mqtt.ExactlyOnce || o.Size != 100 ||
		o.Version != mqtt.V50 || len(o.PIDs) != 3 || o.Window != 9 || o.Duration != 2*time.Second ||
		o.Username != "me" || o.Password != "secret" || !s.quiet {
		t.Errorf("%+v", s)
	}
	if o.Publishers != 500 || o.Groups != 2 || s.label != "broker.example:1884" ||
		s.name != "fanin" {
		t.Errorf("what was not asked for: %+v", s)
	}
}

// The port follows from what lies on it, unless it is named.
func TestUsualPorts(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"": 1883, "--tls": 8883, "--cafile ca.pem": 8883, "--ws": 80, "--ws --tls": 443,
		"--ws --cafile ca.pem --port 9001": 9001, "-p 1884 --tls": 1884,
	} {
		s, err := parse(strings.Fields("pairs " + args))
		if err != nil || s.load.Port != want || s.label != fmt.Sprint("127.0.0.1:", want) {
			t.Errorf("%s: %v, port %d, label %s, want %d", args, err, s.load.Port, s.label, want)
		}
	}
}

// What is said about TLS and WebSocket is handed on, and stays out of files when nothing is said.
func TestDoors(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":      "",
		"--tls": `"tls":{}`,
		"--ws":  `"webSocket":"/mqtt"`,
		"--ws --ws-path /a?b=%20 --tls --insecure --resume": `"tls":{"insecure":true,` +
			`"resume":true},"webSocket":"/a?b=%20"`,
		"--cafile a --servername b --cert c --key d --tls-version 1.2": `"tls":{"caFile":"a",` +
			`"serverName":"b","certFile":"c","keyFile":"d","version":"1.2"}`,
	} {
		s, err := parse(strings.Fields("idle " + args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		text, err := json.Marshal(s.load)
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(string(text), `"sourceAddresses":1`)
		if strings.Trim(got, ",}") != strings.Trim(want, "}") {
			t.Errorf("%s: %s", args, text)
		}
	}
}

func TestRateOpensTheLoop(t *testing.T) {
	t.Parallel()
	for args, window := range map[string]int{
		"pairs": 64, "pairs --rate 10": unbounded, "pairs --rate 10 --window 5": 5,
		"latency": unbounded,
	} {
		s, err := parse(strings.Fields(args + " --batch 1"))
		if err != nil || s.load.Window != window {
			t.Errorf("%s: %v, window %d, want %d", args, err, s.load.Window, window)
		}
	}
}

// What is published to and how it is asked for stays out of files unless it is out of the ordinary.
func TestTopicsAndFilters(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"pairs": "", "pairs --topics 1 --filters exact": "", "fanout": "", "storm": "",
		"pairs --topics 100000":            `"topics":100000`,
		"pairs --filters mixed":            `"filters":"mixed"`,
		"pairs --filters mixed --topics 2": `"topics":2,"filters":"mixed"`,
	} {
		s, err := parse(strings.Fields(args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		text, err := json.Marshal(s.load)
		if err != nil {
			t.Fatal(err)
		}
		_, got, _ := strings.Cut(string(text), `"subscribers":1,`)
		got, _, _ = strings.Cut(got, `,"window"`)
		if want == "" && (strings.Contains(string(text), "topics") ||
			strings.Contains(string(text), "filters")) || want != "" && got != want {
			t.Errorf("%s: %s", args, text)
		}
	}
}

// Each scenario's own defaults pass the checks, and every flag is explained.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, scenario := range load.Scenarios {
		if _, err := parse([]string{string(scenario)}); err != nil {
			t.Errorf("%s: %v", scenario, err)
		}
		if !strings.Contains(usage, "\n  "+string(scenario)+" ") {
			t.Errorf("%s is not explained", scenario)
		}
	}
	version, qos, subscribe := "", 0, false
	fs := (&setup{}).flags(&version, &qos, &subscribe)
	for name := range meant {
		if fs.Lookup(name) == nil {
			t.Errorf("there are rules about --%s, which does not exist", name)
		}
	}
	for alien, name := range others {
		_, scenario := defaults[load.Scenario(name)]
		if fs.Lookup(name) == nil && !scenario {
			t.Errorf("%s stands for %s, which does not exist", alien, name)
		}
		if fs.Lookup(alien) != nil {
			t.Errorf("%s exists here", alien)
		}
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"size", "sizes", 1}, {"rate", "date", 1},
		{"fanuot", "fanout", 2}, {"kitten", "sitting", 3}} {
		if got := edits(test.a, test.b); got != test.want {
			t.Errorf("edits(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
