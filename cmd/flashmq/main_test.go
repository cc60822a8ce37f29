// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// fakeBroker serves nobody and says what was asked of it.
type fakeBroker struct {
	cfg      *config.Config
	ready    chan struct{}
	reloads  chan *config.Config
	refuse   error // what Reload answers
	fail     error // what Run answers
	stubborn chan struct{}
	stopping chan struct{}
	// refreshed has one for each time certificates were to be loaded again.
	refreshed chan struct{}
	// hurries is how often Hurry makes a difference; noted are the ends of reloads.
	hurries atomic.Int32
	noted   chan error
	reload  func(ctx context.Context) error
	// entered, if it is not nil, has one for each Reload that has begun.
	entered chan struct{}
}

func newFake() *fakeBroker {
	return &fakeBroker{
		ready: make(chan struct{}), reloads: make(chan *config.Config, 1),
		stopping: make(chan struct{}), refreshed: make(chan struct{}, 16),
		noted: make(chan error, 16),
	}
}

func (f *fakeBroker) open(cfg *config.Config, _ *slog.Logger) (broker, error) {
	f.cfg = cfg
	return f, nil
}

func (f *fakeBroker) Run(ctx context.Context) error {
	if f.fail != nil {
		return f.fail
	}
	close(f.ready)
	<-ctx.Done()
	close(f.stopping)
	if f.stubborn != nil {
		<-f.stubborn
	}
	return nil
}

func (f *fakeBroker) Reload(cfg *config.Config) error {
	if f.entered != nil {
		f.entered <- struct{}{}
	}
	f.reloads <- cfg
	return f.refuse
}

func (f *fakeBroker) RefreshCertificates() { f.refreshed <- struct{}{} }

func (f *fakeBroker) Hurry() bool { return f.hurries.Add(-1) >= 0 }

func (f *fakeBroker) SetReloader(reload func(ctx context.Context) error) { f.reload = reload }

func (f *fakeBroker) NoteReload(err error) { f.noted <- err }

func (f *fakeBroker) Ready() <-chan struct{} { return f.ready }

func (f *fakeBroker) Addresses() []net.Addr {
	return []net.Addr{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1883}}
}

// write makes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	good := write(t, "good.conf", "allow_anonymous true\n")
	silent := write(t, "silent.conf", "thread_count 2\n")
	bad := write(t, "bad.conf", "thread_count 2\nmax_qoss 1\n")
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // must be contained; "" = nothing may be written
	}{
		{"help", []string{"-h"}, 0, "Usage: flashmq", ""},
		{"long help", []string{"--help"}, 0, "--config-file", ""},
		{"version", []string{"-V"}, 0, "flashmq dev (", ""},
		{"long version", []string{"--version"}, 0, "flashmq dev (", ""},
		{"license", []string{"-l"}, 0, "Apache License", ""},
		{"unknown option", []string{"--frobnicate"}, 16, "", "Usage: flashmq"},
		{"unknown letter", []string{"-x"}, 16, "", "unknown shorthand flag"},
		{"option without value", []string{"-c"}, 16, "", "flag needs an argument"},
		{"empty file name", []string{"-c", ""}, 1, "", "-c needs the name"},
		{"surplus argument", []string{good}, 1, "", "unexpected argument"},
		{"surplus argument behind an option", []string{"-t", "-c", good, "x"}, 1, "", `"x"`},
		{"test a good file", []string{"-t", "-c", good}, 0, "good.conf is valid\n", ""},
		{"letters together", []string{"-tc", good}, 0, "good.conf is valid\n", ""},
		{"test with a warning", []string{"-t", "-c", silent}, 0,
			"warning: allow_anonymous: is false", ""},
		{"test a bad file", []string{"-t", "-c", bad}, 1, "",
			"bad.conf:2: max_qoss: unknown key (did you mean max_qos?)\n"},
		{"test with a bad key", []string{"-t", "-c", good, "-o", "max_qos=9"}, 1, "",
			"-o max_qos=9: max_qos:"},
		{"test a missing file", []string{"-t", "-c", "/no/such.conf"}, 1, "", "no such file"},
		{"test without any file", []string{"-t"}, 1, "", "there is no configuration file"},
		{"run with a bad file", []string{"-c", bad}, 99, "", "bad.conf:2: max_qoss"},
		{"profile that cannot be written", []string{"-c", good, "--cpu-profile", "/no/such/file"},
			1, "", "flashmq: --cpu-profile: open /no/such/file"},
		{"run with a missing file", []string{"-c", "/no/such.conf"}, 99, "", "no such file"},
		{"run with a bad key", []string{"-o", "thread_count"}, 99, "", "expected key=value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr printed.Text
			p := program{stdout: &stdout, stderr: &stderr,
				open: newFake().open, defaultPath: "/no/default.conf"}
			if code := p.run(test.args); code != test.code {
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

func TestDefaultFileIsReadWhenThereIsOne(t *testing.T) {
	t.Parallel()
	var stdout, stderr printed.Text
	path := write(t, "flashmq.conf", "allow_anonymous true\n")
	p := program{stdout: &stdout, stderr: &stderr, defaultPath: path}
	if code := p.run([]string{"-t"}); code != 0 || stdout.String() != path+" is valid\n" {
		t.Errorf("exit %d, %s%s", code, stdout.String(), stderr.String())
	}
}

// A profile is whole when the broker has stopped.
func TestCPUProfile(t *testing.T) {
	t.Parallel()
	var stdout, stderr printed.Text
	path := filepath.Join(t.TempDir(), "cpu.pprof")
	f := newFake()
	signals := make(chan os.Signal, 1)
	p := program{stdout: &stdout, stderr: &stderr, open: f.open, signals: signals,
		defaultPath: "/no/default.conf"}
	go func() {
		<-f.ready
		signals <- syscall.SIGTERM
	}()
	if code := p.run([]string{"--cpu-profile", path}); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1F, 0x8B}) { // gzip
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestFatalErrorsEndWithOne(t *testing.T) {
	t.Parallel()
	broken := errors.New("address already in use")
	running := newFake()
	running.fail = broken
	opening := func(*config.Config, *slog.Logger) (broker, error) { return nil, broken }
	for name, open := range map[string]opener{"run": running.open, "open": opening} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr printed.Text
			p := program{
				stdout: &stdout, stderr: &stderr, open: open, defaultPath: "/no/default.conf",
			}
			if code := p.run(nil); code != 1 {
				t.Errorf("exit %d, want 1", code)
			}
			check(t, "stderr", stderr.String(), "flashmq: address already in use\n")
			check(t, "log", stdout.String(), "level=ERROR")
		})
	}
}

// Room is left once, however many brokers a process has had: each thread costs memory.
func TestRoomIsLeftOnce(t *testing.T) {
	leaveRoom(0)
	before := runtime.GOMAXPROCS(0)
	leaveRoom(0)
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("%d processors, then %d", before, after)
	}
}
