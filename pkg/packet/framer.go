// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Framer cuts the bytes of one Network Connection into whole packets. Packets that arrived whole
// are not copied; of one that did not, the bytes so far are kept until the rest is there.
//
// Invariant: kept holds less than one packet, or exactly one when spent.
type Framer struct {
	kept  []byte // from the Pool; nil when the last input ended with a packet
	Max   uint32 // largest whole packet accepted, fixed header included; 0: what the format allows
	spent bool   // the packet in kept has been handed out
}

// Next cuts the next whole packet off in and returns the rest of in. When in does not hold one, it
// is copied and ok is false; the caller goes on with what it reads next. The frame is valid until
// the next call and borrows from in or from the kept bytes, so a caller that has read something
// calls Next until ok is false. After an error the connection cannot go on.
func (f *Framer) Next(p *buffer.Pool, in []byte) (frame Frame, rest []byte, ok bool, err error) {
	if f.kept != nil {
		return f.resume(p, in)
	}
	if len(in) == 0 {
		return Frame{}, nil, false, nil
	}
	head, size, err := f.measure(in)
	if err != nil {
		return Frame{}, nil, false, err
	}
	if head == 0 || uint64(size) > uint64(len(in)) {
		f.kept = append(p.Get(len(in)), in...)
		return Frame{}, nil, false, nil
	}
	return cut(in, head, int(size)), in[size:], true, nil
}

// resume is Next while bytes are kept: it takes from in only what their packet lacks.
func (f *Framer) resume(p *buffer.Pool, in []byte) (Frame, []byte, bool, error) {
	if f.spent {
		f.Release(p)
		return f.Next(p, in)
	}
	head, size, err := f.measure(f.kept)
	for head == 0 && err == nil {
		if len(in) == 0 {
			return Frame{}, nil, false, nil
		}
		f.keep(p, in[:1], MaxPacket)
		in = in[1:]
		head, size, err = f.measure(f.kept)
	}
	if err != nil {
		return Frame{}, nil, false, err
	}
	// Never negative: kept holds no whole packet that is not spent, and its header is not past it.
	lacking := int(size) - len(f.kept)
	taken := min(lacking, len(in))
	f.keep(p, in[:taken], int(size))
	if taken < lacking {
		return Frame{}, nil, false, nil
	}
	f.spent = true
	return cut(f.kept, head, int(size)), in[taken:], true, nil
}

// measure reads the fixed header at the start of b, which is not empty: its length and the size of
// the whole packet. head is 0 when the header is not all there. What is wrong is reported as soon
// as it shows.
func (f *Framer) measure(b []byte) (head int, size uint32, err error) {
	if badFirst[b[0]] {
		return 0, 0, checkFirst(b[0])
	}
	if len(b) < 2 {
		return 0, 0, nil
	}
	head, size = 2, 2+uint32(b[1])
	if b[1] >= 0x80 {
		head, size, err = measureLong(b)
	}
	if size > f.Max && f.Max != 0 {
		return 0, 0, mqtt.Errorf(mqtt.PacketTooLarge,
			"%v of %d bytes, at most %d are allowed", Type(b[0]>>4), size, f.Max)
	}
	return head, size, err
}

// measureLong is measure for a Remaining Length of more than one byte. It has to be encoded in as
// few bytes as possible (5.0: [MQTT-1.5.5-1], 3.1.1: table 2.4).
func measureLong(b []byte) (head int, size uint32, err error) {
	var remaining uint32
	for i := 1; i < len(b); i++ {
		remaining |= uint32(b[i]&0x7F) << (7 * (i - 1))
		switch {
		case b[i] == 0:
			return 0, 0, malformed("Remaining Length in more bytes than needed")
		case b[i] < 0x80:
			return i + 1, uint32(i+1) + remaining, nil
		case i == 4:
			return 0, 0, malformed("Remaining Length of more than four bytes")
		}
	}
	return 0, 0, nil
}

// cut makes a Frame of the first size bytes of b, which it borrows.
func cut(b []byte, head, size int) Frame {
	return Frame{Raw: b[:size:size], Type: Type(b[0] >> 4), head: uint8(head)}
}

// keep adds a copy of b to the kept bytes. Room doubles as bytes arrive, up to size: the length
// that a packet claims costs nothing until it is there.
func (f *Framer) keep(p *buffer.Pool, b []byte, size int) {
	need := len(f.kept) + len(b)
	if need > cap(f.kept) {
		room := min(2*cap(f.kept), size)
		grown := append(p.Get(max(need, room)), f.kept...)
		p.Put(f.kept)
		f.kept = grown
	}
	f.kept = append(f.kept, b...)
}

// Buffered is the number of bytes kept.
func (f *Framer) Buffered() int { return len(f.kept) }

// Pending is the type of the packet of which some bytes are kept, if there is one.
func (f *Framer) Pending() (t Type, some bool) {
	if f.kept == nil || f.spent {
		return 0, false
	}
	return Type(f.kept[0] >> 4), true
}

// Release gives the kept bytes back to p, with the packet they belong to if it is not spent.
func (f *Framer) Release(p *buffer.Pool) {
	if f.kept != nil {
		p.Put(f.kept)
		f.kept, f.spent = nil, false
	}
}
