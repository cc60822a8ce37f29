// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Ours: what the tests' images are made with.
const (
	testVersion  = "1.2.3-test"
	testRevision = "0123456789abcdef"
	testEpoch    = "1700000000"
)

// TestArchiveIsTheSameEverywhere: the layout is written with modes that depend on the umask.
func TestArchiveIsTheSameEverywhere(t *testing.T) {
	name, err := fullName("localhost/a:1")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a"+suffix)
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: empty.Image})
	if err := write(path, name, index, time.Unix(99, 0)); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := listing(t, bytes.NewReader(archive))
	if len(lines) != 7 {
		t.Errorf("%d entries, want two folders, three blobs, index and layout", len(lines))
	}
	for _, line := range lines {
		if !strings.Contains(line, " 644 0:0 99 ") && !strings.Contains(line, "/ 755 0:0 99 ") {
			t.Error(line)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside the archive is something else: %v %v", left, err)
	}
}

// programs are the images whose program exists.
func programs(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range parsed(t, read(t, "Dockerfile")).images() {
		if _, err := os.Stat(filepath.Join(top, "cmd", name)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// build runs the command and returns the folder with the archives.
func build(t *testing.T, source, platforms string, images ...string) string {
	t.Helper()
	out := t.TempDir()
	args := []string{"-top", source, "-out", out, "-tag", "test",
		"-platforms", platforms, "-version", testVersion, "-revision", testRevision}
	var printed strings.Builder
	if err := run(append(args, images...), testEpoch, &printed); err != nil {
		t.Fatal(err)
	}
	t.Log(printed.String())
	return out
}

// context copies the files that docker build would see to another folder, with other times and
// modes.
func context(t *testing.T) string {
	t.Helper()
	patterns, err := ignorefile.ReadAll(strings.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	err = filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		relative, _ := filepath.Rel(top, name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		skip, err := ignored.MatchesOrParentMatches(relative)
		if err != nil || skip {
			return err
		}
		return copyFile(name, filepath.Join(dir, relative))
	})
	// The Dockerfile itself is not part of what it sees.
	if err := errors.Join(err, copyFile(filepath.Join(top, "Dockerfile"),
		filepath.Join(dir, "Dockerfile"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text,
		info.Mode()&0o700))
}

// TestArchives builds everything once from the tree and once from a copy.
func TestArchives(t *testing.T) {
	images := programs(t)
	first := build(t, top, "linux/amd64,linux/arm64", images...)
	second := build(t, context(t), "linux/amd64,linux/arm64", images...)
	for _, name := range images {
		t.Run(name, func(t *testing.T) {
			archive, err := os.ReadFile(filepath.Join(first, name+suffix))
			if err != nil {
				t.Fatal(err)
			}
			again, err := os.ReadFile(filepath.Join(second, name+suffix))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(archive, again) {
				t.Error("two builds of the same source differ")
			}
			index := open(t, archive, "localhost/"+name+":test")
			want, err := parsed(t, read(t, "Dockerfile")).image(name, map[string]string{
				"VERSION": testVersion, "REVISION": testRevision})
			if err != nil {
				t.Fatal(err)
			}
			for _, arch := range []string{"amd64", "arm64"} {
				t.Run(arch, func(t *testing.T) { check(t, image(t, index, arch), arch, want) })
			}
		})
	}
}

// open unpacks an archive and returns the index under a name in it.
func open(t *testing.T, archive []byte, name string) v1.ImageIndex {
	t.Helper()
	dir := t.TempDir()
	unpack(t, bytes.NewReader(archive), dir)
	l, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := l.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%+v %v, want one entry", manifest, err)
	}
	entry := manifest.Manifests[0]
	want := map[string]string{
		"io.containerd.image.name":          name,
		"org.opencontainers.image.ref.name": "test",
	}
	if diff := cmp.Diff(want, entry.Annotations); diff != "" {
		t.Error(diff)
	}
	index, err := l.ImageIndex(entry.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	return index
}

// image is the one for a platform.
func image(t *testing.T, index v1.ImageIndex, arch string) v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var found []v1.Image
	for _, d := range manifest.Manifests {
		if d.Platform.Equals(v1.Platform{OS: "linux", Architecture: arch}) {
			image, err := index.Image(d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, image)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d images for %s", len(found), arch)
	}
	return found[0]
}

// check compares an image with what the Dockerfile says, and starts its program.
func check(t *testing.T, image v1.Image, arch string, want *contents) {
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.config, file.Config); diff != "" {
		t.Error(diff)
	}
	if file.OS != "linux" || file.Architecture != arch || len(file.History) != len(want.copies) {
		t.Errorf("configuration %+v", file)
	}
	if made := file.Created.Time; !made.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("made at %s", made)
	}
	root := rootfs(t, image)
	for _, name := range []string{"go", "github.com/flashmq/flashmq"} {
		if _, err := os.Stat(filepath.Join(root, "licenses", name, "LICENSE")); err != nil {
			t.Error(err)
		}
	}
	checkVersion(t, root, arch, file.Config.Entrypoint[0])
}

// rootfs unpacks the layers of an image, and lets nobody write there, not even the owner.
func rootfs(t *testing.T, image v1.Image) string {
	t.Helper()
	root := t.TempDir()
	content := mutate.Extract(image)
	defer content.Close()
	unpack(t, content, root)
	chmod := func(bits fs.FileMode) error {
		return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			return os.Chmod(name, info.Mode().Perm()&^0o222|bits)
		})
	}
	if err := chmod(0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // else the folder could not be removed
		if err := chmod(0o200); err != nil {
			t.Error(err)
		}
	})
	return root
}

// unpack writes the files of a tar file below a folder.
func unpack(t *testing.T, r io.Reader, dir string) {
	t.Helper()
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatal(h, err)
		}
		to := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(to, 0o755)
		} else {
			var content []byte
			content, err = io.ReadAll(in)
			err = errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755),
				os.WriteFile(to, content, h.FileInfo().Mode()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
