// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
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

// A ConfigMap that Kubernetes has mounted: the file is a link through a link that is exchanged.
func TestConfigMapIsWatched(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	put := func(n int, text string) {
		version := filepath.Join(folder, fmt.Sprint("..", n))
		if err := os.Mkdir(version, 0o700); err != nil {
			t.Fatal(err)
		}
		rewrite(t, filepath.Join(version, "flashmq.conf"), text)
		next := filepath.Join(folder, "..data_tmp")
		if err := os.Symlink(filepath.Base(version), next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(folder, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	put(1, "allow_anonymous true\nmax_qos 2\n")
	path := filepath.Join(folder, "flashmq.conf")
	if err := os.Symlink("..data/flashmq.conf", path); err != nil {
		t.Fatal(err)
	}
	r := start(t, newFake(), "-c", path)
	put(2, "allow_anonymous true\nmax_qos 1\n")
	if cfg := reloaded(t, r.broker); cfg.MaxQoS != 1 {
		t.Errorf("max_qos %d", cfg.MaxQoS)
	}
	r.stop(t)
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

// A change between the reading of the configuration and the watching of its folder is noticed.
func TestChangeBeforeTheWatchIsNoticed(t *testing.T) {
	t.Parallel()
	path := write(t, "f.conf", "allow_anonymous true\nmax_qos 2\n")
	o := &options{file: path}
	cfg, _, err := o.load()
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, path, "allow_anonymous true\nmax_qos 1\n")
	r := &process{options: o, current: cfg}
	r.files = r.watchFiles()
	defer r.files.close()
	select {
	case <-r.files.due():
	case <-time.After(patience):
		t.Fatal("the change was missed")
	}
	if !r.outdated() {
		t.Error("what was read last counts as the present content")
	}
}
