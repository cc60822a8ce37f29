// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"reflect"
	"testing"
)

// A queued message is handed on in registers, see the test of this name in pkg/packet.
func TestTravelInRegisters(t *testing.T) {
	if x := reflect.TypeFor[queued](); x.NumField() > 4 || x.Size() > 32 {
		t.Errorf("%v has %d fields, %d bytes", x, x.NumField(), x.Size())
	}
}
