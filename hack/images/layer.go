// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Ours: the modes of everything in an image. It belongs to root, and others can only read it.
const (
	modeFolder  = 0o755
	modeProgram = 0o755
	modeFile    = 0o644
)

// layer makes one layer: source, a file or with a slash at its end the inside of a folder, at
// target. Nothing in it depends on who made the files, when, and with which umask.
func layer(source, target string, made time.Time) (v1.Layer, error) {
	files, err := tree(source, target)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	if err := pack(&packed, files, made); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(packed.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression),
		tarball.WithCompressedCaching)
}

// tree lists the files below source by their names in the layer, and the folders they are in with a
// slash at the end and no file.
func tree(source, target string) (map[string]string, error) {
	files := map[string]string{}
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return nil
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		inside := strings.TrimPrefix(target, "/")
		if strings.HasSuffix(source, "/") {
			relative, err := filepath.Rel(source, name)
			if err != nil {
				return err
			}
			inside += filepath.ToSlash(relative)
		}
		files[inside] = name
		for folder := path.Dir(inside); folder != "."; folder = path.Dir(folder) {
			files[folder+"/"] = ""
		}
		return nil
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir() != strings.HasSuffix(source, "/"):
		return nil, fmt.Errorf("%s: folders, and only they, end in a slash", source)
	}
	if err := filepath.WalkDir(source, walk); err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s is empty", source)
	}
	return files, nil
}

// pack writes files as a tar file, sorted by name.
func pack(w io.Writer, files map[string]string, made time.Time) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	out := tar.NewWriter(w)
	for _, name := range names {
		header := &tar.Header{Name: name, ModTime: made, Mode: modeFolder,
			Typeflag: tar.TypeDir, Format: tar.FormatPAX}
		if strings.HasSuffix(name, "/") {
			if err := out.WriteHeader(header); err != nil {
				return err
			}
			continue
		}
		header.Typeflag = tar.TypeReg
		if err := packFile(out, header, files[name]); err != nil {
			return err
		}
	}
	return out.Close()
}

func packFile(out *tar.Writer, header *tar.Header, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header.Size, header.Mode = info.Size(), modeFile
	if info.Mode()&0o111 != 0 {
		header.Mode = modeProgram
	}
	if err := out.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}
