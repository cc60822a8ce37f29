// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package mqtt

import (
	"strings"
	"testing"
)

func TestCloneOwnsItsBytes(t *testing.T) {
	wire := []byte("topic-props-payload")
	m := Message{
		Topic: Borrow(wire[:5]), Properties: wire[6:11], Payload: wire[12:],
		Publisher: "me", Username: "u", Expires: 7, QoS: ExactlyOnce, Retain: true,
	}
	own := m.Clone()
	for i := range wire {
		wire[i] = 'x'
	}
	if own.Topic != "topic" || string(own.Properties) != "props" ||
		string(own.Payload) != "payload" {
		t.Errorf("clone changed with the read buffer: %q %q %q",
			own.Topic, own.Properties, own.Payload)
	}
	if own.Publisher != "me" || own.Username != "u" || own.Expires != 7 ||
		own.QoS != ExactlyOnce || !own.Retain {
		t.Errorf("clone lost fields: %+v", own)
	}
	// Whoever appends to one part must not reach into the next.
	_ = append(own.Properties, 'y')
	if string(own.Payload) != "payload" {
		t.Errorf("payload is %q after appending to the properties", own.Payload)
	}
}

func TestExpired(t *testing.T) {
	tests := []struct {
		name         string
		expires, now int64
		want         bool
	}{
		{"never", 0, 1 << 62, false},
		{"before", 10, 9, false},
		{"at", 10, 10, true},
		{"after", 10, 11, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Expires: tt.expires}
			if got := m.Expired(tt.now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSubscriptionOptionsBits(t *testing.T) {
	for b := range 256 {
		o := SubscriptionOptions(b)
		if o.QoS() != QoS(b&3) || o.NoLocal() != (b&4 != 0) ||
			o.RetainAsPublished() != (b&8 != 0) || o.RetainHandling() != RetainHandling(b>>4&3) {
			t.Errorf("options 0x%02X are taken apart wrongly", b)
		}
		if w := o.WithQoS(AtLeastOnce); w.QoS() != AtLeastOnce || w&^3 != o&^3 {
			t.Errorf("WithQoS of 0x%02X is 0x%02X", b, w)
		}
	}
}

func TestReasonCodesHaveDifferentNames(t *testing.T) {
	seen := map[string]ReasonCode{}
	for c := range 256 {
		code := ReasonCode(c)
		name := code.String()
		if other, ok := seen[name]; ok {
			t.Errorf("0x%02X and 0x%02X are both %q", c, uint8(other), name)
		}
		seen[name] = code
		if code.Failed() != (c >= 0x80) {
			t.Errorf("0x%02X: Failed is %v", c, code.Failed())
		}
	}
}

func TestReasonErrorText(t *testing.T) {
	if got := Errorf(ProtocolError, "%d bytes", 3).Error(); got != "protocol error: 3 bytes" {
		t.Errorf("got %q", got)
	}
	if got := (&ReasonError{Code: 0x7F}).Error(); !strings.Contains(got, "0x7F") {
		t.Errorf("an unknown code must show its number: %q", got)
	}
}

func TestVersionNames(t *testing.T) {
	for v, want := range map[Version]string{V31: "3.1", V311: "3.1.1", V50: "5.0", 9: "unknown"} {
		if got := v.String(); got != want {
			t.Errorf("version %d is %q, want %q", uint8(v), got, want)
		}
	}
}
