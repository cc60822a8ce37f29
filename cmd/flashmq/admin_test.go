// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// What docs/operations.md shows: a configuration, requests with the status of their answers, and
// the answer of a probe.
var (
	confExample = regexp.MustCompile("(?s)\n<!-- test: admin -->\n```\n(.*?)```\n")
	curlExample = regexp.MustCompile(
		`(?m)^curl (?:-X (\w+) )?(-H "Authorization: Bearer \$\(cat (\S+)\)" )?` +
			`http://127\.0\.0\.1:9090(/\S+) +# (\d+)$`)
	probeExample = regexp.MustCompile(`(?s)\n<!-- test: readyz -->\n` + "```\n(.*?)```\n")
)

// TestOperationsPage runs the program with the configuration of docs/operations.md and makes all
// the requests shown there, in their order; the last one ends it.
func TestOperationsPage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	conf, probe := confExample.FindStringSubmatch(page), probeExample.FindStringSubmatch(page)
	requests := curlExample.FindAllStringSubmatch(page, -1)
	if conf == nil || len(requests) < 6 || probe == nil ||
		len(requests) != strings.Count(page, "\ncurl ") {
		t.Fatalf("examples: %v, %q, %q", conf, requests, probe)
	}
	folder := t.TempDir()
	port := ports.Free(t)
	local := strings.NewReplacer("/etc/flashmq/admin", folder,
		"admin_port 9090", fmt.Sprint("admin_port ", port),
		"admin_bind_address ::", "admin_bind_address 127.0.0.1",
		"port 1883", "port 0\n  inet_protocol ip4\n  inet4_bind_address 127.0.0.1",
		"drain_delay 10", "drain_delay 0")
	path := filepath.Join(folder, "flashmq.conf")
	var files syscall.Rlimit // those of the test process stay
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	// Other tests of this process have changed GOMAXPROCS, and with it the number of loops.
	rewrite(t, path, local.Replace(conf[1])+fmt.Sprintf("thread_count 2\nrlimit_nofile %d\n",
		min(files.Cur, math.MaxInt32)))
	rewrite(t, filepath.Join(folder, "token"), "secret\n")

	var stdout, stderr printed.Text
	ready := make(chan struct{})
	p := program{stdout: &stdout, stderr: &stderr, defaultPath: "/no/default.conf",
		open: func(cfg *config.Config, log *slog.Logger) (broker, error) {
			s, err := openServer(cfg, log)
			go func() {
				<-s.Ready()
				close(ready)
			}()
			return s, err
		}}
	code := make(chan int, 1)
	go func() { code <- p.run([]string{"-c", path}) }()
	select {
	case <-ready:
	case c := <-code:
		t.Fatalf("exit %d: %s", c, stderr.String())
	}
	answers := map[string]string{}
	for _, r := range requests {
		method, needsToken, file, where, status := r[1], r[2] != "", r[3], r[4], r[5]
		token := ""
		if needsToken {
			token = strings.TrimSpace(read(t, local.Replace(file)))
		}
		got, body := ask(t, method, fmt.Sprintf("http://127.0.0.1:%d%s", port, where), token)
		if fmt.Sprint(got) != status {
			t.Errorf("%s: %d %s", r[0], got, body)
		}
		answers[where] = body
	}
	if got := answers["/readyz?verbose"]; got != probe[1] {
		t.Errorf("readyz: %q, the page has %q", got, probe[1])
	}
	var report admin.Report
	if err := json.Unmarshal([]byte(answers["/report"]), &report); err != nil ||
		report.Revisions.Configuration != admin.Revision([]byte(read(t, path))) ||
		report.LastReload == nil || report.LastReload.Outcome != admin.Applied {
		t.Errorf("report: %v %s", err, answers["/report"])
	}
	if c := <-code; c != 0 {
		t.Errorf("exit %d after a drain: %s", c, stderr.String())
	}
	check(t, "log", stdout.String(), "flashmq has stopped")
}

func ask(t *testing.T, method, url, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	c := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}
