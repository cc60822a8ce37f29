// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// files are a configuration and what lies beside it, by name.
type files struct {
	configuration []byte
	others        map[string][]byte
}

// Ours: more than a Secret can have, so that what is read is bounded.
const (
	largestFile = 4 << 20
	mostFiles   = 1000
)

// readFiles reads the folder of a configuration. Names that begin with a point are the kubelet's.
func readFiles(config string) (f files, err error) {
	folder, err := os.Open(filepath.Dir(config))
	if err != nil {
		return f, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(mostFiles)
	if err != nil {
		return f, err
	}
	f.others = make(map[string][]byte)
	for _, name := range names {
		path := filepath.Join(folder.Name(), name)
		info, err := os.Stat(path) // what a link leads to
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(name, ".") {
			continue
		}
		text, err := readFile(path)
		if err != nil {
			return f, err
		}
		if name == filepath.Base(config) {
			f.configuration = text
		} else {
			f.others[name] = text
		}
	}
	if f.configuration == nil {
		return f, fmt.Errorf("%s: there is no such file", config)
	}
	return f, nil
}

func readFile(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, largestFile+1))
	if err == nil && len(text) > largestFile {
		err = fmt.Errorf("%s: more than %d bytes", path, largestFile)
	}
	return text, err
}

func (f files) equal(other files) bool {
	return bytes.Equal(f.configuration, other.configuration) &&
		maps.EqualFunc(f.others, other.others, bytes.Equal)
}

// changed are the names of files that are other ones than before, or were not there.
func (f files) changed(before files) (names []string) {
	for name, text := range f.others {
		if old, there := before.others[name]; !there || !bytes.Equal(old, text) {
			names = append(names, name)
		}
	}
	return names
}

// take makes some files those of next, or none if they are not there.
func (f files) take(next files, names ...string) {
	for _, name := range names {
		delete(f.others, name)
		if text, there := next.others[name]; there {
			f.others[name] = text
		}
	}
}
