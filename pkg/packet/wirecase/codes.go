// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// codes adds every Reason Code to the packets of 5.0 that have one.
func (s *sheet) codes() {
	for _, t := range []packet.Type{packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP,
		packet.DISCONNECT, packet.AUTH} {
		sp := specimenOf(t)
		for n := range 256 {
			what := fmt.Sprintf("%02x", n)
			wire := sp.with(sp.field("reason code"), []byte{byte(n)})
			s.add(sp, "reason code", what, wire, codeClauses[t], sp.codeVerdict(t, byte(n)))
		}
	}
}

// specimenOf is the one of that type in 5.0.
func specimenOf(t packet.Type) *specimen {
	for _, sp := range specimens(mqtt.V50) {
		if sp.packet == t.String() {
			return sp
		}
	}
	panic("wirecase: no specimen of " + t.String())
}

var codeClauses = map[packet.Type]string{
	packet.PUBACK: "MQTT-3.4.2-1", packet.PUBREC: "MQTT-3.5.2-1", packet.PUBREL: "MQTT-3.6.2-1",
	packet.PUBCOMP: "MQTT-3.7.2-1", packet.DISCONNECT: "MQTT-3.14.2-1",
	packet.AUTH: "MQTT-3.15.2-1",
}

// From the specification: the Reason Codes of each packet. Some of DISCONNECT are for Servers
// only; a Server may overlook that, and also 0x8C, on which tables 2-6 and 3-10 differ.
var (
	receiptCodes = "\x00\x10\x80\x83\x87\x90\x91\x97\x99"
	releaseCodes = "\x00\x92"
	authCodes    = "\x00\x18\x19"
	leavingCodes = "\x00\x04\x80\x81\x82\x83\x90\x93\x94\x95\x96\x97\x98\x99"
	closingCodes = "\x87\x89\x8B\x8C\x8D\x8E\x8F\x9A\x9B\x9C\x9D\x9E\x9F\xA0\xA1\xA2"
)

// codeVerdict is what a Reason Code earns in a packet of type t.
func (sp *specimen) codeVerdict(t packet.Type, n byte) []Outcome {
	has := func(set string) bool { return strings.IndexByte(set, n) >= 0 }
	bad := refused(mqtt.V50, wrong...)
	switch t {
	case packet.PUBACK:
		if has(receiptCodes) {
			return silent()
		}
	case packet.PUBREC:
		switch {
		case has(receiptCodes) && n >= 0x80:
			return silent() // the exchange is over (5.0, 4.3.3)
		case has(receiptCodes):
			return sp.want
		}
	case packet.PUBREL:
		if has(releaseCodes) {
			return acknowledged(packet.PUBCOMP, 1, mqtt.Success, mqtt.ReasonCode(n))
		}
	case packet.PUBCOMP:
		if has(releaseCodes) {
			return silent()
		}
	case packet.DISCONNECT:
		switch {
		case has(leavingCodes):
			return ended()
		case has(closingCodes):
			return either(ended(), bad)
		}
	case packet.AUTH:
		if has(authCodes) {
			return sp.want
		}
	}
	return bad
}
