// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"slices"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Every good packet is encoded to the bytes that stand beside it, and decoded back to itself.
func TestRoundTrip(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			want := s.wire(t)
			kind := Type(s.first >> 4)
			got, err := encode(ascii("before"), s.version, kind, s.packet)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := bytes.CutPrefix(got, ascii("before")); !ok || !bytes.Equal(got, want) {
				t.Errorf("encoded\n% x, want\n% x", got, want)
			}
			frame, err := frameOf(want)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(frame.Raw, want) || frame.Type != kind || frame.Flags() != s.first&15 {
				t.Errorf("framed as %v %x % x", frame.Type, frame.Flags(), frame.Raw)
			}
			d := limited(s.version)
			if kind == CONNECT {
				d.Version = 0
			}
			p, err := new(structs).decode(d, frame)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := view(p), view(s.packet); got != want {
				t.Errorf("decoded\n%s, want\n%s", got, want)
			}
			if d.Version != s.version {
				t.Errorf("version %v, want %v", d.Version, s.version)
			}
		})
	}
}

// Nothing of a packet shines through in the next one decoded into the same struct.
func TestStructsAreReused(t *testing.T) {
	for _, before := range samples() {
		for _, s := range samples() {
			var reused structs
			for _, in := range []sample{before, s} {
				frame, err := frameOf(in.wire(t))
				if err != nil {
					t.Fatal(err)
				}
				p, err := reused.decode(limited(in.version), frame)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := view(p), view(in.packet); got != want {
					t.Fatalf("%s after %s:\n%s, want\n%s", in.name, before.name, got, want)
				}
			}
		}
	}
}

// What 3.1 leaves undefined in CONNACK is ignored.
func TestConnackOf31(t *testing.T) {
	frame, err := frameOf(wire(t, 0x20, "ff 00"))
	if err != nil {
		t.Fatal(err)
	}
	c := Connack{SessionPresent: true}
	if err := limited(mqtt.V31).Connack(frame, &c); err != nil || c.SessionPresent {
		t.Errorf("%+v, %v", c, err)
	}
}

// There is a sample for every packet type.
func TestSamplesAreComplete(t *testing.T) {
	var seen packets
	for _, s := range samples() {
		seen |= only(Type(s.first >> 4))
	}
	if seen != 0xFFFE {
		t.Errorf("packet types with samples: %016b", seen)
	}
}

// No truncation of a good packet is a packet.
func TestTruncatedPacket(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			whole := s.wire(t)
			for i := range whole {
				if f, err := frameOf(whole[:i]); err == nil {
					t.Errorf("%d of %d bytes are a packet: %+v", i, len(whole), f)
				}
			}
		})
	}
}

// No truncation of a good body is accepted, even when the Remaining Length says it is whole,
// unless what is missing may be left out.
func TestTruncatedBody(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			frame, err := frameOf(s.wire(t))
			if err != nil {
				t.Fatal(err)
			}
			body := frame.Body()
			for i := range body {
				frame := framed(s.first, body[:i:i])
				p, err := new(structs).decode(limited(s.version), frame)
				if good := slices.Contains(s.shorter, i); good != (err == nil) {
					t.Errorf("%d of %d bytes: %v, %s", i, len(body), err, view(p))
				}
				if err != nil {
					codeOf(t, err)
				}
			}
		})
	}
}

// No good packet is accepted with a byte too many, unless the byte is payload.
func TestBytesLeftOver(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			kind := Type(s.first >> 4)
			b := append(unhex(t, s.body), 0xC1)
			frame := framed(s.first, b)
			p, err := new(structs).decode(limited(s.version), frame)
			if good := kind == PUBLISH; good != (err == nil) {
				t.Errorf("%v, %s", err, view(p))
			}
		})
	}
}

// The struct's slices lie inside the packet, and cannot be appended to over what follows.
func TestDecodedSlicesBorrow(t *testing.T) {
	frame, err := frameOf(wire(t, 0x32, "s'a/b' 0002 07 26 s'k' s'v' 70"))
	if err != nil {
		t.Fatal(err)
	}
	var p Publish
	if err := limited(5).Publish(frame, &p); err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(frame.Raw)
	_ = append(p.Topic, 'X')
	_ = append(p.Properties.Forward(nil), 'X')
	for key, value := range p.Properties.Users {
		_, _ = append(key, 'X'), append(value, 'X')
	}
	if !bytes.Equal(frame.Raw, before) {
		t.Errorf("append to a decoded slice changed the packet: % x", frame.Raw)
	}
	frame.Body()[2] = 'z'
	if string(p.Topic) != "z/b" {
		t.Errorf("topic %q does not borrow from the packet", p.Topic)
	}
}
