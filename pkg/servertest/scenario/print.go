// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// output decodes what a Client gets.
type output struct {
	pending []byte
	framer  packet.Framer
	pool    *buffer.Pool
	connack packet.Connack
	publish packet.Publish
	ack     packet.Ack
	suback  packet.Suback
	unsub   packet.Unsuback
	parting packet.Disconnect
	auth    packet.Auth
	// full prints every property of CONNACK, also those that are as usual.
	full bool
}

// take turns the bytes that came in into lines.
func (o *output) take(c *Conn) {
	if o.pool == nil {
		o.pool = buffer.NewPool(bufferLimit)
	}
	in := o.pending
	for {
		f, rest, ok, err := o.framer.Next(o.pool, in)
		if err != nil {
			c.lines = append(c.lines, "GARBAGE: "+err.Error())
			break
		}
		if !ok {
			break
		}
		in = rest
		line, err := o.print(c, f)
		if err != nil {
			line = fmt.Sprintf("BAD %v: %v: % x", f.Type, err, f.Raw)
		}
		c.lines = append(c.lines, line)
	}
	o.pending = o.pending[:0]
}

func (o *output) print(c *Conn, f packet.Frame) (string, error) {
	d := packet.Decoder{Version: c.Version}
	switch f.Type {
	case packet.CONNACK:
		err := d.Connack(f, &o.connack)
		return o.printConnack(), err
	case packet.PUBLISH:
		err := d.Publish(f, &o.publish)
		if err == nil && c.Auto {
			c.acknowledge(&o.publish)
		}
		return printPublish(&o.publish), err
	case packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP:
		err := d.Ack(f, &o.ack)
		if err == nil && c.Auto {
			c.goOn(f.Type, o.ack.ID)
		}
		why := reason(o.ack.Code, &o.ack.Properties)
		return fmt.Sprintf("%v id=%d%s", f.Type, o.ack.ID, why), err
	case packet.SUBACK:
		err := d.Suback(f, &o.suback)
		return fmt.Sprintf("SUBACK id=%d % x%s", o.suback.ID, codes(o.suback.Codes),
			explained(&o.suback.Properties)), err
	case packet.UNSUBACK:
		err := d.Unsuback(f, &o.unsub)
		return fmt.Sprintf("UNSUBACK id=%d % x%s", o.unsub.ID, codes(o.unsub.Codes),
			explained(&o.unsub.Properties)), err
	case packet.DISCONNECT:
		err := d.Disconnect(f, &o.parting)
		return "DISCONNECT" + reason(o.parting.Code, &o.parting.Properties), err
	case packet.AUTH:
		err := d.Auth(f, &o.auth)
		return "AUTH" + reason(o.auth.Code, &o.auth.Properties), err
	}
	return f.Type.String(), packet.Empty(f)
}

// codes prints as " 01 87".
func codes(list []mqtt.ReasonCode) []byte {
	b := make([]byte, len(list))
	for i, c := range list {
		b[i] = byte(c)
	}
	return b
}

// reason prints a Reason Code that is not Success, and whether there is a Reason String: its words
// are nobody's promise.
func reason(c mqtt.ReasonCode, p *packet.Properties) string {
	s := ""
	if c != mqtt.Success {
		s = fmt.Sprintf(" 0x%02X %v", byte(c), c)
	}
	return s + explained(p)
}

func explained(p *packet.Properties) string {
	if p.Has(packet.ReasonString) {
		return " +reason"
	}
	return ""
}

// printConnack leaves out what is as usual, unless full is set.
func (o *output) printConnack() string {
	a, p := &o.connack, &o.connack.Properties
	s := "CONNACK"
	if a.SessionPresent {
		s += " present"
	}
	s += reason(a.Code, p)
	for _, x := range announced(p) {
		if p.Has(x.id) && (o.full || x.value != x.usual) {
			s += fmt.Sprintf(" %s=%d", x.name, x.value)
		}
	}
	if p.Has(packet.AssignedClientIdentifier) {
		s += fmt.Sprintf(" assigned=(%d characters)", len(p.AssignedClientIdentifier))
	}
	return s
}

// announcement is a number in a CONNACK, and what it usually is.
type announcement struct {
	id    packet.PropertyID
	name  string
	value uint32
	usual uint32
}

func announced(p *packet.Properties) []announcement {
	return []announcement{
		{packet.SessionExpiryInterval, "expiry", p.SessionExpiryInterval, 0},
		{packet.ReceiveMaximum, "receive_maximum", uint32(p.ReceiveMaximum), 512},
		{packet.MaximumQoS, "max_qos", uint32(p.MaximumQoS), 2},
		{packet.RetainAvailable, "retain", uint32(p.RetainAvailable), 1},
		{packet.MaximumPacketSize, "max_packet", p.MaximumPacketSize, 268435455},
		{packet.TopicAliasMaximum, "alias_max", uint32(p.TopicAliasMaximum), 65535},
		{packet.WildcardSubscriptionAvailable, "wildcard",
			uint32(p.WildcardSubscriptionAvailable), 1},
		{packet.SubscriptionIdentifierAvailable, "subid",
			uint32(p.SubscriptionIdentifierAvailable), 1},
		{packet.SharedSubscriptionAvailable, "shared", uint32(p.SharedSubscriptionAvailable), 1},
		{packet.ServerKeepAlive, "keepalive", uint32(p.ServerKeepAlive), 0},
	}
}

// printPublish shows everything: PUBLISH a/b qos=1 id=7 dup retain subid=3 "hi".
func printPublish(p *packet.Publish) string {
	var s strings.Builder
	s.WriteString("PUBLISH ")
	if len(p.Topic) == 0 {
		s.WriteString("(none)")
	}
	s.Write(p.Topic)
	if p.QoS > 0 {
		fmt.Fprintf(&s, " qos=%d id=%d", p.QoS, p.ID)
	}
	if p.Dup {
		s.WriteString(" dup")
	}
	if p.Retain {
		s.WriteString(" retain")
	}
	printProperties(&s, &p.Properties)
	s.WriteString(" " + printPayload(p.Payload))
	return s.String()
}

// printPayload shortens one that repeats its first byte.
func printPayload(b []byte) string {
	if len(b) > 40 && len(bytes.TrimLeft(b, string(b[:1]))) == 0 {
		return fmt.Sprintf("(%d times %q)", len(b), b[:1])
	}
	return strconv.Quote(string(b))
}

func printProperties(s *strings.Builder, p *packet.Properties) {
	if p.Has(packet.TopicAlias) {
		fmt.Fprintf(s, " alias=%d", p.TopicAlias)
	}
	for id := range p.SubscriptionIdentifiers {
		fmt.Fprintf(s, " subid=%d", id)
	}
	if p.Has(packet.MessageExpiryInterval) {
		fmt.Fprintf(s, " expiry=%d", p.MessageExpiryInterval)
	}
	if p.Has(packet.PayloadFormat) {
		fmt.Fprintf(s, " format=%d", p.PayloadFormat)
	}
	for _, x := range []struct {
		id    packet.PropertyID
		name  string
		value []byte
	}{
		{packet.ContentType, "content", p.ContentType},
		{packet.ResponseTopic, "response", p.ResponseTopic},
		{packet.CorrelationData, "correlation", p.CorrelationData},
	} {
		if p.Has(x.id) {
			fmt.Fprintf(s, " %s=%q", x.name, x.value)
		}
	}
	for k, v := range p.Users {
		fmt.Fprintf(s, " user=%s:%s", k, v)
	}
}
