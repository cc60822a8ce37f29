// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Ours.
const (
	// applyTime bounds one change: a check, and a new process.
	applyTime = 30 * time.Second
	// askAgain is how often the runtime API is asked whether a new process has come.
	askAgain = 50 * time.Millisecond
	// longestError is what is passed on of HAProxy's words.
	longestError = 2000
)

// apply makes HAProxy use the next files.
func (a *agent) apply(ctx context.Context, next files) (reloaded bool, err error) {
	if bytes.Equal(next.configuration, a.inForce.configuration) {
		if err = a.exchange(ctx, next); err == nil {
			return false, nil
		}
		a.log.Info("certificates are not exchanged, HAProxy reloads", "because", err)
	}
	err = a.reload(ctx)
	return err == nil, err
}

// check has HAProxy read the configuration, without using it.
func (a *agent) check(ctx context.Context) error {
	said, err := exec.CommandContext(ctx, a.haproxy.Path, "-c", "-f", a.config).
		CombinedOutput()
	if err == nil {
		return nil
	}
	text := strings.TrimSpace(string(said))
	return fmt.Errorf("%s: %w", text[:min(len(text), longestError)], err)
}

// reload makes the master start a new worker, which takes over what listens. The old one keeps its
// connections.
func (a *agent) reload(ctx context.Context) error {
	if err := a.check(ctx); err != nil {
		return err
	}
	before, err := a.worker(ctx)
	if err != nil {
		return err
	}
	a.signal(syscall.SIGUSR2)
	for {
		select {
		case <-ctx.Done():
			return errors.New("HAProxy has not reloaded, its log says why")
		case <-a.ended:
			return errors.New("HAProxy has ended")
		case <-time.After(askAgain):
		}
		// While it changes hands the socket may be closed.
		if now, err := a.worker(ctx); err == nil && now != before {
			return nil
		}
	}
}

var workerID = regexp.MustCompile(`(?m)^Pid: (\d+)$`)

// worker is the process that answers the runtime API.
func (a *agent) worker(ctx context.Context) (string, error) {
	said, err := a.ask(ctx, "show info")
	if err != nil {
		return "", err
	}
	found := workerID.FindStringSubmatch(said)
	if found == nil {
		return "", fmt.Errorf("the runtime API does not tell its process: %q", said)
	}
	return found[1], nil
}

// named are how a configuration names files of the folder.
func (a *agent) named(configuration []byte, keyword string) (names []string) {
	pattern := regexp.MustCompile(`\b` + keyword + ` (\S+)`)
	for _, found := range pattern.FindAllSubmatch(configuration, -1) {
		path := string(found[1])
		if filepath.Dir(path) == filepath.Dir(a.config) && !slices.Contains(names, path) {
			names = append(names, path)
		}
	}
	return names
}

// exchange hands changed certificates to the running HAProxy.
func (a *agent) exchange(ctx context.Context, next files) error {
	changed := next.changed(a.inForce)
	if len(next.others) != len(a.inForce.others) {
		return errors.New("there are other files than before")
	}
	for _, keyword := range []string{"ca-file", "crl-file"} {
		for _, path := range a.named(next.configuration, keyword) {
			if slices.Contains(changed, filepath.Base(path)) {
				// HAProxy can exchange these, too, but 2.6 serves old certificates after it.
				return errors.New(path + " has changed")
			}
		}
	}
	touched := func(path string) bool { return slices.Contains(changed, filepath.Base(path)) }
	text := func(path string) []byte { return next.others[filepath.Base(path)] }
	for _, path := range a.named(next.configuration, "crt") {
		key := strings.TrimSuffix(path, ".crt") + ".key"
		if !touched(path) && !touched(key) {
			continue
		}
		if err := a.set(ctx, path, slices.Concat(text(path), text(key))); err != nil {
			return err
		}
	}
	return nil
}

// set exchanges one certificate in HAProxy's memory.
func (a *agent) set(ctx context.Context, path string, pem []byte) error {
	// An empty line would end it.
	pem = bytes.Join(bytes.FieldsFunc(pem, func(r rune) bool { return r == '\n' || r == '\r' }),
		[]byte("\n"))
	said, err := a.ask(ctx, fmt.Sprintf("set ssl cert %s <<\n%s\n", path, pem))
	if err == nil && !strings.Contains(said, "ransaction") {
		err = fmt.Errorf("set ssl cert %s: %s", path, strings.TrimSpace(said))
	}
	if err != nil {
		return err
	}
	said, err = a.ask(ctx, "commit ssl cert "+path)
	if err == nil && !strings.Contains(said, "Success") {
		err = fmt.Errorf("commit ssl cert %s: %s", path, strings.TrimSpace(said))
		_, _ = a.ask(ctx, "abort ssl cert "+path) // or there is none
	}
	return err
}
