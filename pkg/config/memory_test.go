// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// memory is a disk of path -> content.
type memory map[string]string

func (m memory) read(path string) ([]byte, error) {
	text, ok := m[path]
	if !ok {
		return nil, errors.New("no such file")
	}
	return []byte(text), nil
}

func (m memory) list(directory string) ([]string, error) {
	var out []string
	for path := range m {
		if filepath.Dir(path) == directory && strings.HasSuffix(path, ".conf") {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (m memory) same(path string) (string, error) { return path, nil }
