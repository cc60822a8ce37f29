// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// builder makes the images of one Dockerfile.
type builder struct {
	dockerfile *dockerfile
	top        string // of the repository
	version    string
	revision   string
	made       time.Time // the time of everything inside
	platforms  []v1.Platform
}

// index makes the image with a name for all platforms.
func (b *builder) index(name string) (v1.ImageIndex, error) {
	c, err := b.dockerfile.image(name, map[string]string{
		"VERSION": b.version, "REVISION": b.revision})
	if err != nil {
		return nil, err
	}
	var index v1.ImageIndex = empty.Index
	for _, p := range b.platforms {
		image, err := b.image(c, p)
		if err != nil {
			return nil, fmt.Errorf("%s for %s: %w", name, p, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image,
			Descriptor: v1.Descriptor{Platform: &p}})
	}
	return index, nil
}

// image makes the image for one platform.
func (b *builder) image(c *contents, p v1.Platform) (image v1.Image, err error) {
	work, err := os.MkdirTemp("", "images")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	var layers []mutate.Addendum
	for _, one := range c.copies {
		source := filepath.Join(b.top, one.source)
		if one.program != "" {
			folder := filepath.Join(work, one.program)
			if err := b.rootfs(one.program, folder, p); err != nil {
				return nil, err
			}
			source = filepath.Join(folder, one.source)
		}
		if strings.HasSuffix(one.target, "/") {
			source += "/" // filepath.Join took it away
		}
		l, err := layer(source, one.target, b.made)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.line, err)
		}
		layers = append(layers, mutate.Addendum{Layer: l, MediaType: types.OCILayer,
			History: v1.History{Created: v1.Time{Time: b.made}, CreatedBy: one.line}})
	}
	return b.assemble(c, p, layers)
}

// assemble puts layers and configuration together.
func (b *builder) assemble(c *contents, p v1.Platform, layers []mutate.Addendum) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1),
		types.OCIConfigJSON)
	image, err := mutate.Append(image, layers...)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = p.OS, p.Architecture
	file.Created = v1.Time{Time: b.made}
	file.Config = c.config
	return mutate.ConfigFile(image, file)
}

// rootfs does what the build stage of a program does, once for each folder.
func (b *builder) rootfs(program, folder string, p v1.Platform) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	cmd := exec.Command(filepath.Join(b.top, "hack/rootfs"), program, folder)
	cmd.Env = append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Architecture, "VERSION="+b.version)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("hack/rootfs %s: %w\n%s", program, err, out)
	}
	return nil
}
