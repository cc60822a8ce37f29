// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// pair is one word of a command line: name=value, or a name alone.
type pair struct{ name, value string }

// arguments are the words of a command after its name and its Client. Each word must be asked for,
// so that a misspelt one is found.
type arguments struct {
	pairs []pair
	used  map[string]bool
	err   error
}

func (a *arguments) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, args...)
	}
}

// split cuts a line into words at spaces. A value in double quotes is a Go string.
func split(line string) (words []string, err error) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		end := strings.IndexByte(line, ' ')
		quote := strings.IndexByte(line, '"')
		if quote >= 0 && (end < 0 || quote < end) {
			quoted, err := strconv.QuotedPrefix(line[quote:])
			if err != nil {
				return nil, fmt.Errorf("quoted text in %q: %w", line, err)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			words = append(words, line[:quote]+text)
			line = line[quote+len(quoted):]
			continue
		}
		if end < 0 {
			end = len(line)
		}
		words, line = append(words, line[:end]), line[end:]
	}
	return words, nil
}

func newArguments(words []string) *arguments {
	a := &arguments{used: map[string]bool{}}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		a.pairs = append(a.pairs, pair{name, value})
	}
	return a
}

// has reports whether the word is there.
func (a *arguments) has(name string) bool {
	a.used[name] = true
	for _, p := range a.pairs {
		if p.name == name {
			return true
		}
	}
	return false
}

func (a *arguments) flag(name string) bool { return a.has(name) }

// text returns the last value of name.
func (a *arguments) text(name, usual string) string {
	a.used[name] = true
	for _, p := range a.pairs {
		if p.name == name {
			usual = p.value
		}
	}
	return usual
}

// all returns every value of name.
func (a *arguments) all(name string) (values []string) {
	a.used[name] = true
	for _, p := range a.pairs {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

func (a *arguments) number(name string, usual int) int {
	if !a.has(name) {
		return usual
	}
	n, err := strconv.ParseInt(a.text(name, ""), 0, 64)
	if err != nil {
		a.fail("%s: %v", name, err)
	}
	return int(n)
}

func (a *arguments) duration(name string, usual time.Duration) time.Duration {
	if !a.has(name) {
		return usual
	}
	d, err := time.ParseDuration(a.text(name, ""))
	if err != nil {
		a.fail("%s: %v", name, err)
	}
	return d
}

// done reports what went wrong, unknown words included.
func (a *arguments) done() error {
	for _, p := range a.pairs {
		if !a.used[p.name] {
			a.fail("%q means nothing here", p.name)
		}
	}
	return a.err
}
