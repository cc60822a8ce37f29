// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// applyTime bounds one change: a check, and a new process.
const applyTime = 30 * time.Second

// apply makes HAProxy use the next files.
func (a *agent) apply(ctx context.Context, next files) (reloaded bool, err error) {
	same := bytes.Equal(next.configuration, a.inForce.configuration)
	if same {
		if err = a.exchangeable(next); err == nil {
			err = a.exchange(ctx, next)
		}
		if err == nil {
			return false, nil
		}
		a.log.Info("certificates are not exchanged, HAProxy reloads", "because", err)
	}
	err = a.reload(ctx, next)
	if err != nil && !same {
		a.renew(ctx, next)
	}
	return err == nil, err
}

// renew exchanges certificates of the configuration in force while the next one cannot be: they
// expire all the same.
func (a *agent) renew(ctx context.Context, next files) {
	next.configuration = a.inForce.configuration
	if err := a.exchange(ctx, next); err != nil {
		a.log.Warn("certificates are not exchanged", "error", err)
	}
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

// exchangeable says why HAProxy has to reload for files of the same configuration.
func (a *agent) exchangeable(next files) error {
	if len(next.others) != len(a.inForce.others) {
		return errors.New("there are other files than before")
	}
	changed := next.changed(a.inForce)
	for _, keyword := range []string{"ca-file", "crl-file"} {
		for _, path := range a.named(next.configuration, keyword) {
			if slices.Contains(changed, filepath.Base(path)) {
				// HAProxy can exchange these, too, but 2.6 serves old certificates after it.
				return errors.New(path + " has changed")
			}
		}
	}
	return nil
}

// exchange hands changed certificates to the running HAProxy.
func (a *agent) exchange(ctx context.Context, next files) error {
	changed := next.changed(a.inForce)
	for _, path := range a.named(next.configuration, "crt") {
		chain := filepath.Base(path)
		key := strings.TrimSuffix(chain, ".crt") + ".key"
		if !slices.Contains(changed, chain) && !slices.Contains(changed, key) {
			continue
		}
		pem := slices.Concat(next.others[chain], next.others[key])
		if err := a.set(ctx, path, pem); err != nil {
			return err
		}
		// It is in force, whatever becomes of the next one.
		a.inForce.take(next, chain, key)
	}
	return nil
}

// set exchanges one certificate in HAProxy's memory.
func (a *agent) set(ctx context.Context, path string, pem []byte) error {
	// An empty line would end it.
	pem = bytes.Join(bytes.FieldsFunc(pem, func(r rune) bool { return r == '\n' || r == '\r' }),
		[]byte("\n"))
	for _, step := range []struct{ command, success string }{
		{fmt.Sprintf("set ssl cert %s <<\n%s\n", path, pem), "ransaction "}, // created, or updated
		{"commit ssl cert " + path, "Success!"},
	} {
		said, err := a.ask(ctx, a.socket, step.command)
		if err == nil && strings.Contains(said, step.success) {
			continue
		}
		// What is left of a transaction would be in the way of the next one.
		_, _ = a.ask(context.WithoutCancel(ctx), a.socket, "abort ssl cert "+path)
		return errors.Join(fmt.Errorf("%s is not taken: %s", path, strings.TrimSpace(said)), err)
	}
	return nil
}
