// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Ours.
const (
	// SharedPayload is the size from which a payload is sent by reference instead of being copied
	// for each receiver: copying starts to show beside the system call at about this size.
	SharedPayload = 8 << 10
	// longestHeader bounds what stands around topic, properties and payload: fixed header, two
	// lengths, Packet Identifier, message expiry, alias, Subscription Identifier.
	longestHeader = 5 + 2 + 4 + 2 + 5 + 3 + 5
)

// Delivery says how one receiver gets a Publication. Like Frame it must stay small enough to
// travel in registers.
type Delivery struct {
	// SubscriptionIdentifier is that of the matching subscription; 0 means none.
	SubscriptionIdentifier uint32
	// ID is the Packet Identifier; 0 at QoS 0.
	ID mqtt.PacketID
	// Flags hold the level of this delivery.
	Flags PublishFlags
}

// Alias is how a PUBLISH to one receiver names its topic (5.0, 3.3.2.3.4).
type Alias struct {
	Number uint16 // 0: no alias
	Known  bool   // the receiver knows it, so the topic is left out
}

// Publication holds the wire forms of one Message while it goes out to its receivers. Each form
// is made at most once; a receiver then costs a copy and the patching of flags and Packet
// Identifier. It is reused for one Message after the other and belongs to one loop.
type Publication struct {
	Message *mqtt.Message
	// Keeper has the storage for Hold; nil leaves it to the collector.
	Keeper *Keeper

	kept  *mqtt.Message // Message, or its clone: immutable, may be kept for ever
	held  *Held         // the Message as the loop's Sessions hold it; one hold is ours
	now   int64
	forms [4]form // index: formIndex; only those in made count
	made  uint8   // bit formIndex: that form is the Message's
}

// form is one way the Message looks on the wire, with flags and Packet Identifier still open.
type form struct {
	wire    []byte // the packet; without the payload when body is set
	body    []byte // the payload when it is sent by reference
	id      int32  // where the Packet Identifier stands in wire
	storage []byte // of wire, kept from Message to Message
}

// formIndex tells the forms apart: 3.x or 5.0, without or with a Packet Identifier.
func formIndex(v mqtt.Version, q mqtt.QoS) int {
	i := 0
	if v == mqtt.V50 {
		i = 2
	}
	if q > mqtt.AtMostOnce {
		i++
	}
	return i
}

// Reset starts with another Message at the instant now. A Message that is kept is immutable and
// may be kept for ever; one that is not borrows its bytes and is cloned when somebody wants to.
func (p *Publication) Reset(m *mqtt.Message, kept bool, now int64) {
	held := p.held
	p.Message, p.now, p.kept, p.held = m, now, nil, nil
	if kept {
		p.kept = m
	}
	p.made = 0
	if held != nil {
		held.Release()
	}
}

// ResetHeld is Reset with a message that a Session holds. p holds it, too, until the next Reset.
func (p *Publication) ResetHeld(h *Held, now int64) {
	h.hold()
	p.Reset(&h.Message, false, now)
	p.held = h
	if h.keeper == nil {
		p.kept = &h.Message
	}
}

// Hold returns the Message for one more Session to hold on to, copying it at most once. Its
// Release is the caller's.
func (p *Publication) Hold() *Held {
	if p.held == nil {
		p.held = p.hold()
	}
	return p.held.hold()
}

func (p *Publication) hold() *Held {
	if p.kept != nil || len(p.Message.Payload) >= SharedPayload {
		return &Held{Message: *p.Kept(), refs: 1}
	}
	if p.Keeper == nil {
		p.Keeper = NewKeeper(0)
	}
	return p.Keeper.clone(p.Message)
}

// Reuse offers the publisher's own packet as a wire form: raw is the whole PUBLISH as it arrived
// with version v and quality of service q, and says exactly what this broker would send. raw is
// borrowed as long as the Message is.
func (p *Publication) Reuse(raw []byte, v mqtt.Version, q mqtt.QoS) {
	if len(p.Message.Payload) >= SharedPayload {
		return
	}
	i := formIndex(v, q)
	f := &p.forms[i]
	f.wire, f.body = raw, nil
	p.made |= 1 << i
	if q > mqtt.AtMostOnce {
		at := 1
		for raw[at]&0x80 != 0 {
			at++
		}
		f.id = int32(at + 1 + 2 + len(p.Message.Topic))
	}
}

// Kept returns the Message in a form that may be kept for ever, cloning it at most once.
func (p *Publication) Kept() *mqtt.Message {
	if p.kept == nil {
		p.kept = p.Message.Clone()
	}
	return p.kept
}

// Now is the instant given to Reset.
func (p *Publication) Now() int64 { return p.now }

// Length is the size in bytes of the PUBLISH that Write would append.
func (p *Publication) Length(v mqtt.Version, d Delivery, a Alias) int {
	if a.Number != 0 || d.SubscriptionIdentifier != 0 {
		remaining, _ := p.remaining(d, a)
		return 1 + varintLength(uint32(remaining)) + remaining
	}
	f := p.form(v, d.Flags.QoS())
	return len(f.wire) + len(f.body)
}

