// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 60 * time.Second

func reloaded(t *testing.T, f *fakeBroker) *config.Config {
	t.Helper()
	select {
	case cfg := <-f.reloads:
		return cfg
	case <-time.After(patience):
		t.Fatal("no reload")
		return nil
	}
}

// settle waits until a reload is over, and its files are watched.
func (r *running) settle() { r.send(syscall.SIGUSR1) }

// replace puts a file in the place of another, as most editors do.
func replace(t *testing.T, path, text string) {
	t.Helper()
	rewrite(t, path+"~", text)
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationIsWatched(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\nmax_qos 2\n")
	r := start(t, newFake(), "-c", path)
	rewrite(t, path, "allow_anonymous true\nmax_qos 1\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 1 {
		t.Errorf("after writing: max_qos %d", cfg.MaxQoS)
	}
	replace(t, path, "allow_anonymous true\nmax_qos 0\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 0 {
		t.Errorf("after replacing: max_qos %d", cfg.MaxQoS)
	}
	// A bad one changes nothing, and the good one after it does.
	replace(t, path, "max_qos 7\n")
	replace(t, path, "allow_anonymous true\nmax_qos 1\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 1 {
		t.Errorf("after a bad one: max_qos %d", cfg.MaxQoS)
	}
	r.stop(t)
}

// mount is a folder where Kubernetes has mounted a ConfigMap: files are links through a link that
// is exchanged.
type mount struct {
	*testing.T
	folder  string
	version int
}

// put makes a new version of the file name, takes the old version away, and returns the path under
// which the file is known. When name is in a folder, the folder is the link.
func (m *mount) put(name, text string) string {
	m.Helper()
	data := filepath.Join(m.folder, "..data")
	old, _ := filepath.EvalSymlinks(data)
	m.version++
	version := filepath.Join(m.folder, fmt.Sprint("..", m.version))
	mkdir(m.T, filepath.Join(version, filepath.Dir(name)))
	rewrite(m.T, filepath.Join(version, name), text)
	next := filepath.Join(m.folder, "..data_tmp")
	if err := os.Symlink(filepath.Base(version), next); err != nil {
		m.Fatal(err)
	}
	if err := os.Rename(next, data); err != nil {
		m.Fatal(err)
	}
	first, _, _ := strings.Cut(name, "/")
	switch err := os.Symlink("..data/"+first, filepath.Join(m.folder, first)); {
	case err != nil && !errors.Is(err, fs.ErrExist):
		m.Fatal(err)
	case old != "":
		if err := os.RemoveAll(old); err != nil {
			m.Fatal(err)
		}
	}
	return filepath.Join(m.folder, name)
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestConfigMapIsWatched(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"flashmq.conf", "folder/flashmq.conf"} {
		m := &mount{T: t, folder: t.TempDir()}
		path := m.put(name, "allow_anonymous true\nmax_qos 2\n")
		r := start(t, newFake(), "-c", path)
		for _, qos := range []mqtt.QoS{1, 0, 1} {
			r.settle()
			m.put(name, fmt.Sprintf("allow_anonymous true\nmax_qos %d\n", qos))
			if cfg := reloaded(t, r.broker); cfg.MaxQoS != qos {
				t.Errorf("%s: max_qos %d, want %d", name, cfg.MaxQoS, qos)
			}
		}
		r.stop(t)
	}
}

// A ConfigMap for include_dir, mounted as that folder or with that folder in it.
func TestIncludedConfigMapIsWatched(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.conf", "conf.d/a.conf"} {
		m := &mount{T: t, folder: t.TempDir()}
		folder := filepath.Dir(m.put(name, "max_qos 2\n"))
		path := write(t, "f.conf", "allow_anonymous true\ninclude_dir "+folder+"\n")
		r := start(t, newFake(), "-c", path)
		for _, qos := range []mqtt.QoS{1, 0, 1} {
			r.settle()
			m.put(name, fmt.Sprintf("max_qos %d\n", qos))
			if cfg := reloaded(t, r.broker); cfg.MaxQoS != qos {
				t.Errorf("%s: max_qos %d, want %d", name, cfg.MaxQoS, qos)
			}
		}
		r.stop(t)
	}
}

