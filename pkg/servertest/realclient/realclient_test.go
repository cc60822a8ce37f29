// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/servertest"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// start runs a server that logs subscriptions, so that tests know when a client has subscribed.
func start(t *testing.T, o ...servertest.Option) *servertest.Server {
	t.Helper()
	return servertest.Start(t, append(o, servertest.Config(func(c *config.Config) {
		c.LogSubscriptions, c.LogLevel = true, config.LogInfo
	}))...)
}

// tool returns the path of a program that the tests need.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v; install what the tests need: make tools", err)
	}
	return path
}

// program is a client that runs.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	ctx    context.Context
	cancel context.CancelFunc
	out    printed.Text
	done   bool
}

// run starts a program; the end of the test ends it.
func run(t *testing.T, env []string, name string, args ...string) *program {
	t.Helper()
	return runWith(t, func(c *exec.Cmd) { c.Env = append(c.Environ(), env...) }, name, args...)
}

// runWith is run for a program that needs more than arguments.
func runWith(t *testing.T, prepare func(*exec.Cmd), name string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), servertest.Patience)
	p := &program{t: t, cmd: exec.CommandContext(ctx, tool(t, name), args...), ctx: ctx,
		cancel: cancel}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	prepare(p.cmd)
	// A shell has children of its own; all of them end together.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

// wait waits until the program has ended well and returns what it printed, line by line.
func (p *program) wait() []string {
	p.t.Helper()
	p.done = true
	defer p.cancel()
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%s: %v; it printed:\n%s", p.cmd, err, &p.out)
	}
	return p.out.Lines()
}

// fails waits until the program has ended badly and returns what it printed.
func (p *program) fails() string {
	p.t.Helper()
	p.done = true
	defer p.cancel()
	if err := p.cmd.Wait(); err == nil || p.ctx.Err() != nil {
		p.t.Fatalf("%s: ended with %v, want a failure of its own; it printed:\n%s",
			p.cmd, err, &p.out)
	}
	return p.out.String()
}

// kill ends the program without letting it say goodbye.
func (p *program) kill() {
	if !p.done {
		p.done = true
		p.cancel()
		_ = p.cmd.Wait() // it was killed
	}
}

// lines fails the test unless the program printed exactly these.
func (p *program) lines(want ...string) {
	p.t.Helper()
	if got := p.wait(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		p.t.Fatalf("%s\nprinted:\n%s\nwant:\n%s", p.cmd,
			strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// linesInAnyOrder fails the test unless the program printed these, whatever came first.
func (p *program) linesInAnyOrder(want ...string) {
	p.t.Helper()
	got := slices.Sorted(slices.Values(p.wait()))
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		p.t.Fatalf("%s\nprinted:\n%s\nwant:\n%s", p.cmd,
			strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// subscribed waits until a client with this identifier has subscribed.
func subscribed(s *servertest.Server, id, filter string) {
	s.WaitLogged(fmt.Sprintf("msg=subscribe client=%s filter=%s ", id, filter))
}
