// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/compare"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// report makes a page of results.
func (p *program) report(args []string) error {
	html := ""
	fs := pflag.NewFlagSet("report", pflag.ContinueOnError)
	fs.Usage = func() {}
	fs.StringVar(&html, "html", "", "")
	results, err := readResults(fs, args)
	if err != nil {
		return err
	}
	if html == "" {
		return fmt.Errorf("report: where to? Add --html OUT.html\n%w", errUsage)
	}
	return writePage(html, results)
}

// compared is what compare writes as JSON; report and compare can read it again.
type compared struct {
	Schema     int             `json:"schema"`
	Results    []result.Result `json:"results"`
	Comparison []compare.Row   `json:"comparison"`
}

// compare prints the ratios between brokers.
func (p *program) compare(args []string) error {
	html, json, against := "", "", ""
	fs := pflag.NewFlagSet("compare", pflag.ContinueOnError)
	fs.Usage = func() {}
	fs.StringVar(&html, "html", "", "")
	fs.StringVar(&json, "json", "", "")
	fs.StringVar(&against, "against", "", "")
	results, err := readResults(fs, args)
	if err != nil {
		return err
	}
	rows, err := compare.Brokers(results, against)
	if err != nil {
		return err
	}
	compare.Print(p.stdout, rows)
	if json != "" {
		if err := result.Write(json, compared{result.Schema, results, rows}); err != nil {
			return err
		}
	}
	if html != "" {
		return writePage(html, results)
	}
	return nil
}

func readResults(fs *pflag.FlagSet, args []string) ([]result.Result, error) {
	if err := fs.Parse(args); err != nil {
		return nil, explain(err, fs)
	}
	if fs.NArg() == 0 {
		return nil, fmt.Errorf("%s: of which files? Name some that were written with --json\n%w",
			fs.Name(), errUsage)
	}
	return result.Read(fs.Args()...)
}
