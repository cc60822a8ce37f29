// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package load

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Stamping allocates nothing, whichever topic it is for.
func TestStampDoesNotAllocate(t *testing.T) {
	o := Options{Version: mqtt.V311, Size: 64, Topics: 100000}
	tm, err := newTemplate(&o, topic(&o, 5, 0), false)
	if err != nil {
		t.Fatal(err)
	}
	b, n := make([]byte, 0, 256), uint32(0)
	if allocations := testing.AllocsPerRun(1000, func() {
		b = tm.stamp(b[:0], 0, 7, n, 9)
		n++
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
