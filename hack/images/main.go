// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// suffix is how the names of archives end.
const suffix = ".oci.tar"

const usage = `Usage: images [options] IMAGE...

Writes OUT/IMAGE.oci.tar for every IMAGE, a stage FROM scratch of the Dockerfile.
The environment variable SOURCE_DATE_EPOCH is the time of everything inside, in seconds.

`

func main() {
	if err := run(os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

// settings is what the command line asks for.
type settings struct {
	top, out, prefix, tag, version, revision, platforms string
	images                                              []string
}

func (s *settings) parse(args []string) error {
	fs := flag.NewFlagSet("images", flag.ContinueOnError)
	fs.Usage = func() { fmt.Fprint(fs.Output(), usage); fs.PrintDefaults() }
	fs.StringVar(&s.top, "top", "../..", "the top of the repository")
	fs.StringVar(&s.out, "out", "out", "the folder to write to, seen from the top")
	fs.StringVar(&s.prefix, "prefix", "localhost/", "what stands before IMAGE in the full name")
	fs.StringVar(&s.tag, "tag", "", "the tag (default: the version)")
	fs.StringVar(&s.version, "version", "dev", "the version, a build argument")
	fs.StringVar(&s.revision, "revision", "unknown", "the commit, a build argument")
	fs.StringVar(&s.platforms, "platforms", "linux/amd64,linux/arm64", "with commas between")
	if err := fs.Parse(args); err != nil {
		return err
	}
	s.images = fs.Args()
	if len(s.images) == 0 {
		return errors.New("name the images to make")
	}
	if s.tag == "" {
		s.tag = s.version
	}
	return nil
}

// run does what the command line asks for.
func run(args []string, epoch string, stdout io.Writer) error {
	var s settings
	if err := s.parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	b, err := newBuilder(&s, epoch)
	if err != nil {
		return err
	}
	out := s.out
	if !filepath.IsAbs(out) {
		out = filepath.Join(b.top, out)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, image := range s.images {
		tag, err := fullName(s.prefix + image + ":" + s.tag)
		if err != nil {
			return err
		}
		index, err := b.index(image)
		if err != nil {
			return err
		}
		file := image + suffix
		if err := write(filepath.Join(out, file), tag, index, b.made); err != nil {
			return err
		}
		if err := describe(stdout, filepath.Join(s.out, file), tag, index); err != nil {
			return err
		}
	}
	return nil
}

// fullName makes the name under which a node looks for an image, registry included, of what people
// write in a pod: flashmq:1 is docker.io/library/flashmq:1.
func fullName(text string) (reference.NamedTagged, error) {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no name for an image: %w", text, err)
	}
	tagged, ok := named.(reference.NamedTagged)
	if _, pinned := named.(reference.Digested); !ok || pinned {
		return nil, fmt.Errorf("%q is no name for an image: want NAME:TAG", text)
	}
	return tagged, nil
}

func newBuilder(s *settings, epoch string) (*builder, error) {
	top, err := filepath.Abs(s.top)
	if err != nil {
		return nil, err
	}
	b := &builder{top: top, version: s.version, revision: s.revision}
	text, err := os.ReadFile(filepath.Join(top, "Dockerfile"))
	if err != nil {
		return nil, err
	}
	if b.dockerfile, err = parse(text); err != nil {
		return nil, fmt.Errorf("the Dockerfile: %w", err)
	}
	if epoch == "" {
		epoch = "0"
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil || seconds < 0 {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH is %q, want seconds since 1970", epoch)
	}
	b.made = time.Unix(seconds, 0).UTC()
	for _, text := range strings.Split(s.platforms, ",") {
		p, err := v1.ParsePlatform(text)
		if err != nil || p.OS != "linux" || p.Architecture == "" || p.Variant != "" {
			return nil, fmt.Errorf("%q is no platform as linux/arm64", text)
		}
		b.platforms = append(b.platforms, *p)
	}
	return b, nil
}
