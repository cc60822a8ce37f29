// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"testing"
	"unsafe"

	"github.com/flashmq/flashmq/pkg/reactor"
	"github.com/flashmq/flashmq/pkg/session"
)

// What a connection that does nothing takes: three structs, whose sizes are those the allocator has
// (128, 240, 128 with what the broker adds to the Session). A field more can cost much more than a
// field; look at docs/performance.md first.
func TestSizes(t *testing.T) {
	for _, s := range []struct {
		name      string
		size, max uintptr
	}{
		{"reactor.Conn", unsafe.Sizeof(reactor.Conn{}), 128},
		{"server.connection", unsafe.Sizeof(connection{}), 240},
		{"server.layered", unsafe.Sizeof(layered{}), 384},
		{"session.Session", unsafe.Sizeof(session.Session{}), 120},
	} {
		if s.size > s.max {
			t.Errorf("%s has %d bytes, at most %d", s.name, s.size, s.max)
		}
	}
}
