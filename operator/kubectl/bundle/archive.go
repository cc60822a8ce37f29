// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package bundle

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Ours: bytes before compression.
const (
	largestFile    = 6 << 20
	largestArchive = 64 << 20
)

// Archive collects files. Nothing of it is written before all secrets are known.
type Archive struct {
	// Secrets is what must not show in any file.
	Secrets  Secrets
	files    []file
	size     int
	failures []string
}

type file struct {
	name string
	text []byte
}

// Add adds a file, which becomes the Archive's. What is too much is left out, and said so.
func (a *Archive) Add(name string, text []byte) {
	if room := min(largestFile, largestArchive-a.size); len(text) > room {
		a.Fail(name, fmt.Errorf("cut off before %d of %d bytes", room, len(text)))
		// Half a line could have half a secret, which nobody would recognise.
		text = text[:bytes.LastIndexByte(text[:room], '\n')+1]
	}
	a.size += len(text)
	a.files = append(a.files, file{name, text})
}

// AddYAML adds an object as YAML, without what it says of secrets.
func (a *Archive) AddYAML(name string, object any) {
	text, err := yaml.Marshal(object)
	if err == nil {
		var v any
		if err = yaml.Unmarshal(text, &v); err == nil {
			text, err = yaml.Marshal(a.Secrets.redact("", v))
		}
	}
	if err != nil {
		a.Fail(name, err)
		return
	}
	a.Add(name, text)
}

// Fail notes what could not be read.
func (a *Archive) Fail(what string, err error) {
	a.failures = append(a.failures, what+": "+strings.Join(strings.Fields(err.Error()), " "))
}

// Failures are what could not be read.
func (a *Archive) Failures() []string { return a.failures }

// Write writes the archive as ZIP.
func (a *Archive) Write(w io.Writer, now time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range append(a.files, file{"errors.txt", a.errors()}) {
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate,
			Modified: now})
		if err != nil {
			return err
		}
		if _, err := out.Write(a.Secrets.Hide(f.text)); err != nil {
			return err
		}
	}
	return z.Close()
}

func (a *Archive) errors() []byte {
	if len(a.failures) == 0 {
		return []byte("Everything could be read.\n")
	}
	var b bytes.Buffer
	b.WriteString("What is missing here, and why:\n\n")
	for _, f := range a.failures {
		b.WriteString(f + "\n")
	}
	return b.Bytes()
}
