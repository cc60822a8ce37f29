// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package servertest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/reactor"
)

// judged is a test whose failures are kept.
type judged struct {
	testing.TB
	errors []string
}

func (j *judged) Errorf(format string, args ...any) {
	j.errors = append(j.errors, fmt.Sprintf(format, args...))
}

// What servers leave behind fails the test, when the last of them has stopped.
func TestWatcher(t *testing.T) {
	tests := []struct {
		name string
		leak func(t *testing.T) (undo func())
		want string
	}{
		{"nothing", func(*testing.T) func() { return func() {} }, ""},
		{"descriptor", func(t *testing.T) func() {
			f, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			return func() { _ = f.Close() } // nothing was written
		}, "1 descriptors left behind"},
		{"goroutine", func(t *testing.T) func() {
			r, err := reactor.New(reactor.Options{Loops: 1}, nothing{})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Start(); err != nil {
				t.Fatal(err)
			}
			// A goroutine that has not run yet has no stack to be known by.
			l := r.Loops()[0]
			Wait(t, "the loop sleeps", func() bool { return l.Counters().Sleeps > 0 })
			return r.Stop
		}, "goroutines left behind"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := &judged{TB: t}
			w := &watcher{}
			w.begin(j)
			w.begin(j)
			undo := test.leak(t)
			w.end(j)
			if len(j.errors) > 0 {
				t.Errorf("judged while a server still runs: %v", j.errors)
			}
			w.end(j)
			undo()
			got := strings.Join(j.errors, "\n")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// nothing is a handler with nothing to do.
type nothing struct{ reactor.Handler }

func (nothing) Tick(*reactor.Loop, int64) {}
