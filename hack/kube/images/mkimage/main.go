// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command mkimage writes an image of static binaries and nothing else, as a docker archive, which
// "ctr images import" and "docker load" read. It needs no daemon, no registry and no root.
//
//	mkimage -o app.tar -t localhost/app:dev bin/app=/app
//
// The first file is the entry point. The same files give the same archive, byte for byte.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// image is what the flags ask for.
type image struct {
	tag, user, arch string
	// path is where a runtime looks for programs, PATH.
	path string
	// files are SOURCE=DESTINATION, the entry point first.
	files []string
}

func main() {
	var i image
	out := flag.String("o", "image.tar", "the archive to write")
	flag.StringVar(&i.tag, "t", "localhost/app:dev", "the name of the image")
	flag.StringVar(&i.user, "user", "65532:65532", "who runs the entry point")
	flag.StringVar(&i.path, "path", "", "the folders of its programs, for PATH")
	flag.StringVar(&i.arch, "arch", runtime.GOARCH, "what it runs on")
	flag.Parse()
	i.files = flag.Args()
	archive, err := i.archive()
	if err == nil {
		err = os.WriteFile(*out, archive, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
}

// archive is the image: its configuration, its one layer, and what names them.
func (i image) archive() ([]byte, error) {
	layer, entry, err := i.layer()
	if err != nil {
		return nil, err
	}
	process := map[string]any{"Entrypoint": []string{entry}, "User": i.user}
	if i.path != "" {
		process["Env"] = []string{"PATH=" + i.path}
	}
	config, err := json.Marshal(map[string]any{
		"architecture": i.arch, "os": "linux", "created": "1970-01-01T00:00:00Z",
		"config": process,
		"rootfs": map[string]any{
			"type":     "layers",
			"diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))},
		},
	})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%x.json", sha256.Sum256(config))
	manifest, err := json.Marshal([]map[string]any{
		{"Config": name, "RepoTags": []string{i.tag}, "Layers": []string{"layer.tar"}},
	})
	if err != nil {
		return nil, err
	}
	return tarball(
		member{name, 0o644, config},
		member{"layer.tar", 0o644, layer},
		member{"manifest.json", 0o644, manifest},
	)
}

// layer holds the files, and a place for temporary ones.
func (i image) layer() (layer []byte, entry string, err error) {
	if len(i.files) == 0 {
		return nil, "", fmt.Errorf("an image needs a file: give SOURCE=/DESTINATION")
	}
	members := []member{{"tmp/", 0o1777, nil}}
	for _, file := range i.files {
		source, destination, _ := strings.Cut(file, "=")
		if !strings.HasPrefix(destination, "/") || strings.HasSuffix(destination, "/") {
			return nil, "", fmt.Errorf("%q is not SOURCE=/DESTINATION", file)
		}
		data, err := os.ReadFile(source)
		if err != nil {
			return nil, "", err
		}
		members = append(members, member{destination[1:], 0o755, data})
	}
	layer, err = tarball(members...)
	return layer, "/" + members[1].name, err
}

// member is one file of a tar archive, or a folder if its name ends in a slash.
type member struct {
	name string
	mode int64
	data []byte
}

func tarball(members ...member) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{
			Name: m.name, Mode: m.mode, Size: int64(len(m.data)), Typeflag: tar.TypeReg,
			ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
		}
		if strings.HasSuffix(m.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
