// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials"
)

// From access(2).
const accessWrite = 2

// checkPaths makes sure that what the Config names on this machine can be used.
func (c *Config) checkPaths(r *report, place placer, now time.Time) {
	if err := appendable(c.LogFile); err != nil {
		r.problem(place(-1, "log_file"), "log_file", c.LogFile+": "+err.Error(), "")
	}
	if reason := badToken(c.AdminTokenFile); reason != "" {
		r.problem(place(-1, "admin_token_file"), "admin_token_file",
			c.AdminTokenFile+": "+reason, "")
	}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		at := func(key string) origin { return place(i, key) }
		if reason := badSocket(l.UnixSocketPath); reason != "" {
			r.problem(at("unix_socket_path"), "unix_socket_path", l.UnixSocketPath+": "+reason, "")
		}
		if l.TLS() {
			l.checkCertificates(r, at, now)
		}
	}
}

// checkCertificates looks at the files of a TLS listener as it will when it starts.
func (l *Listener) checkCertificates(r *report, at func(key string) origin, now time.Time) {
	if l.LeftOut() {
		r.warn(at("fullchain"), "fullchain", l.Fullchain+": cannot be read, and neither can "+
			"privkey: the listener is left out", "")
		return
	}
	problems, doubts := credentials.Check(l.CredentialFiles(), now)
	for _, p := range problems {
		if p.Path != "" { // else one of the pair is missing, which the conditions have said
			r.problem(at(p.Key), p.Key, p.Path+": "+p.Reason, p.Suggestion)
		}
	}
	for _, d := range doubts {
		r.warn(at(d.Key), d.Key, d.Path+": "+d.Reason, d.Suggestion)
	}
}

// Ours: the size of a file that holds a token and white space around it.
const largestToken = 4 << 10

// badToken answers why the file at path holds no token.
func badToken(path string) (reason string) {
	if path == "" {
		return ""
	}
	b, err := credentials.ReadRegular(path, largestToken+1)
	switch {
	case err != nil:
		return err.Error()
	case len(b) > largestToken:
		return fmt.Sprintf("is longer than %d bytes", largestToken)
	case len(bytes.TrimSpace(b)) == 0:
		return "is empty"
	}
	return ""
}

// badSocket answers why there cannot be a socket at path.
func badSocket(path string) (reason string) {
	if path == "" {
		return ""
	}
	if err := writableDirectory(filepath.Dir(path)); err != nil {
		return err.Error()
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return "exists and is not a socket"
	}
	return ""
}

// appendable reports why a log cannot go to path: it must be writable, or creatable.
func appendable(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writableDirectory(filepath.Dir(path))
	}
	if err != nil {
		return plain(err)
	}
	if info.IsDir() {
		return errors.New("is a directory")
	}
	return syscall.Access(path, accessWrite)
}

func writableDirectory(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return errors.New("the directory " + path + " does not exist or cannot be read")
	}
	if !info.IsDir() {
		return errors.New(path + " is not a directory")
	}
	if err := syscall.Access(path, accessWrite); err != nil {
		return errors.New("the directory " + path + " is not writable")
	}
	return nil
}
