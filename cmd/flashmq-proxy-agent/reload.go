// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Ours.
const (
	// askAgain is how often HAProxy is asked whether a new process has come.
	askAgain = 50 * time.Millisecond
	// longestError is what is passed on of HAProxy's words.
	longestError = 2000
)

// check has HAProxy read the configuration, without using it.
func (a *agent) check(ctx context.Context) error {
	said, err := exec.CommandContext(ctx, a.haproxy.Path, "-c", "-f", a.config).
		CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("check the configuration: %w", ctx.Err())
	}
	text := strings.TrimSpace(string(said))
	return fmt.Errorf("%s: %w", text[:min(len(text), longestError)], err)
}

// reload makes the master start a new worker, which takes over what listens. The old one keeps its
// connections.
func (a *agent) reload(ctx context.Context, next files) error {
	if err := a.check(ctx); err != nil {
		return err
	}
	if err := tryPorts(next.configuration, a.inForce.configuration); err != nil {
		return err
	}
	var before serving
	err := a.until(ctx, func() (done bool, err error) {
		before, err = a.serving(ctx)
		return err == nil, nil // it may still be starting
	})
	if err != nil {
		return err
	}
	a.signal(syscall.SIGUSR2)
	if err := a.reloaded(ctx, before); err != nil {
		a.failed.note(next, time.Now())
		return fmt.Errorf("%w; %s", err, a.failed.outlook())
	}
	return nil
}

// reloaded waits until a new worker serves, or the master says that there will be none.
func (a *agent) reloaded(ctx context.Context, before serving) error {
	return a.until(ctx, func() (done bool, err error) {
		now, err := a.serving(ctx)
		switch {
		case err != nil: // while they change hands the sockets may be closed
			return false, nil
		case now.worker == before.worker && now.failed > before.failed:
			return false, errors.New("HAProxy could not reload, its log says why")
		}
		return now.worker != before.worker, nil
	})
}

// until asks again and again.
func (a *agent) until(ctx context.Context, ask func() (done bool, err error)) error {
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("HAProxy does not answer, its log may say why: %w", ctx.Err())
		case <-a.ended:
			return errors.New("HAProxy has ended")
		case <-time.After(askAgain):
		}
	}
}

// serving is what a reload changes.
type serving struct {
	worker string // its process
	failed int    // reloads, since one that did not
}

func (a *agent) serving(ctx context.Context) (s serving, err error) {
	if s.worker, err = a.worker(ctx); err != nil {
		return s, err
	}
	said, err := a.ask(ctx, a.masterSocket(), "show proc")
	s.failed = failures(said)
	return s, err
}

// failures finds them in what a master says. From one that does not tell, applyTime is what a
// failure is seen by.
func failures(said string) int {
	found := masterFailed.FindStringSubmatch(said)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // digits
	return n
}

// From HAProxy.
var (
	workerID     = regexp.MustCompile(`(?m)^Pid: (\d+)$`)
	masterFailed = regexp.MustCompile(`(?m)^\d+\s+master\s+\d+ \[failed: (\d+)\]`)
)

// worker is the process that answers the runtime API.
func (a *agent) worker(ctx context.Context) (string, error) {
	said, err := a.ask(ctx, a.socket, "show info")
	if err != nil {
		return "", err
	}
	found := workerID.FindStringSubmatch(said)
	if found == nil {
		return "", fmt.Errorf("the runtime API does not tell its process: %q", said)
	}
	return found[1], nil
}

// masterSocket is beside that of the runtime API.
func (o *options) masterSocket() string {
	return filepath.Join(filepath.Dir(o.socket), "master.sock")
}
