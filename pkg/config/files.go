// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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

func (disk) read(path string) ([]byte, error) { return readFile(path, largestFile) }

// readFile returns the content of a regular file of at most largest bytes.
func readFile(path string, largest int64) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(b)) > largest {
		return nil, fmt.Errorf("is larger than %d MiB", largest>>20)
	}
	return b, nil
}

func openRegular(path string) (*os.File, error) {
	// Asked before opening: opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	return f, plain(err)
}

func (disk) list(directory string) ([]string, error) {
	found, err := os.ReadDir(directory)
	if err != nil {
		return nil, plain(err)
	}
	var out []string
	for _, e := range found {
		name := e.Name()
		if strings.HasSuffix(name, ".conf") && !strings.HasPrefix(name, ".") {
			out = append(out, filepath.Join(directory, name))
		}
	}
	return out, nil
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
