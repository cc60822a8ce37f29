// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/latency"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/progress"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/report"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
	"github.com/flashmq/flashmq/pkg/version"
)

// scenario runs one and reports it.
func (p *program) scenario(ctx context.Context, args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.help {
		p.help()
		return nil
	}
	line := progress.Line{W: p.stderr}
	if p.terminal && !s.quiet {
		s.load.Watch = func(l load.Live) { line.Show(l) }
	}
	r, histogram, err := load.Run(ctx, s.load)
	line.Clear()
	if err != nil {
		return err
	}
	r.Tool, r.Label, r.Name = version.Info().Version, s.label, s.name
	if !s.quiet {
		result.Print(p.stdout, r)
	}
	return s.write(r, histogram)
}

// write makes the files.
func (s *setup) write(r *result.Result, histogram *hdrhistogram.Histogram) error {
	if s.json != "" {
		if err := result.Write(s.json, r); err != nil {
			return err
		}
	}
	if s.html != "" {
		if err := writePage(s.html, []result.Result{*r}); err != nil {
			return err
		}
	}
	if s.hgrm == "" {
		return nil
	}
	return writeFile(s.hgrm, func(f *os.File) error { return latency.Export(f, histogram) })
}

func writePage(path string, results []result.Result) error {
	return writeFile(path, func(f *os.File) error { return report.Write(f, results) })
}

// writeFile makes a file of what write writes.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("cannot write the file: %w", err)
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
