// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package podlogs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func source(name, text string) Source {
	return Source{name, func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longestLine)
	broken := Source{"c", func(context.Context) (io.ReadCloser, error) {
		return nil, errors.New("no such pod")
	}}
	tests := []struct {
		name    string
		sources []Source
		want    []string // sorted
		err     string
	}{
		{"nothing", nil, nil, ""},
		{"one", []Source{source("a", "1\n2\n")}, []string{"1", "2"}, ""},
		{"several", []Source{source("a", "1\n2"), source("b", "3\n")},
			[]string{"a 1", "a 2", "b 3"}, ""},
		{"a long line", []Source{source("a", long+"yz\n1")}, []string{"1", long, "yz"}, ""},
		{"one is broken", []Source{source("a", "1\n"), broken}, []string{"a 1"},
			"c: no such pod"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := Copy(t.Context(), &out, test.sources)
			if text := errorText(err); text != test.err {
				t.Errorf("the error is %q", text)
			}
			got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			slices.Sort(got)
			if !slices.Equal(got, append(test.want, make([]string, 1-min(1, len(test.want)))...)) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Lines of several logs stay whole.
func TestLinesStayWhole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var sources []Source
	const lines = 500
	for _, name := range []string{"a", "b", "c", "d"} {
		sources = append(sources, source(name, strings.Repeat(strings.Repeat(name, 100)+"\n",
			lines)))
	}
	if err := Copy(t.Context(), &out, sources); err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(out.String()) {
		count++
		if name := line[:1]; line != name+" "+strings.Repeat(name, 100)+"\n" {
			t.Fatalf("there is the line %q", line)
		}
	}
	if count != lines*len(sources) {
		t.Errorf("%d lines", count)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// endless has no end of its own.
type endless struct{ ctx context.Context }

func (e *endless) Read([]byte) (int, error) {
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

func TestCopyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	opened := make(chan struct{})
	follow := Source{"a", func(ctx context.Context) (io.ReadCloser, error) {
		close(opened)
		return io.NopCloser(&endless{ctx}), nil
	}}
	ended := make(chan error)
	go func() { ended <- Copy(ctx, io.Discard, []Source{follow}) }()
	<-opened
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
