// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// closed waits until nobody new is taken.
func (p *proxy) closed(t *testing.T) {
	t.Helper()
	servertest.Wait(t, "nobody new is taken", func() bool {
		conn, err := net.Dial("tcp", p.address(0))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// exits waits for the end of the agent.
func (p *proxy) exits(t *testing.T, want int) {
	t.Helper()
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
}

// SIGTERM takes no new Clients; those who are there go on until they end, or their time has come.
func TestStop(t *testing.T) {
	for _, test := range []struct {
		name, hardStop string
		byClient       bool
	}{
		{"Clients go", "1h", true},
		{"time is over", "300ms", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, nil, "--hard-stop", test.hardStop)
			c := p.dial(t, 0)
			c.Connect(mqtt.V50, "stays")
			must(t, p.cmd.Process.Signal(syscall.SIGTERM))
			p.closed(t)
			if test.byClient {
				c.Quiet()
				c.Disconnect()
			} else {
				c.ExpectClosed()
			}
			p.exits(t, 0)
		})
	}
}

// A master that begins anew when the end is asked for hears of it all the same.
func TestStopDuringReload(t *testing.T) {
	p := start(t, nil)
	c := p.dial(t, 0)
	c.Connect(mqtt.V50, "stays")
	p.options.Timeouts.Connect = 7
	p.exchange(t)
	servertest.Wait(t, "a reload begins", func() bool {
		return strings.Contains(p.out.String(), "Reloading HAProxy")
	})
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.closed(t)
	c.Quiet()
	c.Disconnect()
	p.exits(t, 0)
}

// A HAProxy that hangs, and so cannot reload, is not waited for when the end is asked for.
func TestStopWhileItHangs(t *testing.T) {
	p := prepare(t, nil)
	p.exchange(t)
	a := p.inProcess(t)
	worker := number(t, p.worker(t))
	must(t, syscall.Kill(worker, syscall.SIGSTOP))
	defer func() { must(t, syscall.Kill(worker, syscall.SIGCONT)) }()
	p.options.Timeouts.Connect = 7
	p.exchange(t)
	working, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop) // whenever it is
	a.look(working)
	if s := a.status.Load(); s.LastChange != nil {
		t.Errorf("the status is %+v", s.LastChange)
	}
}

// A HAProxy that ends by itself ends the agent with its exit code.
func TestEndOfHAProxy(t *testing.T) {
	p := prepare(t, nil)
	p.edit = func(string) string { return "nonsense\n" }
	p.exchange(t)
	p.launch(t)
	p.exits(t, 1)
}

// So does one that is killed.
func TestHAProxyIsKilled(t *testing.T) {
	for _, test := range []struct {
		name string
		whom func(worker int) int
	}{
		{"worker", func(worker int) int { return worker }},
		{"master", func(worker int) int { return parent(t, worker) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, nil)
			must(t, syscall.Kill(test.whom(number(t, p.worker(t))), syscall.SIGKILL))
			p.exits(t, 128+int(syscall.SIGKILL))
		})
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// parent is the process that has started another one.
func parent(t *testing.T, of int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", of))
	must(t, err)
	return number(t, regexp.MustCompile(`PPid:\t(\d+)`).FindStringSubmatch(string(text))[1])
}

// Files that change before HAProxy serves wait for it.
func TestChangeAtStart(t *testing.T) {
	p := prepare(t, nil)
	p.exchange(t)
	fifo, slow := filepath.Join(t.TempDir(), "fifo"), filepath.Join(t.TempDir(), "haproxy")
	must(t, syscall.Mkfifo(fifo, 0o600))
	// It begins when the check of the change is over.
	script := fmt.Sprintf("#!/bin/sh\n"+
		"if [ $1 = -W ]; then read x <%[1]s; exec haproxy \"$@\"; fi\n"+
		"haproxy \"$@\" && echo >%[1]s\n", fifo)
	must(t, os.WriteFile(slow, []byte(script), 0o700))
	a := p.agent(t, slow)
	p.options.Timeouts.Connect = 7
	p.exchange(t)
	a.look(t.Context())
	if s := a.status.Load(); s.LastChange.Error != "" || !s.LastChange.Reloaded {
		t.Errorf("the status is %+v", s.LastChange)
	}
}