// Write appends the PUBLISH for one receiver of version v to out.
func (p *Publication) Write(
	out *buffer.Out, pool *buffer.Pool, v mqtt.Version, d Delivery, a Alias,
) {
	if a.Number != 0 || d.SubscriptionIdentifier != 0 {
		p.writeOwn(out, pool, d, a)
		return
	}
	f := p.form(v, d.Flags.QoS())
	b := out.Reserve(pool, len(f.wire))
	at := len(b)
	b = append(b, f.wire...)
	b[at] = d.Flags.first()
	if d.ID != 0 {
		binary.BigEndian.PutUint16(b[at+int(f.id):], uint16(d.ID))
	}
	out.Commit(b)
	if f.body != nil {
		out.AppendShared(pool, f.body)
	}
}

// form returns the wire form for v and q, making it first if need be.
func (p *Publication) form(v mqtt.Version, q mqtt.QoS) *form {
	i := formIndex(v, q) & 3
	f := &p.forms[i]
	if p.made>>i&1 == 0 {
		p.make(f, v, q)
		p.made |= 1 << i
	}
	return f
}

func (p *Publication) make(f *form, v mqtt.Version, q mqtt.QoS) {
	m := p.Message
	remaining := 2 + len(m.Topic) + len(m.Payload)
	if q > mqtt.AtMostOnce {
		remaining += 2
	}
	properties := 0
	if v == mqtt.V50 {
		properties = p.propertiesLength(Delivery{}, Alias{})
		remaining += varintLength(uint32(properties)) + properties
	}
	b := append(f.storage[:0], byte(PUBLISH)<<4)
	b = appendVarint(b, uint32(remaining))
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Topic)))
	b = append(b, m.Topic...)
	if q > mqtt.AtMostOnce {
		f.id = int32(len(b))
		b = append(b, 0, 0)
	}
	if v == mqtt.V50 {
		b = p.appendProperties(b, properties, Delivery{}, Alias{})
	}
	if len(m.Payload) >= SharedPayload {
		f.body = p.Kept().Payload
	} else {
		f.body = nil
		b = append(b, m.Payload...)
	}
	f.wire, f.storage = b, b
}

// writeOwn appends a PUBLISH that differs from receiver to receiver (5.0 only): it carries an
// alias or a Subscription Identifier.
func (p *Publication) writeOwn(out *buffer.Out, pool *buffer.Pool, d Delivery, a Alias) {
	m := p.Message
	remaining, properties := p.remaining(d, a)
	n := longestHeader + len(m.Topic) + len(m.Properties)
	shared := len(m.Payload) >= SharedPayload
	if !shared {
		n += len(m.Payload)
	}
	b := append(out.Reserve(pool, n), d.Flags.first())
	b = appendVarint(b, uint32(remaining))
	if a.Known {
		b = append(b, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint16(b, uint16(len(m.Topic)))
		b = append(b, m.Topic...)
	}
	if d.ID != 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(d.ID))
	}
	b = p.appendProperties(b, properties, d, a)
	if !shared {
		b = append(b, m.Payload...)
	}
	out.Commit(b)
	if shared {
		out.AppendShared(pool, p.Kept().Payload)
	}
}

// remaining is the Remaining Length and the Property Length of a 5.0 PUBLISH.
func (p *Publication) remaining(d Delivery, a Alias) (remaining, properties int) {
	properties = p.propertiesLength(d, a)
	remaining = 2 + varintLength(uint32(properties)) + properties + len(p.Message.Payload)
	if !a.Known {
		remaining += len(p.Message.Topic)
	}
	if d.Flags.QoS() > mqtt.AtMostOnce {
		remaining += 2
	}
	return remaining, properties
}

func (p *Publication) propertiesLength(d Delivery, a Alias) int {
	n := len(p.Message.Properties)
	if p.Message.Expires != 0 {
		n += 5
	}
	if a.Number != 0 {
		n += 3
	}
	if d.SubscriptionIdentifier != 0 {
		n += 1 + varintLength(d.SubscriptionIdentifier)
	}
	return n
}

func (p *Publication) appendProperties(b []byte, length int, d Delivery, a Alias) []byte {
	b = appendVarint(b, uint32(length))
	if p.Message.Expires != 0 {
		b = append(b, byte(MessageExpiryInterval))
		b = binary.BigEndian.AppendUint32(b, p.secondsLeft())
	}
	b = append(b, p.Message.Properties...)
	if a.Number != 0 {
		b = append(b, byte(TopicAlias))
		b = binary.BigEndian.AppendUint16(b, a.Number)
	}
	if d.SubscriptionIdentifier != 0 {
		b = append(b, byte(SubscriptionIdentifier))
		b = appendVarint(b, d.SubscriptionIdentifier)
	}
	return b
}

// secondsLeft is the Message Expiry Interval to announce: what was received less the time the
// message waited here [MQTT-3.3.2-6]. It is rounded to the nearest second, since the clocks of two
// loops may differ by a turn, and 0 only when the time is over: that of a message sent again.
func (p *Publication) secondsLeft() uint32 {
	left := p.Message.Expires - p.now
	if left <= 0 {
		return 0
	}
	seconds := (left + int64(time.Second)/2) / int64(time.Second)
	return uint32(max(1, min(seconds, math.MaxUint32)))
}
