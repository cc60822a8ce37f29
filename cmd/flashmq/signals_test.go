// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/server"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// running is a program in the middle of its run.
type running struct {
	broker         *fakeBroker
	signals        chan os.Signal
	stdout, stderr printed.Text
	killed         chan int
	code           chan int
}

// start runs the program with a fake broker until the broker is ready.
func start(t *testing.T, f *fakeBroker, args ...string) *running {
	t.Helper()
	return startCounting(t, f, time.Hour, args...)
}

func startCounting(t *testing.T, f *fakeBroker, oneRequest time.Duration, args ...string) *running {
	t.Helper()
	r := &running{
		broker: f, signals: make(chan os.Signal),
		killed: make(chan int, 1), code: make(chan int, 1),
	}
	p := program{
		stdout: &r.stdout, stderr: &r.stderr, signals: r.signals, open: f.open,
		exit: func(code int) { r.killed <- code }, defaultPath: "/no/default.conf",
		oneRequest: oneRequest,
	}
	go func() { r.code <- p.run(args) }()
	<-f.ready
	return r
}

// send returns when the signals sent before were answered: the channel has no room.
func (r *running) send(signals ...os.Signal) {
	for _, s := range signals {
		r.signals <- s
	}
}

func (r *running) stop(t *testing.T) {
	t.Helper()
	r.send(syscall.SIGTERM)
	if code := <-r.code; code != 0 {
		t.Errorf("exit %d: %s", code, r.stderr.String())
	}
}

func TestTermStopsGracefully(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		r := start(t, newFake())
		r.send(s)
		if code := <-r.code; code != 0 {
			t.Errorf("%v: exit %d", s, code)
		}
		check(t, "log", r.stdout.String(), "flashmq has stopped")
	}
}

func TestSecondTermEndsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.stubborn = make(chan struct{})
	r := startCounting(t, f, 0)
	r.send(syscall.SIGTERM)
	<-f.stopping
	r.send(syscall.SIGINT)
	if code := <-r.killed; code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	close(f.stubborn)
	<-r.code
}

// A drain that takes its time is ended by the second request, the process only by the third.
func TestSecondTermHurriesADrain(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.stubborn = make(chan struct{})
	f.hurries.Store(1)
	r := startCounting(t, f, 0)
	r.send(syscall.SIGTERM)
	<-f.stopping
	r.send(syscall.SIGTERM, syscall.SIGUSR1)
	if len(r.killed) != 0 {
		t.Error("killed by the second request")
	}
	check(t, "log", r.stdout.String(), "the drain ends at once")
	r.send(syscall.SIGTERM)
	if code := <-r.killed; code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	close(f.stubborn)
	<-r.code
}

