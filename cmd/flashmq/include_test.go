// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

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
	for !r.stdout.Has("reload failed") {
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
