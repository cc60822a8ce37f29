// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "errors"

// Parse reads a flashmq.conf, or YAML if it is called .yaml or .yml, that is for another machine:
// text is all there is of it, and name is what problems call it. Other files, which include_dir may
// name, and the paths of certificates are not looked at. The result is as Load's.
func Parse(name string, text []byte) (*Config, []Warning, error) {
	return load(name, LoadOptions{Elsewhere: true}, only{name, text})
}

// only is a disk with one file.
type only struct {
	name string
	text []byte
}

// Ours: other files are somewhere else.
var errOnlyOne = errors.New("cannot be read here: only one file was given")

func (o only) read(path string) ([]byte, error) {
	if path != o.name {
		return nil, errOnlyOne
	}
	return append([]byte(nil), o.text...), nil
}

func (only) list(string) ([]string, error) { return nil, errOnlyOne }

func (only) same(path string) (string, error) { return path, nil }
