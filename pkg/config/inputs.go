// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"crypto/sha256"
	"fmt"
	"hash"
)

// Inputs are the files behind a Config: the one that was named, and what include_dir adds to it.
type Inputs struct {
	// Folders are those that include_dir names, also ones that cannot be read.
	Folders []string
	// Sum is of all that Load would read now, so two differ when a file is another one, new, or
	// gone.
	Sum [sha256.Size]byte
}

// ReadInputs reads what Load would, whether or not there is something wrong with it. Nothing is
// read when path is empty.
func ReadInputs(path string) Inputs {
	r := newRecorder()
	_, _, _ = load(path, LoadOptions{Elsewhere: true}, r) // what is wrong is for Load to say
	return Inputs{r.folders, [sha256.Size]byte(r.sum.Sum(nil))}
}

// recorder is the disk, and remembers what it was asked for.
type recorder struct {
	disk
	folders  []string
	contents [][]byte  // of the files that could be read
	sum      hash.Hash // of everything
}

func newRecorder() *recorder { return &recorder{sum: sha256.New()} }

func (r *recorder) read(path string) ([]byte, error) {
	text, err := r.disk.read(path)
	fmt.Fprintf(r.sum, "file %q %d %v\n", path, len(text), err)
	r.sum.Write(text)
	if err == nil {
		r.contents = append(r.contents, text)
	}
	return text, err
}

func (r *recorder) list(directory string) ([]string, error) {
	paths, err := r.disk.list(directory)
	fmt.Fprintf(r.sum, "folder %q %q %v\n", directory, paths, err)
	r.folders = append(r.folders, directory)
	return paths, err
}
