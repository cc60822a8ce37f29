// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"strings"
)

var (
	errUnterminated = errors.New("a quote is not closed")
	errEscape       = errors.New(`inside quotes a backslash may only stand before ", ' or \`)
)

// splitValue cuts the part of a line after the key into values. White space separates; single or
// double quotes group and are removed; a word and the quote right behind it are one value; a
// closing quote ends the value. Outside quotes a backslash is nothing special.
func splitValue(s string) ([]string, error) {
	var out []string
	for {
		s = strings.TrimLeft(s, whiteSpace)
		if s == "" {
			return out, nil
		}
		value, rest, err := nextValue(s)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
		s = rest
	}
}

const whiteSpace = " \t\r\v\f"

// nextValue takes one value off the beginning of s, which does not start with white space.
func nextValue(s string) (value, rest string, err error) {
	end := strings.IndexAny(s, whiteSpace+`"'`)
	if end < 0 {
		return s, "", nil
	}
	value, rest = s[:end], s[end:]
	if rest[0] != '"' && rest[0] != '\'' {
		return value, rest, nil
	}
	quoted, rest, err := unquote(rest)
	return value + quoted, rest, err
}

// unquote reads s, which begins with a quote, up to the matching one.
func unquote(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case s[0]:
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i == len(s) {
				return "", "", errUnterminated
			}
			if !strings.ContainsRune(`"'\`, rune(s[i])) {
				return "", "", errEscape
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errUnterminated
}

// quoteValue writes s so that splitValue reads it back as one value.
func quoteValue(s string) string {
	if s != "" && !strings.ContainsAny(s, whiteSpace+`"'`) && s != "{" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// quote shows a piece of input in a message, cut when it is long.
func quote(s string) string {
	if len(s) > shownInput {
		s = strings.ToValidUTF8(s[:shownInput], "") + "..."
	}
	return `"` + s + `"`
}

// Ours: longest piece of input repeated in a message.
const shownInput = 60
