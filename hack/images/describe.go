// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// describe prints what was written and how large it is, as a registry keeps it and as a node does.
func describe(w io.Writer, path string, tag reference.NamedTagged, index v1.ImageIndex) error {
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s %s\n", path, tag, digest)
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, d := range manifest.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			return err
		}
		packed, unpacked, err := size(image)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %-12s %.1f MB, unpacked %.1f MB\n", d.Platform,
			float64(packed)/1e6, float64(unpacked)/1e6)
	}
	return nil
}

// size adds up the layers of an image.
func size(image v1.Image) (packed, unpacked int64, err error) {
	layers, err := image.Layers()
	if err != nil {
		return 0, 0, err
	}
	for _, l := range layers {
		n, err := l.Size()
		if err != nil {
			return 0, 0, err
		}
		packed += n
		content, err := l.Uncompressed()
		if err != nil {
			return 0, 0, err
		}
		n, err = io.Copy(io.Discard, content)
		if err := errors.Join(err, content.Close()); err != nil {
			return 0, 0, err
		}
		unpacked += n
	}
	return packed, unpacked, nil
}
