// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/progress"
	"github.com/flashmq/flashmq/pkg/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// One thread more than loops need, for whoever watches them; pinned to one core there would
	// be one in all.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	p := program{stdout: os.Stdout, stderr: os.Stderr, terminal: progress.Terminal(os.Stderr)}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// Ours: the exit codes.
const (
	exitGood  = 0
	exitBad   = 1 // the run, or reading and writing files, failed
	exitUsage = 2 // the command line makes no sense
)

// program is the process seen from outside, so that tests can stand in for the operator.
type program struct {
	stdout, stderr io.Writer
	terminal       bool // stderr is one
}

// errUsage marks what is wrong with the command line.
var errUsage = errors.New("see flashmq-bench --help")

// run does what the command line asks for and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	var err error
	switch command {
	case "":
		err = fmt.Errorf("which scenario? %s\n%w", scenarioNames(), errUsage)
	case "help", "--help", "-h":
		p.help()
	case "version":
		fmt.Fprintf(p.stdout, "flashmq-bench %s\n", version.Info())
	case "report":
		err = p.report(args[1:])
	case "compare":
		err = p.compare(args[1:])
	default:
		err = p.scenario(ctx, args)
	}
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errUsage):
		fmt.Fprintf(p.stderr, "flashmq-bench: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "flashmq-bench: %v\n", err)
	return exitBad
}
