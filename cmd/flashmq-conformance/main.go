// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command flashmq-conformance tests any MQTT server against the normative statements of MQTT 3.1.1
// and 5.0.
//
// It uses Client Identifiers and topics of its own, and takes away what it leaves on the server;
// still, a server that others use will notice it: among the checks are packets no Client would
// send.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/conformance"
	"github.com/flashmq/flashmq/pkg/version"
)

// Ours: the exit codes.
const (
	exitGood   = 0 // everything passed, or is not supported by the server
	exitFailed = 1 // a check failed
	exitUsage  = 2 // the command line is wrong, or the server cannot be reached
)

const usage = `Usage: flashmq-conformance [options] HOST:PORT
       flashmq-conformance [options] URL

Tests the MQTT server at HOST:PORT or, through WebSocket, at URL, which begins with ws:// or wss://.
The exit code is 0 when all is well, 1 when a check failed, 2 when the command line is wrong or the
server cannot be reached.

`

// command is what the command line asks for.
type command struct {
	conformance.Options
	ways
	json, list, version bool
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitGood
	case err != nil:
		fmt.Fprintf(stderr, "flashmq-conformance: %v; see -help\n", err)
		return exitUsage
	case c.version:
		fmt.Fprintf(stdout, "flashmq-conformance %s\n", version.Info())
		return exitGood
	case c.list:
		err = conformance.List(stdout, c.Options)
	default:
		var failed bool
		failed, err = c.test(stdout)
		if failed && err == nil {
			return exitFailed
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	return exitGood
}

// parse reads the command line. Help goes to out.
func parse(args []string, out io.Writer) (*command, error) {
	c := &command{}
	fs := flag.NewFlagSet("flashmq-conformance", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run writes errors; they come without the usage
	fs.Usage = func() {}
	versions := fs.String("version", "all", "MQTT `VERSION` to test: 3.1.1, 5.0 or all")
	only := fs.String("run", "", "only checks whose name or clauses match `REGEXP`")
	modes := strings.Join(slices.Sorted(maps.Keys(conformance.Modes)), ", ")
	mode := fs.String("mode", "whole", "how packets are cut up: `MODE` is one of "+modes)
	fs.DurationVar(&c.Timeout, "timeout", 5*time.Second, "how long to wait for the server")
	c.ways.flags(fs)
	fs.StringVar(&c.Username, "username", "", "User Name for every CONNECT")
	fs.StringVar(&c.Password, "password", "", "Password for every CONNECT")
	fs.BoolVar(&c.json, "json", false, "write the report as JSON")
	fs.BoolVar(&c.list, "list", false, "list the checks and do not run them")
	fs.BoolVar(&c.version, "build", false, "show the version of this program")
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		fs.SetOutput(out)
		fs.PrintDefaults()
	}
	if err != nil {
		return nil, err
	}
	if c.Versions, err = conformance.VersionsOf(*versions); err != nil {
		return nil, err
	}
	if *only != "" {
		if c.Only, err = regexp.Compile(*only); err != nil {
			return nil, err
		}
	}
	return c, c.finish(*mode, fs.Args())
}

// finish checks what the flags alone do not say.
func (c *command) finish(mode string, rest []string) error {
	var known bool
	if c.Mode, known = conformance.Modes[mode]; !known {
		return fmt.Errorf("no mode %q", mode)
	}
	switch {
	case c.Timeout <= 0:
		return fmt.Errorf("the timeout is %v; it must be positive", c.Timeout)
	case c.Password != "" && c.Username == "":
		return errors.New("-password needs -username") // [MQTT-3.1.2-22]
	case c.list || c.version:
		return nil
	case len(rest) != 1:
		return fmt.Errorf("one HOST:PORT or URL is needed, there are %d arguments", len(rest))
	}
	return c.choose(&c.Options, rest[0])
}

// test runs the checks and writes the report.
func (c *command) test(w io.Writer) (failed bool, err error) {
	var report conformance.Report
	var broken error // the first error of writing
	err = conformance.Run(c.Options, func(r conformance.Result) {
		report.Add(r)
		if !c.json && broken == nil {
			broken = r.WriteText(w)
		}
	})
	if err != nil {
		return false, err
	}
	if c.json {
		broken = report.WriteJSON(w)
	} else if broken == nil {
		broken = report.WriteSummary(w)
	}
	return report.Failed > 0, broken
}
