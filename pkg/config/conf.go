// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Ours: syntax of flashmq.conf that is not FlashMQ's own number.
const (
	longestLine = 64 << 10 // FlashMQ stops at 256 bytes
	includeKey  = "include_dir"
)

// reader reads flashmq.conf line by line into a document.
type reader struct {
	*document
	files   files
	block   Block    // the block the current line stands in, BlockGlobal outside
	opened  origin   // where block was opened
	outer   origin   // where the block around this file was opened: it must not end here
	ignored bool     // the block is unknown or unsupported: its content is skipped
	stack   []string // files being read, outermost first
	count   int      // files read so far
}

func newReader(d *document, f files) *reader {
	return &reader{document: d, files: f, block: BlockGlobal}
}

// file reads one file at the place of an include_dir, or the first one. from is where it was
// asked for.
func (r *reader) file(path string, from origin) {
	if reason := r.enter(path); reason != "" {
		r.problem(from, includeKey, path+" "+reason, "")
		return
	}
	defer func() { r.stack = r.stack[:len(r.stack)-1] }()
	text, err := r.files.read(path)
	if err != nil {
		r.problem(origin{fromFile, path, 0}, "", err.Error(), "")
		return
	}
	r.text(path, text)
}

// enter notes that path is being read, or answers why it may not be.
func (r *reader) enter(path string) (reason string) {
	name, err := r.files.same(path)
	if err != nil {
		return err.Error()
	}
	for _, outer := range r.stack {
		if outer == name {
			return "includes itself"
		}
	}
	if r.count++; r.count > mostFiles || len(r.stack) == deepestIncludes {
		return "is one include too many"
	}
	r.stack = append(r.stack, name)
	return ""
}

// text reads the lines of one file. A block must end in the file it began in.
func (r *reader) text(path string, text []byte) {
	block, outer := r.block, r.outer
	r.outer = r.opened
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for number := 1; len(text) > 0; number++ {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		at := origin{fromFile, path, number}
		if reason := badLine(line); reason != "" {
			r.problem(at, "", reason, "")
			continue
		}
		r.line(strings.Trim(string(line), whiteSpace), at)
	}
	if r.opened != r.outer {
		r.problem(r.opened, string(r.block), "block is not closed", `a line with "}" is missing`)
		r.block, r.opened, r.ignored = block, r.outer, false
	}
	r.outer = outer
}

func badLine(line []byte) (reason string) {
	if len(line) > longestLine {
		return fmt.Sprintf("the line is longer than %d bytes", longestLine)
	}
	if !utf8.Valid(line) {
		return "the line is not UTF-8"
	}
	for _, c := range line {
		if (c < ' ' || c == 0x7f) && !strings.ContainsRune(whiteSpace, rune(c)) {
			return fmt.Sprintf("the line contains the control character 0x%02x", c)
		}
	}
	return ""
}

var errControl = errors.New("the value contains a line break or another control character")

// oneLine reports whether a value that came from somewhere else could stand in flashmq.conf.
func oneLine(s string) bool { return !strings.Contains(s, "\n") && badLine([]byte(s)) == "" }

// line takes one trimmed line: nothing, a comment, the beginning or the end of a block, or a key
// with its value.
func (r *reader) line(line string, at origin) {
	switch {
	case line == "" || line[0] == '#':
	case line == "}":
		r.close(at)
	case strings.HasSuffix(line, "{") && isKey(strings.TrimRight(line[:len(line)-1], whiteSpace)):
		r.begin(strings.TrimRight(line[:len(line)-1], whiteSpace), at)
	default:
		r.entry(line, at)
	}
}

func (r *reader) begin(name string, at origin) {
	if r.block != BlockGlobal {
		r.problem(at, name, "a block cannot stand inside the "+string(r.block)+" block",
			fmt.Sprintf("that one began in line %d", r.opened.line))
		if r.opened == r.outer {
			return
		}
		// A forgotten "}" is likelier than a nested block: go on as if it were there.
	}
	wanted := r.open(name, at)
	r.block, r.opened, r.ignored = Block(name), at, !wanted
}

func (r *reader) close(at origin) {
	if r.opened == r.outer {
		r.problem(at, "", `"}" closes no block of this file`, "")
		return
	}
	r.block, r.opened, r.ignored = BlockGlobal, origin{}, false
}

func (r *reader) entry(line string, at origin) {
	if r.ignored {
		return
	}
	key, value := line, ""
	if i := strings.IndexAny(line, whiteSpace); i >= 0 {
		key, value = line[:i], line[i:]
	}
	if !isKey(key) {
		r.refuse(r.block, at, "", `expected "key value", "block {" or "}", found `+quote(line))
		return
	}
	words, err := splitValue(value)
	if err != nil {
		r.refuse(r.block, at, key, err.Error())
		return
	}
	if key == includeKey {
		r.include(words, at)
		return
	}
	r.add(r.block, entry{key, words, at})
}

// include reads all files of a directory in the order of their names, at this place. A relative
// directory counts from the directory of the file that names it.
func (r *reader) include(words []string, at origin) {
	o := Option{Kind: KindPath}
	var directory string
	if reason, suggestion := o.parse(words, &directory); reason != "" {
		r.problem(at, includeKey, reason, suggestion)
		return
	}
	if !filepath.IsAbs(directory) {
		directory = filepath.Join(filepath.Dir(at.file), directory)
	}
	paths, err := r.files.list(directory)
	if err != nil {
		r.problem(at, includeKey, directory+": "+err.Error(), "")
		return
	}
	if len(paths) == 0 {
		r.warn(at, includeKey, directory+" holds no *.conf file", "")
	}
	for _, path := range paths {
		r.file(path, at)
	}
}

func isKey(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}
