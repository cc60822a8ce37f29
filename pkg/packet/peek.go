// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// PeekVersion returns the version that a CONNECT asks for when in begins with one, even if the
// packet is not complete or too large to be accepted, so that it can be refused in its own
// version. 0 means that it cannot be told.
func PeekVersion(in []byte) mqtt.Version {
	if len(in) == 0 || Type(in[0]>>4) != CONNECT {
		return 0
	}
	at := 1
	for at < len(in) && at < 5 && in[at]&0x80 != 0 {
		at++
	}
	if at+1 >= len(in) {
		return 0
	}
	var c Connect
	if _, err := c.takeVersion(in[at+1:]); err != nil {
		return 0
	}
	return c.Version
}
