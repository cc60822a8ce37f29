// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/pkg/version"
)

// Ours: the exit codes besides HAProxy's own.
const (
	exitGood  = 0
	exitBad   = 1
	exitUsage = 2
)

const usage = `Usage:
  flashmq-proxy-agent run [flags]
  flashmq-proxy-agent install FILE    copy this program to FILE

`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the process.
func run(args []string, stdout, stderr io.Writer) int {
	o := &options{}
	flags := o.flags()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, usage, flags.FlagUsages())
		return exitGood
	case err != nil:
	case o.version:
		fmt.Fprintln(stdout, "flashmq-proxy-agent", version.Info())
		return exitGood
	case flags.NArg() == 2 && flags.Arg(0) == "install":
		if err := install(flags.Arg(1)); err != nil {
			fmt.Fprintln(stderr, "flashmq-proxy-agent:", err)
			return exitBad
		}
		return exitGood
	case flags.NArg() == 1 && flags.Arg(0) == "run":
		o.log = slog.New(slog.NewTextHandler(stderr, nil))
		a := &agent{options: o}
		code, err := a.run(stdout, stderr)
		if err != nil {
			fmt.Fprintln(stderr, "flashmq-proxy-agent:", err)
		}
		return code
	default:
		err = errors.New("say run, or install FILE; --help tells more")
	}
	fmt.Fprintln(stderr, "flashmq-proxy-agent:", err)
	return exitUsage
}

// options are what the command line says.
type options struct {
	haproxy  string
	config   string
	socket   string
	address  string
	hardStop time.Duration
	version  bool
	log      *slog.Logger
}

func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("flashmq-proxy-agent", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.StringVar(&o.haproxy, "haproxy", "haproxy", "program to run")
	fs.StringVar(&o.config, "config", "/etc/flashmq-proxy/haproxy.cfg",
		"configuration; its folder has all other files")
	fs.StringVar(&o.socket, "socket", "/run/flashmq-proxy/haproxy.sock",
		"where the configuration has the runtime API")
	fs.StringVar(&o.address, "address", ":8405", "where GET /status is answered")
	fs.DurationVar(&o.hardStop, "hard-stop", 5*time.Minute,
		"how long connections may go on after SIGTERM")
	fs.BoolVar(&o.version, "version", false, "show the version")
	return fs
}

// install copies this program, whole or not at all.
func install(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	part, err := os.CreateTemp(filepath.Dir(to), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // when it has not become the copy
	_, err = io.Copy(part, from)
	if err := errors.Join(err, part.Chmod(0o555), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), to)
}
