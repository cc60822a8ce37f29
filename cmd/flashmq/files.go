// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Ours: files that change together, such as a certificate and its key, do so within this time.
const quietTime = 250 * time.Millisecond

// kubernetesData is the link that Kubernetes exchanges when a Secret or ConfigMap changes. Names
// beside it lead through it and do not change themselves.
const kubernetesData = "..data"

// files watches the configuration and the certificates it names. Folders are watched, because files
// are replaced more often than written.
type files struct {
	watcher *fsnotify.Watcher
	names   map[string]bool // paths that matter
	folders map[string]bool // all names in them matter
	watched map[string]bool // folders
	quiet   *time.Timer
	path    string // of the configuration file, "" without one
}

// watchFiles begins to watch; nil when the system does not let us.
func (r *process) watchFiles() *files {
	if !r.current.WatchFiles {
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		r.logs.Warn("files are not watched: reload by SIGHUP", "error", err)
		return nil
	}
	f := &files{watcher: watcher, watched: map[string]bool{}, quiet: time.NewTimer(time.Hour)}
	f.quiet.Stop()
	f.path, _ = r.options.path()
	f.follow(r)
	return f
}

// close ends the watching.
func (f *files) close() {
	if f != nil {
		_ = f.watcher.Close()
	}
}

// events and due are for a select; with nothing to watch they never come.
func (f *files) events() <-chan fsnotify.Event {
	if f == nil {
		return nil
	}
	return f.watcher.Events
}

func (f *files) due() <-chan time.Time {
	if f == nil {
		return nil
	}
	return f.quiet.C
}

// follow watches what the present configuration names.
func (f *files) follow(r *process) {
	f.names, f.folders = map[string]bool{}, map[string]bool{}
	wanted := map[string]bool{}
	file := func(path string) {
		if path == "" {
			return
		}
		path = absolute(path)
		folder := filepath.Dir(path)
		f.names[path], f.names[filepath.Join(folder, kubernetesData)] = true, true
		wanted[folder] = true
	}
	file(f.path)
	for i := range r.current.Listeners {
		l := &r.current.Listeners[i]
		for _, path := range []string{l.Fullchain, l.Privkey, l.ClientVerificationCAFile,
			l.ClientVerificationCRLFile} {
			file(path)
		}
		if l.ClientVerificationCADir != "" {
			folder := absolute(l.ClientVerificationCADir)
			f.folders[folder], wanted[folder] = true, true
		}
	}
	for folder := range f.watched {
		if !wanted[folder] {
			_ = f.watcher.Remove(folder)
			delete(f.watched, folder)
		}
	}
	for folder := range wanted {
		if f.watched[folder] {
			continue
		}
		if err := f.watcher.Add(folder); err != nil {
			r.logs.Warn("a folder is not watched: reload by SIGHUP", "folder", folder,
				"error", err)
			continue
		}
		f.watched[folder] = true
	}
	if r.outdated() { // it changed between being read and being watched
		f.quiet.Reset(quietTime)
	}
}

func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}

// outdated tells whether the configuration file is another one than was read last, well or not.
func (r *process) outdated() bool {
	path, _ := r.options.path()
	return contentOf(path) != r.options.content
}

// contentOf is the sum of a file, as far as it can be read.
func contentOf(path string) [sha256.Size]byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(text)
}

// heard waits for quiet after an event that matters.
func (f *files) heard(e fsnotify.Event) {
	if f.names[e.Name] || f.folders[filepath.Dir(e.Name)] {
		f.quiet.Reset(quietTime)
	}
}

// filesChanged does what SIGHUP does when the configuration has changed, and else loads the
// certificates again.
func (r *process) filesChanged() {
	if r.outdated() {
		r.reload()
		return
	}
	r.broker.RefreshCertificates()
}
