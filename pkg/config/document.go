// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"maps"
	"slices"
)

// layer orders the sources of a value: a higher one overrides a lower one.
type layer uint8

// Ours: the four sources.
const (
	fromDefault layer = iota
	fromFile
	fromEnvironment
	fromFlag
)

// origin is where a piece of configuration was written.
type origin struct {
	layer layer
	file  string // for the environment and flags: their name
	line  int
}

// entry is one key with its value, as written.
type entry struct {
	key   string
	words []string
	at    origin
}

// section is one listen block.
type section struct {
	at      origin
	entries []entry
	broken  bool // a line of it was refused, so what it means as a whole is not known
}

// has reports whether the block has a line with key.
func (s *section) has(key string) bool {
	return slices.ContainsFunc(s.entries, func(e entry) bool { return e.key == key })
}

// where returns the place of the last line with key, or of the block itself.
func (s *section) where(key string) origin {
	at := s.at
	for _, e := range s.entries {
		if e.key == key {
			at = e.at
		}
	}
	return at
}

// document is the content of one configuration file, includes and all, checked entry by entry.
// Both readers (flashmq.conf, YAML) fill it and both hand it to viper in the same form.
type document struct {
	*report
	global    map[string]any // key -> []entry, in the order of the file
	listeners []section
}

func newDocument(r *report) *document {
	return &document{report: r, global: map[string]any{}}
}

// export fills viper's map: one entry per key and the sound listen blocks under their name.
func (d *document) export(into map[string]any) {
	maps.Copy(into, d.global)
	if sound := d.sound(); len(sound) > 0 {
		into[string(BlockListen)] = sound
	}
}

// open begins a block and answers whether its content is wanted.
func (d *document) open(name string, at origin) bool {
	switch Block(name) {
	case BlockListen:
		d.listeners = append(d.listeners, section{at: at})
		return true
	case BlockBridge:
		d.problem(at, name, "bridges are not supported yet", "")
		return false
	}
	d.problem(at, name, "unknown block", nearest(name, []string{"listen", "bridge"}))
	return false
}

// add takes one entry of a block. A broken one is reported and left out; the last one counts.
func (d *document) add(b Block, e entry) {
	if !d.check(b, e) {
		d.spoil(b)
		return
	}
	if b == BlockGlobal {
		before, _ := d.global[e.key].([]entry)
		d.global[e.key] = append(before, e)
		return
	}
	last := &d.listeners[len(d.listeners)-1]
	last.entries = append(last.entries, e)
}

// refuse reports a line that never becomes an entry.
func (d *document) refuse(b Block, at origin, key, reason string) {
	d.problem(at, key, reason, "")
	d.spoil(b)
}

func (d *document) spoil(b Block) {
	if b == BlockListen {
		d.listeners[len(d.listeners)-1].broken = true
	}
}

// sound returns the listen blocks in which every line was accepted.
func (d *document) sound() []section {
	return slices.DeleteFunc(slices.Clone(d.listeners), func(s section) bool { return s.broken })
}

// check holds one entry against the table and answers whether it may be used.
func (r *report) check(b Block, e entry) bool {
	o := find(b, e.key)
	if o == nil {
		r.unknown(b, e)
		return false
	}
	switch o.Support {
	case NotYet:
		r.problem(e.at, e.key, "is not supported yet", "")
		return false
	case Accepted:
		r.warn(e.at, e.key, "has no effect", o.Reason)
		return false
	case Deprecated:
		r.warn(e.at, e.key, "is deprecated", o.Reason)
	}
	reason, suggestion := o.parse(e.words, o.scratch())
	if reason != "" {
		r.problem(e.at, e.key, reason, suggestion)
	}
	return reason == ""
}

func (r *report) unknown(b Block, e entry) {
	switch {
	case e.key == string(BlockListen) || e.key == string(BlockBridge):
		r.problem(e.at, e.key, "is a block",
			`write "`+e.key+` {", its keys on lines of their own, then "}"`)
	case b == BlockGlobal && find(BlockListen, e.key) != nil:
		r.problem(e.at, e.key, "belongs inside a listen block", "")
	case b == BlockListen && find(BlockGlobal, e.key) != nil:
		r.problem(e.at, e.key, "belongs outside the listen block", "")
	default:
		r.problem(e.at, e.key, "unknown key", suggestKey(b, e.key))
	}
}
