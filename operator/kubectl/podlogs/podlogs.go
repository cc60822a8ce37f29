// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package podlogs writes the logs of several pods to one place, line by line.
//
// Knows: which line is whose, how long a line may be.
// Does not know: where logs come from, Kubernetes.
package podlogs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Source is one log.
type Source struct {
	// Name stands before each line when there are several.
	Name string
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Ours: longer lines are broken.
const longestLine = 64 << 10

// Copy writes all logs until each has ended, those of several at the same time. The error has all
// that went wrong; the end of ctx is no error.
func Copy(ctx context.Context, out io.Writer, sources []Source) error {
	var group sync.WaitGroup
	w := &lines{out: out}
	failures := make([]error, len(sources))
	for i, s := range sources {
		prefix := ""
		if len(sources) > 1 {
			prefix = s.Name + " "
		}
		group.Add(1)
		go func() {
			defer group.Done()
			if err := s.copy(ctx, w, prefix); err != nil && ctx.Err() == nil {
				failures[i] = fmt.Errorf("%s: %w", s.Name, err)
			}
		}()
	}
	group.Wait()
	return errors.Join(failures...)
}

func (s *Source) copy(ctx context.Context, w *lines, prefix string) error {
	from, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	r := bufio.NewReaderSize(from, longestLine)
	for {
		line, _, err := r.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.write(prefix, line); err != nil {
			return err
		}
	}
}

// lines keeps lines whole.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

// write writes one line. It does not keep it.
func (w *lines) write(prefix string, line []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := fmt.Fprintf(w.out, "%s%s\n", prefix, line)
	return err
}
