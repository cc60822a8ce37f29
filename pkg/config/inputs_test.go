// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestInputs(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	for _, name := range []string{"a", "a/deep", "b"} {
		if err := os.Mkdir(filepath.Join(f.path, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) func() {
		return func() { f.put(name, []byte(text)) }
	}
	path := f.put("f.conf", []byte("max_qos 7\ninclude_dir a\ninclude_dir none\n"))
	f.put("a/a.conf", []byte("include_dir deep\nnonsense\n"))
	want := []string{filepath.Join(f.path, "a"), filepath.Join(f.path, "a/deep"),
		filepath.Join(f.path, "none")}
	before := ReadInputs(path)
	if !slices.Equal(before.Folders, want) {
		t.Errorf("folders %q, want %q", before.Folders, want)
	}
	for _, step := range []struct {
		name    string
		do      func()
		another bool
	}{
		{"nothing", func() {}, false},
		{"the same again", write("a/a.conf", "include_dir deep\nnonsense\n"), false},
		{"what is not read", write("a/note", "x"), false},
		{"a folder nobody names", write("b/b.conf", "x"), false},
		{"added", write("a/deep/c.conf", ""), true},
		{"changed", write("a/deep/c.conf", "max_qos 1\n"), true},
		{"renamed", func() {
			deep := filepath.Join(f.path, "a/deep")
			if err := os.Rename(deep+"/c.conf", deep+"/d.conf"); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"removed", func() {
			if err := os.Remove(filepath.Join(f.path, "a/deep/d.conf")); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a folder made", func() {
			if err := os.Mkdir(filepath.Join(f.path, "none"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"the main file", write("f.conf", "max_qos 1\n"), true},
	} {
		step.do()
		now := ReadInputs(path)
		if got := now.Sum != before.Sum; got != step.another {
			t.Errorf("%s: another sum is %v", step.name, got)
		}
		before = now
	}
	if before.Folders != nil {
		t.Errorf("folders %q that nobody names", before.Folders)
	}
	if ReadInputs("").Sum == ReadInputs(filepath.Join(f.path, "gone")).Sum {
		t.Error("a file that is gone is as good as none")
	}
}
