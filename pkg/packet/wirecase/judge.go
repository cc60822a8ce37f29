// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Judge holds what came after Wire against what is wanted. got are whole packets, without the
// answer to a PINGREQ that was sent to see whether the connection is still there; ended tells that
// it is not. Messages are passed over: they belong to subscriptions. got is borrowed.
func (c *Case) Judge(got [][]byte, ended bool) error {
	var packets []reply
	for _, raw := range got {
		r, err := c.read(raw)
		if err != nil {
			return err
		}
		if r.kind != packet.PUBLISH {
			packets = append(packets, r)
		}
	}
	for _, o := range c.Want {
		if c.fits(o, packets, ended) {
			return nil
		}
	}
	return fmt.Errorf("wirecase: sent % x, got %s, want %s (%s)",
		c.Wire, describe(packets, ended), wanted(c.Want), c.Clause)
}

// fits reports whether these packets and this end are the outcome o.
func (c *Case) fits(o Outcome, got []reply, ended bool) bool {
	if ended != (o.Kind == Ended || o.Kind == Refused) {
		return false
	}
	switch o.Kind {
	case Silent, Ended:
		return len(got) == 0
	case Refused:
		o.Answer, o.ID, o.Count = packet.DISCONNECT, 0, 1
		if c.State == Fresh {
			o.Answer = packet.CONNACK // [MQTT-3.14.0-1]
		}
	}
	return len(got) == 1 && got[0].is(o)
}

// reply is what matters in a packet of the Server.
type reply struct {
	kind  packet.Type
	id    mqtt.PacketID
	codes []mqtt.ReasonCode
}

func (r reply) is(o Outcome) bool {
	if r.kind != o.Answer || r.id != o.ID || o.Count != 0 && len(r.codes) != o.Count {
		return false
	}
	for _, code := range r.codes {
		if !slices.Contains(o.Codes, code) {
			return false
		}
	}
	return true
}

// returnCodes are the Reason Codes that say what CONNACK return codes of 3.x do (3.1.1, 3.2.2.3).
var returnCodes = []mqtt.ReasonCode{mqtt.Success, mqtt.UnsupportedProtocolVersion,
	mqtt.ClientIdentifierNotValid, mqtt.ServerUnavailable, mqtt.BadUserNameOrPassword,
	mqtt.NotAuthorized}

// read takes a whole packet apart.
func (c *Case) read(raw []byte) (r reply, err error) {
	short := fmt.Errorf("wirecase: the answer % x is no packet", raw)
	if len(raw) < 2 {
		return r, short
	}
	r.kind = packet.Type(raw[0] >> 4)
	_, body, ok := takeNumber(raw[1:])
	if !ok {
		return r, short
	}
	switch r.kind {
	case packet.CONNACK:
		if len(body) < 2 {
			return r, short
		}
		r.codes = []mqtt.ReasonCode{mqtt.ReasonCode(body[1])}
		if len(body) == 2 && int(body[1]) < len(returnCodes) {
			r.codes[0] = returnCodes[body[1]]
		}
	case packet.DISCONNECT:
		r.codes = []mqtt.ReasonCode{mqtt.Success}
		if len(body) > 0 {
			r.codes[0] = mqtt.ReasonCode(body[0])
		}
	case packet.PINGRESP, packet.PUBLISH, packet.AUTH:
	default:
		return c.readIdentified(r, body, short)
	}
	return r, nil
}

// readIdentified is read for the packets that begin with a Packet Identifier.
func (c *Case) readIdentified(r reply, body []byte, short error) (reply, error) {
	if len(body) < 2 {
		return r, short
	}
	r.id = mqtt.PacketID(binary.BigEndian.Uint16(body))
	body = body[2:]
	if r.kind != packet.SUBACK && r.kind != packet.UNSUBACK {
		r.codes = []mqtt.ReasonCode{mqtt.Success}
		if len(body) > 0 {
			r.codes[0] = mqtt.ReasonCode(body[0])
		}
		return r, nil
	}
	if c.Version == mqtt.V50 {
		length, rest, ok := takeNumber(body)
		if !ok || int(length) > len(rest) {
			return r, short
		}
		body = rest[length:]
	}
	for _, b := range body {
		r.codes = append(r.codes, mqtt.ReasonCode(b))
	}
	return r, nil
}

func describe(got []reply, ended bool) string {
	var list []string
	for _, r := range got {
		s := fmt.Sprintf("%v id %d codes %v", r.kind, r.id, hexadecimal(r.codes))
		list = append(list, s)
	}
	if ended {
		list = append(list, "the end")
	}
	if len(list) == 0 {
		return "silence"
	}
	return strings.Join(list, ", ")
}

func wanted(list []Outcome) string {
	s := make([]string, len(list))
	for i, o := range list {
		s[i] = o.String()
	}
	return strings.Join(s, ", or ")
}
