// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/conformance"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

// program runs the command with args.
func program(args ...string) (code int, stdout, stderr string) {
	var out, complaints strings.Builder
	code = run(args, &out, &complaints)
	return code, out.String(), complaints.String()
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		name   string
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"help", "--help", exitGood, "", "HOST:PORT"},
		{"build", "-build", exitGood, "flashmq-conformance ", ""},
		{"list", "-list -version 3.1.1", exitGood, "MQTT-3.1.0-1", ""},
		{"list of some", "-list -run ^PINGRESP$", exitGood, "MQTT-3.12.4-1", ""},
		{"no address", "", exitUsage, "", "one HOST:PORT or URL is needed"},
		{"two addresses", "a:1 b:2", exitUsage, "", "one HOST:PORT or URL is needed"},
		{"unknown version", "-version 4 a:1", exitUsage, "", `no version "4"`},
		{"unknown mode", "-mode slow a:1", exitUsage, "", `no mode "slow"`},
		{"bad expression", "-run ( a:1", exitUsage, "", "missing closing"},
		{"no time", "-timeout 0s a:1", exitUsage, "", "must be positive"},
		{"password alone", "-password x a:1", exitUsage, "", "-password needs -username"},
		{"unknown flag", "-nothing a:1", exitUsage, "", "not defined"},
		{"no WebSocket", "-websocket http://a:1 a:1", exitUsage, "", "a WebSocket is at ws://"},
		{"other URL", "mqtt://a:1", exitUsage, "", "a WebSocket is at ws://"},
		{"URL without host", "wss:///mqtt", exitUsage, "", "a WebSocket is at ws://"},
		{"bad URL", "ws://a:port", exitUsage, "", "invalid port"},
		{"TLS twice", "-tls wss://a:1", exitUsage, "", "use wss:// in a URL"},
		{"trust without TLS", "-insecure a:1", exitUsage, "", "-insecure need -tls"},
		{"no authorities", "-tls -cafile /nowhere a:1", exitUsage, "", "no such file"},
		{"no certificate", "-tls -cafile /dev/null a:1", exitUsage, "", "no certificate in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := program(strings.Fields(test.args)...)
			if code != test.code || !strings.Contains(stdout, test.stdout) ||
				!strings.Contains(stderr, test.stderr) {
				t.Errorf("exit code %d, want %d; it wrote %q and %q",
					code, test.code, stdout, stderr)
			}
		})
	}
}

func TestRuns(t *testing.T) {
	s := servertest.Start(t)
	code, stdout, stderr := program("-version", "3.1.1", "-run", "PINGRESP", s.Addr())
	if code != exitGood || !strings.HasPrefix(stdout, "pass        3.1.1 MQTT-3.12.4-1") ||
		!strings.HasSuffix(stdout, "1 passed, 0 failed, 0 not supported by the server\n") {
		t.Errorf("exit code %d; it wrote %q and %q", code, stdout, stderr)
	}
	code, stdout, _ = program("-version", "3.1.1", "-run", "PINGRESP", "-json", s.Addr())
	var report conformance.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != exitGood {
		t.Fatalf("exit code %d, %v; it wrote %q", code, err, stdout)
	}
	if report.Passed != 1 || len(report.Results) != 1 ||
		report.Results[0].Verdict != conformance.Pass {
		t.Errorf("the report says %+v", report)
	}
}

// A server that does not answer fails the checks; one that is not there cannot be tested.
func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp4", fmt.Sprint("127.0.0.1:", ports.Free(t)))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-version", "3.1.1", "-run", "PINGRESP", "-timeout", "10ms",
		l.Addr().String()}
	code, stdout, _ := program(args...)
	if code != exitFailed || !strings.Contains(stdout, "waiting for a packet") {
		t.Errorf("a silent server: exit code %d; it wrote %q", code, stdout)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := program(args...)
	if code != exitUsage || !strings.Contains(stderr, "connection refused") {
		t.Errorf("no server: exit code %d; it wrote %q", code, stderr)
	}
}
