// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"crypto/sha256"
	"fmt"
	"testing"
)

func TestRevision(t *testing.T) {
	t.Parallel()
	b := func(texts ...string) (parts [][]byte) {
		for _, text := range texts {
			parts = append(parts, []byte(text))
		}
		return parts
	}
	// Written out once by hand; others compute the same in their own way.
	sum := sha256.Sum256([]byte("\x00\x00\x00\x00\x00\x00\x00\x03abc" +
		"\x00\x00\x00\x00\x00\x00\x00\x01d"))
	if got, want := Revision(b("abc", "d")...), fmt.Sprintf("%x", sum)[:16]; got != want {
		t.Errorf("Revision = %s, want %s", got, want)
	}
	seen := map[string][]string{}
	for _, texts := range [][]string{
		{}, {""}, {"", ""}, {"abcd"}, {"abc", "d"}, {"ab", "cd"}, {"d", "abc"}, {"abc", "d", ""},
	} {
		r := Revision(b(texts...)...)
		if other, ok := seen[r]; ok || len(r) != 16 {
			t.Errorf("%q and %q are both %s", texts, other, r)
		}
		seen[r] = texts
	}
	if JoinRevisions() != "" || JoinRevisions("a", "b") != Revision(b("a", "b")...) ||
		JoinRevisions("a", "b") == JoinRevisions("b", "a") {
		t.Error("JoinRevisions")
	}
}
