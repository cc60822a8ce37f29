// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"maps"
	"slices"

	"github.com/flashmq/flashmq/pkg/rawclient"
)

// eachOf runs a Case for every packet of a list, in the order of their names.
func (t *T) eachOf(list map[string][]byte, f func(b []byte)) {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		t.Case(name, func() { f(list[name]) })
	}
}

// closesOn expects that each packet makes the Server close a connection on which it accepted a
// CONNECT.
func (t *T) closesOn(list map[string][]byte) {
	t.eachOf(list, func(b []byte) {
		c := t.Connect("c")
		_ = c.TrySend(b) // the Server may close before the last byte
		t.Closed(c)
	})
}

// closesFirst expects that each packet makes the Server close a connection on which it is the
// first.
func (t *T) closesFirst(list map[string][]byte) {
	t.eachOf(list, func(b []byte) {
		c := t.Dial()
		_ = c.TrySend(b) // the Server may close before the last byte
		t.Closed(c)
	})
}

// alive expects that the Server answers on a connection.
func (t *T) alive(c *rawclient.Client) { t.Silent(c, 0) }
