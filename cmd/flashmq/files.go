// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/flashmq/flashmq/pkg/config"
)

// Ours: files that change together, such as a certificate and its key, do so within this time.
const quietTime = 250 * time.Millisecond

// kubernetesData is the link that Kubernetes exchanges when a Secret or ConfigMap changes. Names
// beside it lead through it and do not change themselves.
const kubernetesData = "..data"

// files watches the configuration and the certificates it names. Folders are watched, because files
// are replaced more often than written. A folder goes by its real path: when a link to it leads
// elsewhere, that is another folder.
type files struct {
	watcher  *fsnotify.Watcher
	names    map[string]bool // paths that matter
	folders  map[string]bool // all names in them matter
	includes map[string]bool // all names in them matter that include_dir reads
	wanted   map[string]bool // folders to be watched
	watched  map[string]bool // folders
	quiet    *time.Timer
	path     string     // of the configuration file, "" without one
	lost     chan error // has room for one: that events were lost
	listener sync.WaitGroup
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
	f := &files{watcher: watcher, watched: map[string]bool{}, quiet: time.NewTimer(time.Hour),
		lost: make(chan error, 1)}
	f.quiet.Stop()
	f.listener.Go(f.listen)
	f.path, _ = r.options.path()
	f.follow(r)
	return f
}

// close ends the watching.
func (f *files) close() {
	if f != nil {
		_ = f.watcher.Close()
		f.listener.Wait()
	}
}

// listen takes errors at once, until the end: a watcher that waits for somebody to take one may
// keep a lock that follow needs.
func (f *files) listen() {
	for err := range f.watcher.Errors {
		select {
		case f.lost <- err:
		default: // one says enough
		}
	}
}

// events, errors and due are for a select; with nothing to watch they never come.
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

func (f *files) errors() <-chan error {
	if f == nil {
		return nil
	}
	return f.lost
}

// follow watches what the configuration names: the files of the one that was read last, well or
// not, and the certificates of the one in force.
func (f *files) follow(r *process) {
	if f == nil {
		return
	}
	f.names, f.folders, f.includes = map[string]bool{}, map[string]bool{}, map[string]bool{}
	f.wanted = map[string]bool{}
	f.want(f.path)
	for _, folder := range r.options.inputs.Folders {
		f.want(folder) // it may go and come back, or be a link
		f.want(filepath.Join(folder, kubernetesData))
		f.includes[realPath(folder)] = true
	}
	for i := range r.current.Listeners {
		l := &r.current.Listeners[i]
		for _, path := range []string{l.Fullchain, l.Privkey, l.ClientVerificationCAFile,
			l.ClientVerificationCRLFile} {
			f.want(path)
		}
		if l.ClientVerificationCADir != "" {
			f.want(filepath.Join(l.ClientVerificationCADir, kubernetesData))
			f.folders[realPath(l.ClientVerificationCADir)] = true
		}
	}
	f.watch(r.logs)
	if r.outdated() { // it changed between being read and being watched
		f.quiet.Reset(quietTime)
	}
}

// want has a file matter.
func (f *files) want(path string) {
	if path == "" {
		return
	}
	folder := realPath(filepath.Dir(path))
	f.names[filepath.Join(folder, filepath.Base(path))] = true
	f.names[filepath.Join(folder, kubernetesData)] = true
	f.wanted[folder] = true
}

// watch has the system watch the folders that are wanted, and no others.
func (f *files) watch(logs *logs) {
	// A folder that was moved away or removed is watched no longer, and may be there again.
	alive := f.watcher.WatchList()
	for folder := range f.watched {
		if !f.wanted[folder] || !slices.Contains(alive, folder) {
			_ = f.watcher.Remove(folder)
			delete(f.watched, folder)
		}
	}
	for folder := range f.wanted {
		if f.watched[folder] {
			continue
		}
		if err := f.watcher.Add(folder); err != nil {
			logs.Warn("a folder is not watched: reload by SIGHUP", "folder", folder,
				"error", err)
			continue
		}
		f.watched[folder] = true
	}
}

// realPath is where links lead to, as far as they lead anywhere.
func realPath(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		path = a
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// outdated tells whether the files of the configuration are other ones than were read last, well
// or not.
func (r *process) outdated() bool {
	path, _ := r.options.path()
	return config.ReadInputs(path).Sum != r.options.inputs.Sum
}

// heard waits for quiet after an event that matters.
func (f *files) heard(e fsnotify.Event) {
	path := filepath.Clean(e.Name)
	folder, name := filepath.Dir(path), filepath.Base(path)
	if f.names[path] || f.folders[folder] || f.includes[folder] && config.Included(name) {
		f.quiet.Reset(quietTime)
	}
}

// filesMissed takes the worst for granted when events were lost: anything may have changed.
func (r *process) filesMissed(err error) {
	r.logs.Warn("changes of files were lost, all are looked at", "error", err)
	r.files.quiet.Reset(quietTime)
}

// filesChanged does what SIGHUP does when the configuration has changed, and else loads the
// certificates again.
func (r *process) filesChanged() {
	if r.refused || r.outdated() { // perhaps a file that it names was missing
		_ = r.reload() // it is in the log
		return
	}
	r.broker.RefreshCertificates()
	r.files.follow(r)
}
