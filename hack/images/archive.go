// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// The keys under which programs look for the name of an image in an archive: from the OCI image
// specification the tag, for skopeo; from containerd the whole name, for ctr and so for Kubernetes.
const (
	annotationTag  = "org.opencontainers.image.ref.name"
	annotationName = "io.containerd.image.name"
)

// write makes the file at path an OCI archive that holds index under its name. The file is there
// wholly or not at all.
func write(path string, tag reference.NamedTagged, index v1.ImageIndex, made time.Time) (
	err error) {
	work, err := os.MkdirTemp(filepath.Dir(path), ".images")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	blobs := filepath.Join(work, "layout")
	l, err := layout.Write(blobs, empty.Index)
	if err != nil {
		return err
	}
	if err := l.AppendIndex(index, layout.WithAnnotations(map[string]string{
		annotationTag: tag.Tag(), annotationName: tag.String()})); err != nil {
		return err
	}
	archive := filepath.Join(work, "archive")
	if err := packFolder(archive, blobs+"/", made); err != nil {
		return err
	}
	return os.Rename(archive, path)
}

// packFolder writes the inside of a folder to a tar file, no file of it as a program.
func packFolder(archive, folder string, made time.Time) error {
	files, err := tree(folder, "/")
	if err != nil {
		return err
	}
	for _, name := range files {
		if name == "" {
			continue
		}
		if err := os.Chmod(name, modeFile); err != nil {
			return err
		}
	}
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	return errors.Join(pack(f, files, made), f.Close())
}
