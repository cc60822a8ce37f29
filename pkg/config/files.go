// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/flashmq/flashmq/pkg/credentials"
)

// Ours: bounds on what is read.
const (
	largestFile     = 10 << 20 // bytes of one file
	mostFiles       = 1000     // included in all, however they include each other
	deepestIncludes = 32       // files being read inside each other
)

// files is how readers get at the disk; tests and fuzzing replace it.
type files interface {
	read(path string) ([]byte, error)        // the result is the caller's
	list(directory string) ([]string, error) // paths of the *.conf files, sorted
	same(path string) (string, error)        // one name for one file, however it is reached
}

// disk is the real one.
type disk struct{}

func (disk) read(path string) ([]byte, error) {
	return credentials.ReadRegular(path, largestFile)
}

func (disk) list(directory string) ([]string, error) {
	found, err := os.ReadDir(directory)
	if err != nil {
		return nil, plain(err)
	}
	var out []string
	for _, e := range found {
		if Included(e.Name()) {
			out = append(out, filepath.Join(directory, e.Name()))
		}
	}
	return out, nil
}

// Included reports whether a file of this name is read in a directory of include_dir.
func Included(name string) bool {
	return strings.HasSuffix(name, ".conf") && !strings.HasPrefix(name, ".")
}

func (disk) same(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", plain(err)
	}
	return filepath.Abs(real)
}

// plain takes the operation and the path off an error of package os: messages name them anyway.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
