// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// Ours.
const (
	hidden = "[redacted]"
	// shortest is what can be told from ordinary words. Shorter values are nowhere written by us,
	// but are not looked for in what others have written.
	shortest = 6
	// shortestLine is the same for one line of a value that has several, as keys have.
	shortestLine = 16
)

// Secrets are values that must not be seen, in whatever form.
type Secrets struct {
	forms map[string]bool
	// replacer is made of them when it is needed.
	replacer *strings.Replacer
}

// Learn adds a value, in the forms in which it may stand somewhere. It does not keep the bytes.
func (s *Secrets) Learn(value []byte) {
	for _, v := range [][]byte{value, bytes.TrimSpace(value)} {
		if len(v) < shortest {
			continue
		}
		s.add(string(v))
		s.add(base64.StdEncoding.EncodeToString(v))
		s.add(base64.RawStdEncoding.EncodeToString(v))
		s.add(base64.RawURLEncoding.EncodeToString(v))
		if quoted, err := json.Marshal(string(v)); err == nil {
			s.add(string(quoted[1 : len(quoted)-1]))
		}
	}
	for line := range bytes.Lines(value) {
		if line = bytes.TrimSpace(line); len(line) >= shortestLine && !bytes.HasPrefix(line,
			[]byte("-----")) {
			s.add(string(line))
		}
	}
}

func (s *Secrets) add(form string) {
	if s.forms == nil {
		s.forms = make(map[string]bool)
	}
	s.forms[form], s.replacer = true, nil
}

// Hide returns text without them.
func (s *Secrets) Hide(text []byte) []byte {
	if len(s.forms) == 0 {
		return text
	}
	if s.replacer == nil {
		forms := make([]string, 0, len(s.forms))
		for form := range s.forms {
			forms = append(forms, form)
		}
		// Where one begins with another, the longer one goes.
		slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
		pairs := make([]string, 0, 2*len(forms))
		for _, form := range forms {
			pairs = append(pairs, form, hidden)
		}
		s.replacer = strings.NewReplacer(pairs...)
	}
	return []byte(s.replacer.Replace(string(text)))
}
