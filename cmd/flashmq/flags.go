// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	_ "embed"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/version"
)

//go:embed license.txt
var license string

const usage = `Usage: flashmq [options]

  -c, --config-file FILE   read FILE (default %s)
  -o, --option KEY=VALUE   set one key, stronger than file and environment; can be repeated
  -t, --test-config        check the configuration and say what is wrong with it
      --cpu-profile FILE   write where the time goes to FILE until the end (go tool pprof)
  -V, --version            show the version
  -l, --license            show the license
  -h, --help               show this

Every key outside a block can also be set by an environment variable: FLASHMQ_MAX_QOS=1.
Without a file the broker serves only this machine, see docs/configuration.md.
`

// options is what the command line asks for.
type options struct {
	file        string // "" = none was named
	defaultPath string
	test        bool
	cpuProfile  string
	set         []string
	// inputs are the files of the configuration when they were last read, or just before.
	inputs config.Inputs
}

// parse reads the command line. When there is nothing left to do ok is false and code final.
func (p *program) parse(args []string) (o *options, code int, ok bool) {
	o = &options{defaultPath: p.defaultPath}
	var help, showVersion, showLicense bool
	fs := pflag.NewFlagSet("flashmq", pflag.ContinueOnError)
	fs.Usage = func() {}
	fs.StringVarP(&o.file, "config-file", "c", "", "")
	fs.StringArrayVarP(&o.set, "option", "o", nil, "")
	fs.BoolVarP(&o.test, "test-config", "t", false, "")
	fs.StringVar(&o.cpuProfile, "cpu-profile", "", "")
	fs.BoolVarP(&showVersion, "version", "V", false, "")
	fs.BoolVarP(&showLicense, "license", "l", false, "")
	fs.BoolVarP(&help, "help", "h", false, "")
	err := fs.Parse(args)
	switch {
	case err != nil:
		fmt.Fprintf(p.stderr, "%v\n\n"+usage, err, p.defaultPath)
		return nil, exitUsage, false
	case help:
		fmt.Fprintf(p.stdout, usage, p.defaultPath)
	case showVersion:
		fmt.Fprintf(p.stdout, "flashmq %s\n", version.Info())
	case showLicense:
		fmt.Fprint(p.stdout, license)
	case fs.NArg() > 0:
		fmt.Fprintf(p.stderr, "unexpected argument %q; a file is given with -c\n", fs.Arg(0))
		return nil, exitBad, false
	case fs.Changed("config-file") && o.file == "":
		fmt.Fprintln(p.stderr, "-c needs the name of a file")
		return nil, exitBad, false
	default:
		return o, exitGood, true
	}
	return nil, exitGood, false
}

// path chooses the file: the named one, else the default one if it can be read, else none; then
// err says why.
func (o *options) path() (path string, err error) {
	if o.file != "" {
		return o.file, nil
	}
	f, err := os.Open(o.defaultPath)
	if err != nil {
		return "", err
	}
	return o.defaultPath, f.Close()
}

func (o *options) load() (*config.Config, []config.Warning, error) {
	path, _ := o.path()
	// Before: a change from here on is noticed, at worst once too often.
	o.inputs = config.ReadInputs(path)
	return config.Load(path, config.LoadOptions{Environment: true, Set: o.set,
		Now: time.Now(), Revision: admin.Revision})
}

// testConfig answers -t.
func (p *program) testConfig(o *options) int {
	path, err := o.path()
	if path == "" {
		fmt.Fprintln(p.stderr, "there is no configuration file:", err)
		return exitBad
	}
	_, warnings, err := o.load()
	for _, w := range warnings {
		fmt.Fprintln(p.stdout, "warning:", w)
	}
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return exitBad
	}
	fmt.Fprintln(p.stdout, path, "is valid")
	return exitGood
}
