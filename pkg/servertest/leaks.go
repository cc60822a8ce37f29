// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// watch looks for what servers leave behind. Goroutines and descriptors belong to the process, so
// it compares when no server of this process runs: before the first and after the last.
var watch = watcher{grace: 5 * time.Second}

type watcher struct {
	grace   time.Duration // what is being closed may need a moment
	mu      sync.Mutex
	running int
	files   int // descriptors open before the first
}

func (w *watcher) begin(tb testing.TB) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == 0 {
		openPoller(tb)
		w.files = len(openFiles(tb))
	}
	w.running++
}

func (w *watcher) end(tb testing.TB) {
	tb.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	if w.running > 0 {
		return
	}
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		goroutines, files := ours(), openFiles(tb)
		if goroutines == "" && len(files) <= w.files {
			return
		}
		if time.Since(began) < w.grace {
			continue
		}
		if goroutines != "" {
			tb.Errorf("goroutines left behind:\n%s", goroutines)
		}
		if len(files) > w.files {
			tb.Errorf("%d descriptors left behind; open are:\n%s",
				len(files)-w.files, strings.Join(files, "\n"))
		}
		return
	}
}

// openPoller makes the runtime open the descriptors it keeps for package net.
func openPoller(tb testing.TB) {
	tb.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
}

// openFiles lists the descriptors of this process and what they are.
func openFiles(tb testing.TB) []string {
	tb.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		tb.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil {
			continue // the descriptor ReadDir itself used, or closed meanwhile
		}
		list = append(list, fmt.Sprintf("%s %s", e.Name(), target))
	}
	return list
}

// servers matches the stack of a goroutine that works for a server.
var servers = regexp.MustCompile(`flashmq/pkg/(reactor|server|client|broker)\.`)

// ours returns the stacks of goroutines that work for servers.
func ours() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, g := range strings.Split(string(stacks), "\n\n") {
		if servers.MatchString(g) && !strings.Contains(g, "servertest.ours(") {
			found = append(found, g)
		}
	}
	return strings.Join(found, "\n\n")
}
