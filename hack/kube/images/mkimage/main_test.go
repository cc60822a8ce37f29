// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unpack returns the members of a tar archive: their modes and texts.
func unpack(t *testing.T, archive []byte) map[string]member {
	t.Helper()
	found := map[string]member{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = member{h.Name, h.Mode, data}
	}
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func sample(t *testing.T) image {
	t.Helper()
	source := filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(source, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	return image{
		tag: "localhost/app:dev", user: "1:2", arch: "arm64", path: "/bin:/sbin",
		files: []string{source + "=/bin/app", source + "=/second"},
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	i := sample(t)
	archive, err := i.archive()
	if err != nil {
		t.Fatal(err)
	}
	again, err := i.archive()
	if err != nil || !bytes.Equal(archive, again) {
		t.Errorf("the same files gave another archive (%v)", err)
	}
	outer := unpack(t, archive)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	decode(t, outer["manifest.json"].data, &manifest)
	if len(manifest) != 1 || manifest[0].RepoTags[0] != i.tag {
		t.Fatalf("manifest %+v", manifest)
	}
	var config struct {
		Architecture, OS string
		Config           struct {
			Entrypoint, Env []string
			User            string
		}
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	decode(t, outer[manifest[0].Config].data, &config)
	layer := outer[manifest[0].Layers[0]].data
	got := []string{config.Architecture, config.OS, config.Config.Entrypoint[0],
		config.Config.User, config.RootFS.DiffIDs[0], strings.Join(config.Config.Env, " ")}
	want := []string{"arm64", "linux", "/bin/app", "1:2",
		fmt.Sprintf("sha256:%x", sha256.Sum256(layer)), "PATH=/bin:/sbin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	inner := unpack(t, layer)
	if app := inner["bin/app"]; string(app.data) != "program" || app.mode != 0o755 {
		t.Errorf("bin/app is %q, mode %o", app.data, app.mode)
	}
	if inner["tmp/"].mode != 0o1777 || inner["second"].name == "" {
		t.Errorf("layer %+v", inner)
	}
}

func TestFilesAreRefused(t *testing.T) {
	t.Parallel()
	good := sample(t).files[0]
	tests := []struct {
		name  string
		files []string
	}{
		{"none", nil},
		{"no destination", []string{"app"}},
		{"destination is relative", []string{good, "app=bin/app"}},
		{"destination is a folder", []string{good, "app=/bin/"}},
		{"source is missing", []string{good, filepath.Join(t.TempDir(), "none") + "=/none"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := (image{files: test.files}).archive(); err == nil {
				t.Error("an image was made")
			}
		})
	}
}
