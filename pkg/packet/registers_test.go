// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"reflect"
	"testing"
)

// What is handed from function to function for each packet stays small enough for the compiler to
// keep it in registers: at most four fields, 32 bytes. Beyond that it goes through memory, written
// field by field and read in larger pieces, which a processor cannot forward from its store buffer:
// such stalls were half of the time the broker spent in its own code (docs/performance.md).
func TestTravelInRegisters(t *testing.T) {
	for _, v := range []any{Frame{}, Delivery{}, Alias{}} {
		x := reflect.TypeOf(v)
		if x.NumField() > 4 || x.Size() > 32 {
			t.Errorf("%v has %d fields, %d bytes", x, x.NumField(), x.Size())
		}
	}
}
