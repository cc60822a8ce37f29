// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/server"
)

// watch answers signals, and to changes of files, until the broker has ended. The first request to
// stop is graceful. A second one ends a drain that takes its time; when there is none, it ends the
// process at once. Some senders signal the process and then its group as well: that is one request.
func (r *process) watch() {
	ready := r.broker.Ready()
	var stopping time.Time
	for {
		select {
		case <-r.done:
			return
		case answer := <-r.reloads:
			answer <- r.reload()
		case <-ready:
			ready = nil
			r.ready()
		case e := <-r.files.events():
			r.files.heard(e)
		case <-r.files.due():
			r.filesChanged()
		case err := <-r.files.errors():
			r.filesMissed(err)
		case s := <-r.signals:
			select {
			case <-ready: // it came first
				ready = nil
				r.ready()
			default:
			}
			if s != syscall.SIGTERM && s != syscall.SIGINT {
				r.handle(s)
				continue
			}
			if !stopping.IsZero() {
				if time.Since(stopping) < r.oneRequest {
					continue
				}
				if r.broker.Hurry() {
					r.logs.Warn("second request to stop: the drain ends at once")
					stopping = time.Now()
					continue
				}
				r.logs.Warn("second request to stop: not waiting any longer")
				r.exit(exitBad)
				return
			}
			stopping = time.Now()
			r.logs.notice("stopping", "signal", s.String())
			r.stop()
		}
	}
}

// handle answers the signals that do not stop the process.
func (r *process) handle(s os.Signal) {
	switch s {
	case syscall.SIGHUP:
		_ = r.reload() // it is in the log
	case syscall.SIGUSR1:
		r.reopenLog(r.current)
	case syscall.SIGUSR2:
		r.freeMemory()
	}
}

// askReload has the configuration read again on the goroutine that does so, and waits for the end.
func (r *process) askReload(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case r.reloads <- answer:
	case <-r.done:
		return server.ErrStopped
	case <-ctx.Done():
		return errBusy
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return errBusy
	}
}

// errBusy is for whoever has waited in vain.
var errBusy = errors.New("another reload, or this one, takes its time: its outcome will be noted")

// reload reads the configuration again. When anything is wrong with it nothing changes. The log
// file is opened anew either way.
func (r *process) reload() error {
	err := r.tryReload()
	r.broker.NoteReload(err)
	return err
}

func (r *process) tryReload() error {
	cfg, warnings, err := r.options.load()
	for _, w := range warnings {
		r.logs.Warn(w.String())
	}
	if err == nil {
		err = r.broker.Reload(cfg)
	}
	r.refused = err != nil
	if err != nil {
		r.files.follow(r)
		r.reopenLog(r.current)
		r.logs.Error("reload failed, the settings before it stay in force")
		for line := range strings.Lines(err.Error()) { // one per problem
			r.logs.Error("reload failed", "error", strings.TrimSuffix(line, "\n"))
		}
		return err
	}
	r.current = cfg
	r.files.follow(r)
	r.reopenLog(cfg)
	r.logs.notice("configuration reloaded")
	if keys := r.started.Differences(cfg, config.ReloadStart); len(keys) > 0 {
		r.logs.Warn("changed settings need a restart", "keys", keys)
	}
	return nil
}

func (r *process) reopenLog(cfg *config.Config) {
	if err := r.logs.apply(cfg); err != nil {
		r.logs.Error("log lines go where they went before", "error", err)
	}
}

// freeMemory gives memory that is not in use back to the kernel.
func (r *process) freeMemory() {
	var before, after runtime.MemStats
	begin := time.Now()
	runtime.ReadMemStats(&before)
	debug.FreeOSMemory()
	runtime.ReadMemStats(&after)
	r.logs.notice("unused memory given back",
		"released", int64(after.HeapReleased)-int64(before.HeapReleased),
		"took", time.Since(begin).Round(time.Millisecond))
}