func TestTwoSignalsInOneBreathAreOneRequest(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.stubborn = make(chan struct{})
	r := start(t, f, "-o", "log_level=notice")
	r.send(syscall.SIGTERM, syscall.SIGTERM, syscall.SIGUSR1)
	close(f.stubborn)
	if code := <-r.code; code != 0 || len(r.killed) != 0 {
		t.Errorf("exit %d, killed %d times", code, len(r.killed))
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\nmax_qos 2\n")
	r := start(t, newFake(), "-c", path)
	rewrite(t, path, "allow_anonymous true\nmax_qos 1\nthread_count 7\nlog_level debug\n")
	r.send(syscall.SIGHUP)
	if cfg := <-r.broker.reloads; cfg.MaxQoS != 1 {
		t.Errorf("reloaded with max_qos %d", cfg.MaxQoS)
	}
	r.stop(t)
	check(t, "log", r.stdout.String(), `level=NOTICE msg="configuration reloaded"`)
	check(t, "log", r.stdout.String(),
		`level=WARNING msg="changed settings need a restart" keys=[thread_count]`)
}

func TestBadReloadChangesNothing(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\n")
	r := start(t, newFake(), "-c", path)
	rewrite(t, path, "allow_anonymous true\nlog_level none\nmax_qos 7\nmax_qoss 1\n")
	r.send(syscall.SIGHUP)
	r.stop(t)
	if len(r.broker.reloads) != 0 {
		t.Error("the broker was given a bad configuration")
	}
	check(t, "log", r.stdout.String(), "f.conf:3: max_qos: ")
	check(t, "log", r.stdout.String(),
		"f.conf:4: max_qoss: unknown key (did you mean max_qos?)\"\n")
	check(t, "log", r.stdout.String(), "the settings before it stay in force")
}

// Whoever asks for a reload is told how it ended, and the broker notes it, as it does for SIGHUP.
func TestReloadIsAskedFor(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\n")
	r := start(t, newFake(), "-c", path, "-o", "watch_files=false")
	rewrite(t, path, "allow_anonymous true\nmax_qos 1\n")
	if err := r.broker.reload(t.Context()); err != nil {
		t.Errorf("a good one: %v", err)
	}
	cfg := <-r.broker.reloads
	if want := admin.Revision([]byte(read(t, path))); cfg.MaxQoS != 1 || cfg.Revision != want {
		t.Errorf("max_qos %d, revision %s, want %s", cfg.MaxQoS, cfg.Revision, want)
	}
	rewrite(t, path, "max_qos 7\nmax_qos 8\n")
	err := r.broker.reload(t.Context())
	if err == nil || !strings.Contains(err.Error(), "f.conf:1: ") ||
		!strings.Contains(err.Error(), "f.conf:2: ") {
		t.Errorf("a bad one: %v", err)
	}
	r.send(syscall.SIGHUP, syscall.SIGUSR1)
	for i, failed := range []bool{false, true, true} {
		if err := <-r.broker.noted; (err != nil) != failed {
			t.Errorf("end %d: %v", i, err)
		}
	}
	r.stop(t)
	if err := r.broker.reload(t.Context()); !errors.Is(err, server.ErrStopped) {
		t.Errorf("after the end: %v", err)
	}
}

// Whoever asks does not wait longer than it wants to.
func TestReloadThatTakesLong(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.entered, f.reloads = make(chan struct{}), make(chan *config.Config)
	r := start(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.reload(ctx) }()
	<-f.entered
	cancel()
	if err := <-ended; !errors.Is(err, errBusy) {
		t.Errorf("while it is done: %v", err)
	}
	if err := f.reload(ctx); !errors.Is(err, errBusy) {
		t.Errorf("while another one is done: %v", err)
	}
	<-f.reloads
	if err := <-f.noted; err != nil {
		t.Errorf("how it ended: %v", err)
	}
	r.stop(t)
}

func TestRefusedReloadKeepsTheLogAsItWas(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\n")
	f := newFake()
	f.refuse = net.ErrClosed
	r := start(t, f, "-c", path)
	rewrite(t, path, "allow_anonymous true\nlog_level none\n")
	r.send(syscall.SIGHUP)
	r.stop(t)
	check(t, "log", r.stdout.String(), net.ErrClosed.Error())
	check(t, "log", r.stdout.String(), "flashmq has stopped")
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLogFileIsReopened(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	log := filepath.Join(directory, "flashmq.log")
	r := start(t, newFake(), "-o", "log_file="+log)
	r.send(syscall.SIGUSR2) // the banner is written before this is answered
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	r.send(syscall.SIGUSR1)
	r.stop(t)
	old, fresh := read(t, log+".1"), read(t, log)
	if !strings.Contains(old, "flashmq is ready") ||
		!strings.Contains(fresh, "flashmq has stopped") {
		t.Errorf("old log:\n%s\nnew log:\n%s", old, fresh)
	}
	if strings.Contains(fresh, "flashmq is ready") || r.stdout.String() != "" {
		t.Errorf("new log:\n%s\nstdout:\n%s", fresh, r.stdout.String())
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFreeMemoryIsLogged(t *testing.T) {
	t.Parallel()
	r := start(t, newFake())
	r.send(syscall.SIGUSR2)
	r.stop(t)
	check(t, "log", r.stdout.String(), `level=NOTICE msg="unused memory given back" released=`)
}

func TestStartWithoutFileSaysWhatThatMeans(t *testing.T) {
	t.Parallel()
	r := start(t, newFake())
	r.send(syscall.SIGUSR1)
	r.stop(t)
	for _, want := range []string{
		"addresses=[127.0.0.1:1883]", "only this machine can connect", "everybody on this machine",
		"kept in memory", "start with -c FILE",
	} {
		check(t, "banner", r.stdout.String(), want)
	}
	path := write(t, "f.conf", "allow_anonymous true\n")
	r = start(t, newFake(), "-c", path)
	r.send(syscall.SIGUSR1)
	r.stop(t)
	if r.stdout.Has("only this machine") {
		t.Errorf("banner although there is a file:\n%s", r.stdout.String())
	}
}

func TestLevelsAndFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, level, format string
		want                string
	}{
		{"notice and up", "notice", "text", "NOTICE WARNING ERROR SUBSCRIBE PUBLISH"},
		{"errors", "error", "text", "ERROR SUBSCRIBE PUBLISH"},
		{"none", "none", "json", "SUBSCRIBE PUBLISH"},
		{"everything", "debug", "json", "DEBUG INFO NOTICE WARNING ERROR SUBSCRIBE PUBLISH"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg, _, err := config.Load("", config.LoadOptions{
				Set: []string{"log_level=" + test.level, "log_format=" + test.format},
			})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			l, err := openLogs(cfg, &b)
			if err != nil {
				t.Fatal(err)
			}
			l.Debug("m")
			l.Info("m")
			l.notice("m")
			l.Warn("m")
			l.Error("m")
			l.Log(t.Context(), config.LevelSubscribe, "m")
			l.Log(t.Context(), config.LevelPublish, "m")
			if got := levels(b.String()); got != test.want {
				t.Errorf("levels %q, want %q", got, test.want)
			}
		})
	}
}

// levels picks the level out of every line of either format.
func levels(log string) string {
	var out []string
	for line := range strings.Lines(log) {
		line = strings.NewReplacer(`"level":"`, "level=", `","msg"`, " ").Replace(line)
		_, after, _ := strings.Cut(line, "level=")
		level, _, _ := strings.Cut(after, " ")
		out = append(out, level)
	}
	return strings.Join(out, " ")
}

func TestNotifyTellsSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	r := start(t, newFake())
	b := make([]byte, 100)
	n, err := socket.Read(b)
	if err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("systemd heard %q, %v", b[:n], err)
	}
	r.stop(t)
}
