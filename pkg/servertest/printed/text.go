// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package printed

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Ours.
const (
	// patience bounds what Wait waits for; a test that passes never waits as long.
	patience = time.Minute
	// look is how often Wait looks.
	look = 2 * time.Millisecond
)

// Text is what was printed so far. It is an io.Writer that may be written to, and read, by several
// goroutines at a time, such as those that exec.Cmd starts for Stdout and Stderr. The zero value is
// ready; it must not be copied. It keeps everything, which only a test may do.
type Text struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

// Write is io.Writer's. b is borrowed.
func (x *Text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.Write(b)
}

// String is all of it.
func (x *Text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.String()
}

// Has tells whether a text is in it.
func (x *Text) Has(text string) bool { return strings.Contains(x.String(), text) }

// Lines are its lines, without their ends; the last one may be unfinished.
func (x *Text) Lines() []string {
	text := strings.TrimSuffix(x.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// LinesWith are the lines that a text is in.
func (x *Text) LinesWith(text string) []string {
	return slices.DeleteFunc(x.Lines(), func(line string) bool {
		return !strings.Contains(line, text)
	})
}

// Wait waits until a text is in it, and ends the test if that never happens.
func (x *Text) Wait(tb testing.TB, text string) {
	tb.Helper()
	x.wait(tb, text, patience)
}

func (x *Text) wait(tb testing.TB, text string, patience time.Duration) {
	tb.Helper()
	for began := time.Now(); !x.Has(text); time.Sleep(look) {
		if time.Since(began) > patience {
			tb.Fatalf("waited for %q; this was printed:\n%s", text, x)
		}
	}
}
