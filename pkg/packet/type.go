// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// Type is the MQTT Control Packet type: the upper four bits of the first byte (2.1.2).
type Type uint8

// From the specification: the packet types. 0 is forbidden; here it stands for the Will Properties
// in the Payload of CONNECT, which have rules of their own.
const (
	will Type = iota
	CONNECT
	CONNACK
	PUBLISH
	PUBACK
	PUBREC
	PUBREL
	PUBCOMP
	SUBSCRIBE
	SUBACK
	UNSUBSCRIBE
	UNSUBACK
	PINGREQ
	PINGRESP
	DISCONNECT
	AUTH
)

var typeNames = [16]string{
	"Will", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE",
	"SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
}

// String returns the specification's name for t.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// flags are the fixed header flags that t must have, PUBLISH aside (2.1.3).
func (t Type) flags() byte {
	switch t {
	case PUBREL, SUBSCRIBE, UNSUBSCRIBE:
		return 0x02 // [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]
	}
	return 0
}

// first is the first byte of a packet of type t, PUBLISH aside.
func (t Type) first() byte { return byte(t)<<4 | t.flags() }

// badPublishFlags has one bit for each value of the four PUBLISH flags that must not occur:
// QoS 3 [MQTT-3.3.1-4] and DUP at QoS 0 [MQTT-3.3.1-2].
const badPublishFlags = 1<<0x6 | 1<<0x7 | 1<<0xE | 1<<0xF | 1<<0x8 | 1<<0x9

// dupAllowed reports whether a 3.1 Client marks that it repeats a packet of type t (V3.1, 2.1).
// Later versions reserve the bit; the Framer does not know the version.
func (t Type) dupAllowed() bool { return t.flags() != 0 }

// checkDup refuses DUP in a packet that is not PUBLISH where the version has none.
func (d *Decoder) checkDup(f Frame) error {
	if f.Flags()&byte(FlagDup) != 0 && d.Version != mqtt.V31 {
		return wrongFlags(f.Type)
	}
	return nil
}

func wrongFlags(t Type) error {
	return malformed("wrong flags in the fixed header of " + t.String()) // [MQTT-2.1.3-1]
}

// badFirst tells for each first byte of a packet whether no packet may begin so.
var badFirst = func() (bad [256]bool) {
	for i := range bad {
		bad[i] = checkFirst(byte(i)) != nil
	}
	return bad
}()

// checkFirst says what is wrong with the first byte of a packet.
func checkFirst(b byte) error {
	t, flags := Type(b>>4), b&0x0F
	switch {
	case t == 0:
		return malformed("packet type 0")
	case t == PUBLISH:
		return checkPublishFlags(flags)
	case flags != t.flags() && (!t.dupAllowed() || flags&^byte(FlagDup) != t.flags()):
		return wrongFlags(t)
	}
	return nil
}

func checkPublishFlags(flags byte) error {
	switch {
	case badPublishFlags>>flags&1 == 0:
		return nil
	case mqtt.QoS(flags >> 1 & 3).Valid():
		return malformed("DUP set at QoS 0") // [MQTT-3.3.1-2]
	}
	return malformed("QoS 3") // [MQTT-3.3.1-4]
}
