// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Those of Free. The kernel takes those of connections, and of listeners on port 0, from 32768
// on; NodePorts of Kubernetes begin at 30000.
const (
	firstPort = 10000
	endPort   = 30000
)

// Free returns a TCP port of this machine that nobody listens on, for a program that has to be
// told one. Until the end of the test no other call returns it, in whatever process, and the kernel
// gives it to nobody who leaves the choice to it: it may be listened on, left and taken again.
func Free(tb testing.TB) int {
	tb.Helper()
	for range 1000 {
		port := firstPort + rand.IntN(endPort-firstPort)
		// An abstract socket is as a lock that every process sees, and that ends with its process.
		held, err := net.Listen("unix", fmt.Sprintf("@flashmq-test-port-%d", port))
		if err != nil {
			continue
		}
		if l, err := net.Listen("tcp", fmt.Sprint(":", port)); err == nil && l.Close() == nil {
			tb.Cleanup(func() { _ = held.Close() }) // nothing can be lost
			return port
		}
		_ = held.Close()
	}
	tb.Fatal("no port is free")
	return 0
}
