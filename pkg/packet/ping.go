// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

// AppendPingreq appends a PINGREQ packet (3.12) to dst.
func AppendPingreq(dst []byte) []byte { return append(dst, PINGREQ.first(), 0) }

// AppendPingresp appends a PINGRESP packet (3.13) to dst.
func AppendPingresp(dst []byte) []byte { return append(dst, PINGRESP.first(), 0) }

// Empty checks the body of PINGREQ and PINGRESP: they have none.
func Empty(f Frame) error {
	if len(f.Body()) != 0 {
		return leftOver(f.Type)
	}
	return nil
}
