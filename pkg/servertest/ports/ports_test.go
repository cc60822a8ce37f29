// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package ports

import (
	"fmt"
	"net"
	"testing"
)

// So many that some would be drawn twice by chance: one of two calls in 20,000, 124,750 times.
func TestFree(t *testing.T) {
	seen := map[int]bool{}
	for range 500 {
		port := Free(t)
		if seen[port] || port >= 32768 {
			t.Fatalf("%d, after %d others", port, len(seen))
		}
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprint(":", port))
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close() // it may be taken again
	}
	port := 0
	t.Run("until the end of the test", func(t *testing.T) { port = Free(t) })
	held, err := net.Listen("unix", fmt.Sprint("@flashmq-test-port-", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = held.Close() // as above
}