// Each step is a change below a folder of include_dir, and what max_qos is then.
func TestIncludedFilesAreWatched(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\nmax_qos 2\ninclude_dir conf.d\n")
	top := filepath.Dir(path)
	put := func(name, text string) func() {
		return func() { replace(t, filepath.Join(top, name), text) }
	}
	move := func(from, to string) {
		if err := os.Rename(filepath.Join(top, from), filepath.Join(top, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"conf.d", "conf.d/more", "next", "elsewhere"} {
		mkdir(t, filepath.Join(top, folder))
	}
	put("conf.d/a.conf", "thread_count 1\n")()
	put("conf.d/more/c.conf", "thread_count 1\n")()
	put("next/a.conf", "max_qos 0\n")()
	put("elsewhere/a.conf", "max_qos 2\n")()
	if err := os.Symlink("elsewhere", filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	r := start(t, newFake(), "-c", path)
	for _, step := range []struct {
		name string
		do   func()
		want mqtt.QoS
	}{
		{"changed", put("conf.d/a.conf", "max_qos 1\n"), 1},
		{"added", put("conf.d/b.conf", "max_qos 0\n"), 0},
		{"removed", func() { move("conf.d/b.conf", "b.conf") }, 1},
		{"a folder in the folder", put("conf.d/b.conf", "max_qos 0\ninclude_dir more\n"), 0},
		{"changed there", put("conf.d/more/c.conf", "max_qos 2\n"), 2},
		{"another in its place", func() { move("conf.d", "old"); move("next", "conf.d") }, 0},
		{"changed after that", put("conf.d/a.conf", "max_qos 1\n"), 1},
		{"a link in its place", func() { move("conf.d", "next"); move("link", "conf.d") }, 2},
		{"changed behind the link", put("elsewhere/a.conf", "max_qos 0\n"), 0},
		{"another link in its place", func() {
			if err := os.Symlink("next", filepath.Join(top, "link")); err != nil {
				t.Fatal(err)
			}
			move("link", "conf.d")
		}, 1},
		{"changed behind that", put("next/a.conf", "max_qos 2\n"), 2},
	} {
		r.settle()
		step.do()
		if cfg := reloaded(t, r.broker); cfg.MaxQoS != step.want {
			t.Errorf("%s: max_qos %d, want %d", step.name, cfg.MaxQoS, step.want)
		}
	}
	r.stop(t)
}

// A folder that was away for a moment is watched when it is back, though nothing has changed.
func TestIncludedFolderComesBack(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\ninclude_dir conf.d\n")
	folder := filepath.Join(filepath.Dir(path), "conf.d")
	mkdir(t, folder)
	r := start(t, newFake(), "-c", path)
	r.settle()
	for _, name := range [][2]string{{folder, folder + ".away"}, {folder + ".away", folder}} {
		if err := os.Rename(name[0], name[1]); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-r.broker.refreshed: // so the files were looked at
	case <-r.broker.reloads: // also in between
	case <-time.After(patience):
		t.Error("nobody has noticed")
	}
	r.settle()
	replace(t, filepath.Join(folder, "a.conf"), "max_qos 1\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 1 {
		t.Errorf("max_qos %d", cfg.MaxQoS)
	}
	r.stop(t)
}

// A configuration that does not load is watched, too: it is the one somebody is putting right.
func TestIncludedFileIsPutRight(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\n")
	bad := filepath.Join(filepath.Dir(path), "conf.d/a.conf")
	mkdir(t, filepath.Dir(bad))
	replace(t, bad, "max_qos 7\n")
	r := start(t, newFake(), "-c", path)
	replace(t, path, "allow_anonymous true\ninclude_dir conf.d\n")
	for !strings.Contains(r.stdout.String(), "reload failed") {
		r.settle()
	}
	replace(t, bad, "max_qos 1\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 1 {
		t.Errorf("max_qos %d", cfg.MaxQoS)
	}
	r.stop(t)
	check(t, "log", r.stdout.String(), "a.conf:1: max_qos: ")
}

// What include_dir does not read may change all the time and keeps nobody waiting.
func TestOtherFilesInAnIncludedFolderDoNotMatter(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\ninclude_dir conf.d\n")
	folder := filepath.Join(filepath.Dir(path), "conf.d")
	mkdir(t, folder)
	o := &options{file: path}
	cfg, _, err := o.load()
	if err != nil {
		t.Fatal(err)
	}
	r := &process{options: o, current: cfg}
	f := r.watchFiles()
	defer f.close()
	for name, want := range map[string]bool{
		"flashmq.log": false, ".hidden.conf": false, "a.conf": true, "..data": true,
	} {
		f.heard(fsnotify.Event{Name: filepath.Join(realPath(folder), name)})
		if got := f.quiet.Stop(); got != want {
			t.Errorf("%s matters: %v", name, got)
		}
	}
}

func TestCertificatesAreWatched(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	authority := credentialstest.New(t, "authority")
	chain, key := authority.Server().Write(t, folder, "server")
	text := fmt.Sprintf("allow_anonymous true\nlisten {\n  protocol mqtt\n  fullchain %s\n"+
		"  privkey %s\n}\n", chain, key)
	r := start(t, newFake(), "-c", write(t, "f.conf", text))
	authority.Server().Write(t, folder, "server")
	select {
	case <-r.broker.refreshed:
	case <-time.After(patience):
		t.Error("the certificate is not loaded again")
	}
	if len(r.broker.reloads) > 0 {
		t.Error("all of the configuration was loaded again")
	}
	r.stop(t)
}

// A new listener may come before its certificate. In a mounted folder the broker hears of that, and
// looks again.
func TestReloadIsRepeatedWhenTheCertificateComes(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\n")
	folder := filepath.Dir(path)
	r := start(t, newFake(), "-c", path)
	replace(t, path, fmt.Sprintf("allow_anonymous true\nlisten {\n  protocol mqtt\n"+
		"  fullchain %[1]s/server.crt\n  privkey %[1]s/server.key\n}\n", folder))
	for !strings.Contains(r.stdout.String(), "reload failed") {
		r.settle()
	}
	chain, key := credentialstest.New(t, "authority").Server().Write(t, t.TempDir(), "server")
	for from, to := range map[string]string{chain: "server.crt", key: "server.key"} {
		if err := os.Rename(from, filepath.Join(folder, to)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("version-2", filepath.Join(folder, "..data")); err != nil {
		t.Fatal(err)
	}
	if cfg := reloaded(t, r.broker); len(cfg.Listeners) != 1 {
		t.Errorf("%d listeners", len(cfg.Listeners))
	}
	r.stop(t)
}

func TestNothingIsWatched(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\nwatch_files false\n")
	r := start(t, newFake(), "-c", path)
	rewrite(t, path, "allow_anonymous true\nwatch_files false\nmax_qos 1\n")
	time.Sleep(2 * quietTime)
	if len(r.broker.reloads) > 0 {
		t.Error("the configuration was loaded again")
	}
	r.stop(t)
}

// A change between the reading of the configuration and the watching of its folders is noticed.
func TestChangeBeforeTheWatchIsNoticed(t *testing.T) {
	t.Parallel()
	for _, changed := range []string{"f.conf", "conf.d/a.conf", "conf.d/b.conf"} {
		path := write(t, "f.conf", "allow_anonymous true\ninclude_dir conf.d\n")
		folder := filepath.Dir(path)
		mkdir(t, filepath.Join(folder, "conf.d"))
		rewrite(t, filepath.Join(folder, "conf.d/a.conf"), "max_qos 2\n")
		o := &options{file: path}
		cfg, _, err := o.load()
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(folder, changed), "max_qos 1\n")
		r := &process{options: o, current: cfg}
		r.files = r.watchFiles()
		defer r.files.close()
		select {
		case <-r.files.due():
		case <-time.After(patience):
			t.Fatalf("%s: the change was missed", changed)
		}
		if !r.outdated() {
			t.Errorf("%s: what was read last counts as the present content", changed)
		}
	}
}

// When the system has lost events, everything is looked at, and nobody waits for it to be heard.
func TestLostEventsAreMadeUpFor(t *testing.T) {
	t.Parallel()
	o := &options{file: write(t, "f.conf", "allow_anonymous true\n")}
	cfg, _, err := o.load()
	if err != nil {
		t.Fatal(err)
	}
	var out output
	l, err := openLogs(cfg, &out)
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	r := &process{program: &program{}, options: o, current: cfg, logs: l, broker: f}
	r.files = r.watchFiles()
	defer r.files.close()
	for range 3 { // while the process is busy with something else
		select {
		case r.files.watcher.Errors <- fsnotify.ErrEventOverflow:
		case <-time.After(patience):
			t.Fatal("nobody listens")
		}
	}
	r.done = make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.watch()
	}()
	defer func() { <-over }()
	defer close(r.done)
	select {
	case <-f.refreshed:
	case <-time.After(patience):
		t.Fatal("the files are not looked at")
	}
	check(t, "log", out.String(), fsnotify.ErrEventOverflow.Error())
}
