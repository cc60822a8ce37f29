// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// readYAML fills a document from YAML: the keys of flashmq.conf as a map, listen as a list of
// maps, a key that may repeat as a list of values.
func (d *document) readYAML(path string, text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root, second yaml.Node
	err := decoder.Decode(&root)
	if err == io.EOF {
		return
	}
	if err != nil {
		d.yamlProblem(path, err)
		return
	}
	if err := decoder.Decode(&second); err != io.EOF {
		d.problem(yamlAt(path, &second), "", "only one YAML document may be in the file", "")
		return
	}
	top := resolve(root.Content[0])
	if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
		return
	}
	d.yamlMap(path, top, BlockGlobal)
}

// yamlProblem reports a syntax error; the parser has the line only in its text.
func (d *document) yamlProblem(path string, err error) {
	reason, line := err.Error(), 0
	if m := yamlLine.FindStringSubmatch(reason); m != nil {
		line, _ = strconv.Atoi(m[1])
		reason = m[2]
	}
	d.problem(origin{fromFile, path, line}, "", "is not valid YAML: "+reason, "")
}

var yamlLine = regexp.MustCompile(`(?s)^yaml: line (\d+): (.*)$`)

func yamlAt(path string, n *yaml.Node) origin { return origin{fromFile, path, n.Line} }

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func (d *document) yamlMap(path string, n *yaml.Node, b Block) {
	if n.Kind != yaml.MappingNode {
		d.refuse(b, yamlAt(path, n), "", "expected a map of keys and values")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], resolve(n.Content[i+1])
		at := yamlAt(path, name)
		switch {
		case seen[name.Value]:
			d.problem(at, name.Value, "is there twice", "")
		case b == BlockGlobal && isBlock(name.Value):
			d.yamlBlocks(path, name, value)
		case name.Value == includeKey:
			d.problem(at, includeKey, "works only in flashmq.conf syntax", "")
		default:
			d.yamlEntry(b, name.Value, value, at)
		}
		seen[name.Value] = true
	}
}

func isBlock(key string) bool { return key == string(BlockListen) || key == string(BlockBridge) }

// yamlBlocks takes the list under listen; a single map counts as a list of one.
func (d *document) yamlBlocks(path string, name, value *yaml.Node) {
	blocks := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		blocks = value.Content
	}
	for _, n := range blocks {
		n = resolve(n)
		at := yamlAt(path, n)
		if name.Value == string(BlockBridge) {
			at = yamlAt(path, name)
		}
		if !d.open(name.Value, at) {
			return
		}
		d.yamlMap(path, n, BlockListen)
	}
}

// yamlEntry takes one key. Values are read from their text, so 0660 stays octal.
func (d *document) yamlEntry(b Block, key string, value *yaml.Node, at origin) {
	o := find(b, key)
	many := o != nil && o.Repeat && value.Kind == yaml.SequenceNode
	if !many {
		words, err := yamlWords(value, o)
		if err != nil {
			d.refuse(b, at, key, err.Error())
			return
		}
		d.add(b, entry{key, words, at})
		return
	}
	for _, n := range value.Content {
		at := yamlAt(at.file, n)
		words, err := yamlWords(resolve(n), o)
		if err != nil {
			d.refuse(b, at, key, err.Error())
			continue
		}
		d.add(b, entry{key, words, at})
	}
}

var errNotPlain = errors.New("the value is not a single word, number or boolean")

func yamlWords(n *yaml.Node, o *Option) ([]string, error) {
	if o == nil || o.Support == NotYet || o.Support == Accepted {
		return []string{n.Value}, nil // whatever it is, the key is what will be reported
	}
	if n.Kind != yaml.ScalarNode {
		return nil, errNotPlain
	}
	if n.Tag == "!!null" {
		return nil, nil
	}
	if !oneLine(n.Value) {
		return nil, errControl
	}
	return []string{n.Value}, nil
}
