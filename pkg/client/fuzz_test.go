// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client_test

import (
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// FuzzReceive feeds anything to a Client, connected or not, whole and byte by byte: nothing panics,
// another Client goes on, and the broker answers the same either way.
func FuzzReceive(f *testing.F) {
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for _, s := range specimens(f, v) {
			f.Add(byte(v), true, s.wire)
			f.Add(byte(v), false, s.wire)
		}
	}
	f.Fuzz(func(t *testing.T, version byte, connected bool, in []byte) {
		v := mqtt.V50
		if version < byte(mqtt.V50) {
			v = mqtt.V311
		}
		whole := feed(t, v, connected, false, in)
		bytewise := feed(t, v, connected, true, in)
		if connected && whole != bytewise {
			t.Errorf("% x: %d bytes of answer, byte by byte %d", in, whole, bytewise)
		}
	})
}

// feed returns how many bytes the Client was answered.
func feed(t *testing.T, v mqtt.Version, connected, bytewise bool, in []byte) int64 {
	t.Helper()
	w := scenario.New(scenario.Defaults(2))
	good := w.Dial("good")
	good.Send(connectBytes(t, mqtt.V50, "good", true))
	good.Send([]byte("\x82\x0A\x00\x01\x00\x00\x04good\x01"))
	w.Settle()
	good.Take()
	w.Bytewise = bytewise
	c := w.Dial("fuzzed")
	c.Discard = true
	if connected {
		c.Send(connectBytes(t, v, "fuzzed", true))
	}
	c.Send(in)
	w.Settle()
	w.Advance(time.Second)
	good.Discard = true // it may be a subscriber of what the other publishes
	good.Send([]byte("\xC0\x00"))
	w.Settle()
	if good.Closed() && !takenOver(in) {
		t.Errorf("% x: another connection was closed", in)
	}
	answered := c.Received()
	w.Close()
	if n := w.Count(metrics.Clients); n != 0 {
		t.Errorf("% x: %d Clients counted after all went", in, n)
	}
	return answered
}

// takenOver reports whether the bytes may be a CONNECT of the other Client.
func takenOver(in []byte) bool { return len(in) > 0 && in[0]>>4 == 1 }
