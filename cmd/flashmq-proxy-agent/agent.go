// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/flashmq/flashmq/operator/proxyagent"
)

// Ours.
const (
	// quietTime is how long nothing must have changed: a kubelet exchanges files in several steps.
	quietTime = 100 * time.Millisecond
	// lookAgain is for changes that nobody tells of.
	lookAgain = 30 * time.Second
	// killAfter is between SIGTERM and SIGKILL to HAProxy.
	killAfter = 5 * time.Second
)

// agent runs one HAProxy.
type agent struct {
	*options
	haproxy *exec.Cmd
	ended   chan struct{} // closed when HAProxy has
	status  atomic.Pointer[proxyagent.Status]
	inForce files
	failed  failure
}

// run is from the start of HAProxy to its end, whose exit code it returns.
func (a *agent) run(stdout, stderr io.Writer) (code int, err error) {
	if a.inForce, err = readFiles(a.config); err != nil {
		return exitBad, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	watcher, err := a.watch()
	if err != nil {
		return exitBad, err
	}
	defer watcher.Close()
	// A change under way must not be in the way of the end.
	working, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	stop, err := a.serve()
	if err != nil {
		return exitBad, err
	}
	defer stop()
	if err := a.start(stdout, stderr); err != nil {
		return exitBad, err
	}
	a.tell(nil)
	a.mind(working, watcher, signals)
	return exitCode(a.haproxy.ProcessState), nil
}

// exitCode is what a shell would say.
func exitCode(s *os.ProcessState) int {
	if status := s.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return s.ExitCode()
}

// start starts HAProxy as a master, whose workers are its own.
func (a *agent) start(stdout, stderr io.Writer) error {
	program, err := exec.LookPath(a.options.haproxy)
	if err != nil {
		return err
	}
	// -db keeps it in the foreground; -W makes a master, which reloads.
	a.haproxy = exec.Command(program, "-W", "-db", "-S", a.masterSocket()+",mode,600",
		"-f", a.config)
	a.haproxy.Stdout, a.haproxy.Stderr = stdout, stderr
	// Should we be killed, connections must not go on where nobody looks after them.
	a.haproxy.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := a.haproxy.Start(); err != nil {
		return err
	}
	a.ended = make(chan struct{})
	go func() {
		defer close(a.ended)
		_ = a.haproxy.Wait() // its exit code is in ProcessState
	}()
	return nil
}

// watch hears of changes in the folder. It may have missed some.
func (a *agent) watch() (*fsnotify.Watcher, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	return watcher, watcher.Add(filepath.Dir(a.config))
}

// mind applies changes until HAProxy has ended.
func (a *agent) mind(
	working context.Context, watcher *fsnotify.Watcher, signals <-chan os.Signal,
) {
	quiet, again := time.NewTimer(time.Hour), time.NewTicker(lookAgain)
	defer again.Stop()
	quiet.Stop()
	for {
		select {
		case <-a.ended:
			return
		case <-signals:
			a.stop(signals)
			return
		case <-watcher.Events:
			quiet.Reset(quietTime)
		case <-watcher.Errors: // again makes up for lost events
		case <-again.C:
			a.look(working)
		case <-quiet.C:
			a.look(working)
		}
	}
}

// stop lets connections go on for a while, but takes no more.
func (a *agent) stop(signals <-chan os.Signal) {
	a.log.Info("stopping: connections may go on", "for", a.hardStop)
	a.softStop(signals)
	a.signal(syscall.SIGTERM)
	select {
	case <-a.ended:
		return
	case <-time.After(killAfter):
	}
	a.signal(syscall.SIGKILL)
	<-a.ended
}

// softStop waits until all connections have ended, or their time has come.
func (a *agent) softStop(signals <-chan os.Signal) {
	// A master that is still starting loses signals. One that stops ignores more of them.
	again, over := time.NewTicker(time.Second), time.After(a.hardStop)
	defer again.Stop()
	for {
		a.signal(syscall.SIGUSR1)
		select {
		case <-a.ended:
			return
		case <-over:
			return
		case <-signals:
			return
		case <-again.C:
		}
	}
}

// signal tells the master.
func (a *agent) signal(s syscall.Signal) { _ = a.haproxy.Process.Signal(s) } // it may have ended

// look applies what has changed, if anything has, unless working is done.
func (a *agent) look(working context.Context) {
	next, err := readFiles(a.config)
	if err != nil {
		a.log.Warn("cannot read the files", "error", err)
		return
	}
	last := a.status.Load().LastChange
	if next.equal(a.inForce) {
		if last != nil && last.Error != "" {
			a.tell(nil) // what was refused is not there any more
		}
		return
	}
	ctx, cancel := context.WithTimeout(working, applyTime)
	defer cancel()
	if a.failed.forbids(next, a.inForce, time.Now()) {
		a.renew(ctx, next)
		a.tell(last)
		return
	}
	change := &proxyagent.Change{Time: time.Now()}
	change.Reloaded, err = a.apply(ctx, next)
	switch {
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		change.Error = err.Error()
		a.log.Error("HAProxy goes on with what it had", "error", err)
	default:
		a.inForce = next
		if change.Reloaded {
			a.failed = failure{}
		}
		a.log.Info("changed files are in force", "reloaded", change.Reloaded)
	}
	a.tell(change)
}

// tell publishes what is in force.
func (a *agent) tell(change *proxyagent.Change) {
	a.status.Store(&proxyagent.Status{LastChange: change,
		Configuration: proxyagent.Configuration(a.inForce.configuration),
		Files:         proxyagent.Files(a.inForce.others)})
}
