// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/server"
	"github.com/flashmq/flashmq/pkg/version"
)

// process is one running broker and what is needed to steer it.
type process struct {
	*program
	options *options
	started *config.Config // what the process was started with
	current *config.Config // what is in force
	logs    *logs
	files   *files // nil when none are watched
	broker  broker
	stop    context.CancelFunc
	refused bool // the configuration that was read last was not taken
	// reloads are asked for by others; each is answered once.
	reloads chan chan<- error
	done    chan struct{} // closed when the broker has ended
}

// serve runs the broker until it is told to stop or fails.
func (p *program) serve(o *options, cfg *config.Config, warnings []config.Warning) int {
	l, err := openLogs(cfg, p.stdout)
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return exitBad
	}
	defer l.close()
	for _, w := range warnings {
		l.Warn(w.String())
	}
	b, err := p.open(cfg, l.Logger)
	if err != nil {
		return p.fail(l, err)
	}
	leaveRoom(cfg.ThreadCount)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r := &process{program: p, options: o, started: cfg, current: cfg, logs: l, broker: b,
		stop: stop, reloads: make(chan chan<- error), done: make(chan struct{})}
	b.SetReloader(r.askReload)
	r.files = r.watchFiles()
	defer r.files.close()
	l.Info("flashmq starts", "version", version.Info().String())
	var others sync.WaitGroup
	others.Go(r.watch)
	if cfg.HugePages {
		others.Go(func() { collapseHeap(l.Logger, r.done) })
	}
	err = b.Run(ctx)
	close(r.done)
	others.Wait()
	if err != nil {
		return p.fail(l, err)
	}
	l.Info("flashmq has stopped")
	return exitGood
}

// processors is what the Go scheduler has at first.
var processors = runtime.GOMAXPROCS(0)

// leaveRoom lets the Go scheduler run more threads than there are loops. Who sets GOMAXPROCS knows
// better.
func leaveRoom(loops int) {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	if loops == 0 {
		loops = processors
	}
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), server.Processors(loops)))
}

// fail reports a fatal error where the operator looks: in the log and on standard error.
func (p *program) fail(l *logs, err error) int {
	l.Error("flashmq cannot go on", "error", err)
	fmt.Fprintln(p.stderr, "flashmq:", err)
	return exitBad
}

// ready announces that Clients can connect.
func (r *process) ready() {
	var addresses []string
	for _, a := range r.broker.Addresses() {
		addresses = append(addresses, a.String())
	}
	r.logs.notice("flashmq is ready", "addresses", addresses)
	if path, err := r.options.path(); path == "" {
		r.explainLocal(err)
	}
	if err := notify("READY=1"); err != nil {
		r.logs.Warn("systemd was not told that we are ready", "error", err)
	}
}

// explainLocal tells who started the broker without a file what they got and how to go on.
func (r *process) explainLocal(cause error) {
	r.logs.notice("there is no configuration file, so only this machine can connect",
		"cause", cause)
	if r.current.AllowAnonymous {
		r.logs.notice("everybody on this machine may connect, with any or no user name")
	}
	r.logs.notice("everything is kept in memory and gone after a stop")
	r.logs.notice("to serve others write a file and start with -c FILE; check it with -t -c FILE",
		"example", "allow_anonymous true", "documentation", "docs/configuration.md")
}
