// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package printed

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		writes  []string
		lines   []string
		with    []string // those with an a
		hasBoth bool     // an a and a b, one after the other
	}{
		{"nothing", nil, nil, nil, false},
		{"a line", []string{"ab\n"}, []string{"ab"}, []string{"ab"}, true},
		{"an unfinished line", []string{"a\nc"}, []string{"a", "c"}, []string{"a"}, false},
		{"in parts", []string{"a", "b\nc\n"}, []string{"ab", "c"}, []string{"ab"}, true},
		{"over lines", []string{"a\n", "b\n"}, []string{"a", "b"}, []string{"a"}, false},
		{"empty lines", []string{"\n", "c\n\n"}, []string{"", "c", ""}, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var x Text
			for _, w := range test.writes {
				if n, err := io.WriteString(&x, w); n != len(w) || err != nil {
					t.Errorf("%q: %d, %v", w, n, err)
				}
			}
			if got, want := x.String(), strings.Join(test.writes, ""); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
			if got := x.Lines(); !slices.Equal(got, test.lines) {
				t.Errorf("the lines are %q, want %q", got, test.lines)
			}
			if got := x.LinesWith("a"); !slices.Equal(got, test.with) {
				t.Errorf("the lines with an a are %q, want %q", got, test.with)
			}
			if got := x.Has("ab"); got != test.hasBoth {
				t.Errorf("it has ab: %v", got)
			}
		})
	}
}

// Whole writes arrive, however many write, and may be waited for meanwhile.
func TestWritersAndReaders(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 100
	var x Text
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				fmt.Fprintf(&x, "%d wrote %d\n", w, i)
			}
		})
	}
	for w := range writers {
		x.Wait(t, fmt.Sprintf("%d wrote %d\n", w, each-1))
	}
	all.Wait()
	lines := x.Lines()
	slices.Sort(lines)
	if n := len(slices.Compact(lines)); n != writers*each {
		t.Errorf("%d lines, want %d", n, writers*each)
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	var x Text
	p := exec.CommandContext(t.Context(), "sh", "-c", "echo out; echo err >&2; read end")
	p.Stdout, p.Stderr = &x, &x
	typing, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	x.Wait(t, "out\nerr\n") // while it runs
	if _, err := io.WriteString(typing, "end\n"); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

// judged is a test whose end is kept.
type judged struct {
	testing.TB
	fatal string
}

func (j *judged) Fatalf(format string, args ...any) {
	j.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// What does not come ends the test, which is told what came instead.
func TestWaitInVain(t *testing.T) {
	t.Parallel()
	var x Text
	fmt.Fprint(&x, "good morning")
	j, ended := &judged{TB: t}, make(chan struct{})
	go func() {
		defer close(ended)
		x.wait(j, "good night", 0)
	}()
	<-ended
	const want = "waited for \"good night\"; this was printed:\ngood morning"
	if j.fatal != want {
		t.Errorf("it ends with %q, want %q", j.fatal, want)
	}
}
