// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// folder makes files: name to content; an empty content makes a folder.
func folder(t *testing.T, files map[string]string, mode fs.FileMode, when time.Time) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if content == "" {
			err = errors.Join(err, os.Mkdir(path, 0o777))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte(content), mode),
				os.Chmod(path, mode), os.Chtimes(path, when, when))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir + "/"
}

// listing shows a tar file as lines.
func listing(t *testing.T, r io.Reader) []string {
	t.Helper()
	var lines []string
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %o %d:%d %d %q", h.Name, h.Mode, h.Uid, h.Gid,
			h.ModTime.Unix(), content))
	}
}

func TestLayer(t *testing.T) {
	files := map[string]string{"b/c": "1", "a": "2", "empty": "", "b.x": "3"}
	l, err := layer(folder(t, files, 0o600, time.Unix(77, 0)), "/x/y/", time.Unix(99, 0))
	if err != nil {
		t.Fatal(err)
	}
	content, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`x/ 755 0:0 99 ""`,
		`x/y/ 755 0:0 99 ""`,
		`x/y/a 644 0:0 99 "2"`,
		`x/y/b.x 644 0:0 99 "3"`,
		`x/y/b/ 755 0:0 99 ""`,
		`x/y/b/c 644 0:0 99 "1"`,
	}
	if diff := cmp.Diff(want, listing(t, content)); diff != "" {
		t.Error(diff)
	}
}

func TestLayerOfOneFile(t *testing.T) {
	source := folder(t, map[string]string{"a": "2"}, 0o750, time.Unix(77, 0))
	l, err := layer(source+"a", "/bin/b", time.Unix(99, 0))
	if err != nil {
		t.Fatal(err)
	}
	content, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`bin/ 755 0:0 99 ""`, `bin/b 755 0:0 99 "2"`}
	if diff := cmp.Diff(want, listing(t, content)); diff != "" {
		t.Error(diff)
	}
}

func TestLayersAreTheSameWhoeverMadeTheFiles(t *testing.T) {
	files := map[string]string{"b/c": "1", "a": "2", "d/e/f": "3"}
	var packed [2]bytes.Buffer
	for i, mode := range []fs.FileMode{0o600, 0o666} {
		l, err := layer(folder(t, files, mode, time.Unix(int64(i), 0)), "/", time.Unix(99, 0))
		if err != nil {
			t.Fatal(err)
		}
		content, err := l.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := packed[i].ReadFrom(content); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed[0].Bytes(), packed[1].Bytes()) {
		t.Error("they differ")
	}
}

func TestLayersThatAreRefused(t *testing.T) {
	dir := folder(t, map[string]string{"in/a": "2", "empty": ""}, 0o644, time.Unix(77, 0))
	if err := os.Symlink("a", dir+"in/link"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, source, target, why string
	}{
		{"missing", "none", "/none", "no such file"},
		{"link", "in/", "/x/", "neither a file nor a folder"},
		{"folder as a file", "in", "/x", "end in a slash"},
		{"file as a folder", "in/a/", "/x/", "not a directory"},
		{"empty", "empty/", "/x/", "is empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := layer(dir+test.source, test.target, time.Unix(0, 0))
			if err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want one that says %q", err, test.why)
			}
		})
	}
}
