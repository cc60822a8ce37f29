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
	"github.com/flashmq/flashmq/pkg/servertest/printed"
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
	for !r.stdout.Has("reload failed") {
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
	var out printed.Text
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
