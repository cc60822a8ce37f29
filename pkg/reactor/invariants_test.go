// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package reactor

import (
	"bytes"
	"testing"
)

// TestKeptInputIsOverwritten: whoever keeps what was lent for one call finds something else in it.
func TestKeptInputIsOverwritten(t *testing.T) {
	t.Parallel()
	kept := make(chan []byte, 2)
	var mine []byte
	h := settler(&funcs{
		readable: func(c *Conn, in []byte) { mine = in; c.Schedule() },
		flush: func(*Conn) {
			if mine != nil {
				kept <- bytes.Clone(mine)
				mine = nil
			}
		},
	})
	_, ln := start(t, Options{Loops: 2}, h)
	nc := dial(t, ln)
	for _, text := range []string{"\x01abc", "def"} { // one comes along with a move
		if _, err := nc.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := wait(t, kept, "a flush"); !bytes.Equal(got, []byte{0xDB, 0xDB, 0xDB}) {
			t.Errorf("kept %q", got)
		}
	}
}
