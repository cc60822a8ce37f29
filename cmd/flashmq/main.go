// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
)

func main() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals,
		syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGPIPE) // a reader of our output that goes away must not end the broker
	p := program{stdout: os.Stdout, stderr: os.Stderr, signals: signals, exit: os.Exit,
		open: openServer, defaultPath: config.DefaultPath, oneRequest: time.Second}
	os.Exit(p.run(os.Args[1:]))
}

// Ours: the exit codes, FlashMQ's except that asking for help succeeds.
const (
	exitGood   = 0
	exitBad    = 1  // a fatal error, a bad file under -t, a surplus argument
	exitUsage  = 16 // the command line makes no sense
	exitConfig = 99 // the configuration does not load
)

// program is the process seen from outside, so that tests can stand in for the operator.
type program struct {
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	exit           func(code int)
	open           opener
	defaultPath    string
	oneRequest     time.Duration // requests to stop that follow each other faster count once
}

// run does what the command line asks for and returns the exit code.
func (p *program) run(args []string) int {
	o, code, ok := p.parse(args)
	if !ok {
		return code
	}
	if o.test {
		return p.testConfig(o)
	}
	cfg, warnings, err := o.load()
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return exitConfig
	}
	stop, err := startProfile(o.cpuProfile)
	if err != nil {
		fmt.Fprintln(p.stderr, "flashmq:", err)
		return exitBad
	}
	code = p.serve(o, cfg, warnings)
	if err := stop(); err != nil {
		fmt.Fprintln(p.stderr, "flashmq:", err)
		return exitBad
	}
	return code
}
