// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package door

import (
	"bytes"
	"testing"
)

// Frames cost no allocation, in neither direction.
func TestFramesDoNotAllocate(t *testing.T) {
	d := opened()
	payload, b := make([]byte, 300), make([]byte, 400)
	in := []byte(frame(0x89, "ping") + frame(0x82, string(payload)))
	if allocations := testing.AllocsPerRun(1000, func() {
		if err := d.Write(payload); err != nil {
			t.Fatal(err)
		}
		d.Receive(in)
		n, err := d.Read(b)
		if err != nil || !bytes.Equal(b[:n], payload) {
			t.Fatalf("%d bytes, %v", n, err)
		}
		d.doors.Out()
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
