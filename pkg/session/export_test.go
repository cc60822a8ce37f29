// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

// AwaitingRelease is the number of incoming QoS 2 messages whose PUBREL has not come yet.
func (s *Session) AwaitingRelease() int {
	if s.received == nil {
		return 0
	}
	return s.received.n
}
