// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// parse handles the whole packets that b begins with and returns how long they are. It looks at no
// more of them than load needs, in place: pkg/packet's Decoder checks what only a Server has to.
func (l *loop) parse(c *conn, b []byte) int {
	at := 0
	for len(b)-at >= 2 {
		body, length := at+2, int(b[at+1])
		if length >= 0x80 {
			length, body = longLength(b, at+1)
			if body == 0 {
				break
			}
		}
		if length > len(b)-body {
			break
		}
		if b[at]>>4 == byte(packet.PUBLISH) {
			l.message(c, b[at], b[body:body+length])
		} else {
			l.control(c, b[at:body+length], b[body:body+length])
		}
		if c.state == closed {
			return len(b)
		}
		at = body + length
	}
	return at
}

// longLength reads a Remaining Length at b[at]; end is 0 when it is not all there.
func longLength(b []byte, at int) (length, end int) {
	for i := range 4 {
		if at+i >= len(b) {
			return 0, 0
		}
		length |= int(b[at+i]&0x7F) << (7 * i)
		if b[at+i] < 0x80 {
			return length, at + i + 1
		}
	}
	return length, at + 4 // more than four bytes: whatever follows makes no sense either
}

// message handles a PUBLISH.
func (l *loop) message(c *conn, first byte, body []byte) {
	at := 2
	if len(body) >= 2 {
		at += int(binary.BigEndian.Uint16(body))
	}
	qos := first >> 1 & 3
	id := at
	if qos > 0 {
		at += 2
	}
	if at < len(body) && l.five {
		var properties int
		properties, at = longLength(body, at)
		at += properties
	}
	if at > len(body) {
		l.lose(c, errMalformed)
		return
	}
	if qos > 0 {
		answer := packet.PUBACK
		if qos == 2 {
			answer = packet.PUBREC
		}
		l.acknowledge(c, answer, body[id:])
	}
	c.received++
	l.count.received++
	if h := c.hears; h != nil {
		h.group.delivered++
		l.mark(h.group)
		if payload := body[at:]; len(payload) >= StampSize {
			l.stamped(h, payload)
		}
	}
}

// stamped looks at the payload that template.stamp made.
func (l *loop) stamped(h *hearing, payload []byte) {
	publisher := binary.LittleEndian.Uint32(payload)
	if int(publisher) >= len(h.from) {
		return // not ours
	}
	h.from[publisher].see(binary.LittleEndian.Uint32(payload[4:]), h.group.shared, &l.count)
	due := int64(binary.LittleEndian.Uint64(payload[8:]))
	if l.measureFrom > 0 && due >= l.measureFrom && due < l.measureTo {
		l.recorder.Add(l.now - due)
	}
}

// acknowledge appends an acknowledgement; all that one read asks for leave with one write.
func (l *loop) acknowledge(c *conn, t packet.Type, id []byte) {
	first := byte(t) << 4
	if t == packet.PUBREL {
		first |= 2 // [MQTT-3.6.1-1]
	}
	l.acks = append(l.acks, first, 2, id[0], id[1])
}

func (l *loop) flushAcks(c *conn) {
	l.write(c, l.acks)
	l.acks = l.acks[:0]
}

// control handles every packet but PUBLISH: the whole of it, and what follows its fixed header.
func (l *loop) control(c *conn, whole, body []byte) {
	t := packet.Type(whole[0] >> 4)
	if len(body) < 2 && t != packet.PINGRESP && t != packet.DISCONNECT {
		l.lose(c, errMalformed)
		return
	}
	switch t {
	case packet.CONNACK:
		l.connack(c, whole, body)
	case packet.SUBACK:
		l.suback(c, body)
	case packet.PUBACK, packet.PUBCOMP:
		l.acknowledged(c, body)
	case packet.PUBREC:
		if failed(body) {
			l.acknowledged(c, body)
			return
		}
		l.acknowledge(c, packet.PUBREL, body)
	case packet.PUBREL:
		l.acknowledge(c, packet.PUBCOMP, body)
	case packet.PINGRESP:
		c.ponged = true
		l.count.pongs++
	case packet.DISCONNECT:
		l.lose(c, errLeft)
	}
}

// failed reports whether an acknowledgement carries a Reason Code of failure, which only 5.0 has.
func failed(body []byte) bool { return len(body) > 2 && body[2] >= 0x80 }

func (l *loop) acknowledged(c *conn, body []byte) {
	if failed(body) {
		l.count.errors++
	}
	c.inflight = max(0, c.inflight-1)
	l.count.acknowledged++
	if c.group != nil {
		l.mark(c.group)
	}
}

func (l *loop) connack(c *conn, whole, body []byte) {
	if body[1] != 0 {
		l.count.errors++
		l.lose(c, refusal(l.options.Version, body[1]))
		return
	}
	if l.five {
		if err := c.obey(whole); err != nil {
			l.lose(c, err)
			return
		}
	}
	const sessionPresent = 1
	if c.filter != "" && (c.clean || body[0]&sessionPresent == 0) {
		l.ask(c)
		return
	}
	l.settled(c)
}

// obey takes from a 5.0 CONNACK what the broker asks for.
func (c *conn) obey(connack []byte) error {
	var framer packet.Framer
	// It is whole, so nothing is kept and no pool is needed.
	frame, _, _, err := framer.Next(nil, connack)
	if err != nil {
		return err
	}
	var ack packet.Connack
	d := packet.Decoder{Version: mqtt.V50}
	if err := d.Connack(frame, &ack); err != nil {
		return err
	}
	if ack.Properties.Has(packet.ReceiveMaximum) {
		c.quota = int(ack.Properties.ReceiveMaximum)
	}
	return nil
}

// suback looks at what the broker says to each Topic Filter, and asks for those that are left.
func (l *loop) suback(c *conn, body []byte) {
	codes := body[2:]
	if l.five {
		properties, at := longLength(body, 2)
		if at == 0 || properties > len(body)-at {
			l.lose(c, errMalformed)
			return
		}
		codes = body[at+properties:]
	}
	for _, code := range codes {
		if code >= 0x80 {
			l.count.errors++
			l.lose(c, refusal(mqtt.V50, code))
			return
		}
	}
	if c.state != asking || len(codes) != l.asks(c) { // [MQTT-3.8.4-6]
		l.lose(c, errMalformed)
		return
	}
	if c.granted += len(codes); l.asks(c) > 0 {
		l.ask(c)
		return
	}
	l.settled(c)
}

// settled is called when c has all it needs.
func (l *loop) settled(c *conn) {
	if c.state == ready {
		return
	}
	c.state = ready
	l.opening--
	l.ready++
	l.count.connects++
	if l.storming {
		if c.began >= l.measureFrom && c.began < l.measureTo && l.measureFrom > 0 {
			l.recorder.Add(l.now - c.began)
		}
		l.dismiss(c)
	}
}
