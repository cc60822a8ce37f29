// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// The largest files read, in bytes. Revocation lists grow with the years.
const (
	maxFile  = 1 << 20 // FlashMQ's number
	maxLists = 10 << 20
)

// ReadRegular returns the content of a regular file of at most largest bytes. An error does not
// name the file.
func ReadRegular(path string, largest int64) ([]byte, error) {
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

// Readable reports whether ReadRegular can open a file.
func Readable(path string) bool {
	f, err := openRegular(path)
	if err != nil {
		return false
	}
	f.Close()
	return true
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

// plain takes the operation and the path off an error of package os: messages name them anyway.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
