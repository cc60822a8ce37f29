// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// refusal is a packet that must be refused, and the Reason Code for it.
type refusal struct {
	name    string
	version mqtt.Version
	first   byte
	body    string
	code    mqtt.ReasonCode
}

func refusals() []refusal {
	all := append(connectRefusals(), publishRefusals()...)
	all = append(all, ackRefusals()...)
	return append(all, subscriptionRefusals()...)
}

func connectRefusals() []refusal {
	return []refusal{
		{"CONNECT unknown name", 0, 0x10, "s'MQTX' 04 02 003c s'c'", 0x81},
		{"CONNECT name of another length", 0, 0x10, "s'MQTTT' 04 02 003c s'c'", 0x81},
		{"CONNECT level 3 of MQTT", 0, 0x10, "s'MQTT' 03 02 003c s'c'", 0x84},
		{"CONNECT level 6", 0, 0x10, "s'MQTT' 06 02 003c s'c'", 0x84},
		{"CONNECT level 0", 0, 0x10, "s'MQTT' 00", 0x84},
		{"CONNECT level 4 of MQIsdp", 0, 0x10, "s'MQIsdp' 04 02 003c s'c'", 0x84},
		{"CONNECT bridge of unknown level", 0, 0x10, "s'MQTT' ff 02 003c s'c'", 0x84},
		{"CONNECT reserved flag", 0, 0x10, "s'MQTT' 04 03 003c s'c'", 0x81},
		{"CONNECT Will QoS 3", 0, 0x10, "s'MQTT' 04 1e 003c s'c' s'w' 0000", 0x81},
		{"CONNECT Will QoS without Will", 0, 0x10, "s'MQTT' 04 0a 003c s'c'", 0x82},
		{"CONNECT Will Retain without Will", 0, 0x10, "s'MQTT' 05 22 003c 00 s'c'", 0x82},
		{"CONNECT 3.1.1 password only", 0, 0x10, "s'MQTT' 04 42 003c s'c' s'p'", 0x81},
		{"CONNECT 3.1 password only", 0, 0x10, "s'MQIsdp' 03 42 003c s'c' s'p'", 0x81},
		{"CONNECT identifier not UTF-8", 0, 0x10, "s'MQTT' 04 02 003c 0001 ff", 0x81},
		{"CONNECT identifier with NUL", 0, 0x10, "s'MQTT' 05 02 003c 00 0001 00", 0x81},
		{"CONNECT Will Topic not UTF-8", 0, 0x10, "s'MQTT' 04 06 003c s'c' 0001 ff 0000", 0x81},
		{"CONNECT user name not UTF-8", 0, 0x10, "s'MQTT' 05 82 003c 00 s'c' 0001 ff", 0x81},
		{"CONNECT property of PUBLISH", 0, 0x10, "s'MQTT' 05 02 003c 03 23 0001 s'c'", 0x81},
		{"CONNECT property of the Will", 0, 0x10, "s'MQTT' 05 02 003c 05 18 00000001 s'c'", 0x81},
		{"CONNECT Will with a property of CONNECT", 0, 0x10,
			"s'MQTT' 05 06 003c 00 s'c' 03 21 0001 s'w' 0000", 0x81},
		{"CONNECT Receive Maximum 0", 0, 0x10, "s'MQTT' 05 02 003c 03 21 0000 s'c'", 0x82},
		{"CONNECT Maximum Packet Size 0", 0, 0x10, "s'MQTT' 05 02 003c 05 27 00000000 s'c'", 0x82},
		{"CONNECT Request Problem 2", 0, 0x10, "s'MQTT' 05 02 003c 02 17 02 s'c'", 0x82},
		{"CONNECT Request Response 2", 0, 0x10, "s'MQTT' 05 02 003c 02 19 02 s'c'", 0x82},
		{"CONNECT data without method", 0, 0x10, "s'MQTT' 05 02 003c 04 16 s'a' s'c'", 0x82},
		{"CONNECT method twice", 0, 0x10, "s'MQTT' 05 02 003c 08 15 s'a' 15 s'a' s'c'", 0x82},
		{"CONNACK reserved flag", 4, 0x20, "0200", 0x81},
		{"CONNACK 5.0 reserved flag", 5, 0x20, "fe0000", 0x81},
		{"CONNACK reserved return code", 4, 0x20, "0006", 0x81},
		{"CONNACK present and refused", 4, 0x20, "0105", 0x82},
		{"CONNACK 5.0 present and refused", 5, 0x20, "018700", 0x82},
		{"CONNACK foreign code", 5, 0x20, "001000", 0x82},
		{"CONNACK Maximum QoS 2", 5, 0x20, "0000 02 24 02", 0x82},
		{"CONNACK Retain Available 2", 5, 0x20, "0000 02 25 02", 0x82},
		{"CONNACK data without method", 5, 0x20, "0000 03 16 0000", 0x82},
		{"CONNACK will property", 5, 0x20, "0000 05 18 00000001", 0x81},
	}
}

func publishRefusals() []refusal {
	return []refusal{
		{"PUBLISH QoS 3", 4, 0x36, "s'a' 0001", 0x81},
		{"PUBLISH DUP at QoS 0", 4, 0x38, "s'a'", 0x81},
		{"PUBLISH identifier 0", 4, 0x32, "s'a' 0000", 0x81},
		{"PUBLISH 5.0 identifier 0", 5, 0x34, "s'a' 0000 00", 0x81},
		{"PUBLISH topic not UTF-8", 4, 0x30, "0001 80", 0x81},
		{"PUBLISH topic with a surrogate", 5, 0x30, "0003 eda080 00", 0x81},
		{"PUBLISH topic past the end", 4, 0x30, "0004 616263", 0x81},
		{"PUBLISH no Property Length", 5, 0x30, "s'a'", 0x81},
		{"PUBLISH Property Length past the end", 5, 0x30, "s'a' 05 01 00", 0x81},
		{"PUBLISH Property Length not minimal", 5, 0x30, "s'a' 8000", 0x81},
		{"PUBLISH Property Length of five bytes", 5, 0x30, "s'a' 8080808001", 0x81},
		{"PUBLISH property past the block", 5, 0x30, "s'a' 02 23 0001", 0x81},
		{"PUBLISH string past the block", 5, 0x30, "s'a' 04 03 0003 616263", 0x81},
		{"PUBLISH unknown property 0", 5, 0x30, "s'a' 02 00 00", 0x81},
		{"PUBLISH unknown property 4", 5, 0x30, "s'a' 02 04 00", 0x81},
		{"PUBLISH unknown property 0x2B", 5, 0x30, "s'a' 02 2b 00", 0x81},
		{"PUBLISH unknown property 0x80", 5, 0x30, "s'a' 03 8101 00", 0x81},
		{"PUBLISH misplaced property", 5, 0x30, "s'a' 05 11 00000000", 0x81},
		{"PUBLISH property twice", 5, 0x30, "s'a' 06 23 0001 23 0001", 0x82},
		{"PUBLISH Payload Format 2", 5, 0x30, "s'a' 02 01 02", 0x82},
		{"PUBLISH alias 0", 5, 0x30, "s'a' 03 23 0000", 0x94},
		{"PUBLISH identifier property 0", 5, 0x30, "s'a' 02 0b 00", 0x82},
		{"PUBLISH identifier property not minimal", 5, 0x30, "s'a' 03 0b 8100", 0x81},
		{"PUBLISH identifier property too long", 5, 0x30, "s'a' 06 0b ffffffff01", 0x81},
		{"PUBLISH Response Topic empty", 5, 0x30, "s'a' 03 08 0000", 0x82},
		{"PUBLISH Response Topic with +", 5, 0x30, "s'a' 06 08 s'a/+'", 0x82},
		{"PUBLISH Response Topic with #", 5, 0x30, "s'a' 04 08 s'#'", 0x82},
		{"PUBLISH Response Topic not UTF-8", 5, 0x30, "s'a' 04 08 0001 c0", 0x81},
		{"PUBLISH Content Type not UTF-8", 5, 0x30, "s'a' 04 03 0001 09", 0x81},
		{"PUBLISH user name not UTF-8", 5, 0x30, "s'a' 07 26 0001 ff s'v'", 0x81},
		{"PUBLISH user value not UTF-8", 5, 0x30, "s'a' 07 26 s'k' 0001 ff", 0x81},
		{"PUBLISH user without value", 5, 0x30, "s'a' 04 26 s'k'", 0x81},
	}
}

func ackRefusals() []refusal {
	return []refusal{
		{"PUBACK identifier 0", 4, 0x40, "0000", 0x81},
		{"PUBACK 3.1.1 with a code", 4, 0x40, "0001 00", 0x81},
		{"PUBACK foreign code", 5, 0x40, "0001 92", 0x82},
		{"PUBREC foreign code", 5, 0x50, "0001 01", 0x82},
		{"PUBREL foreign code", 5, 0x62, "0001 10", 0x82},
		{"PUBREL 5.0 DUP", 5, 0x6A, "0001", 0x81},
		{"PUBCOMP foreign code", 5, 0x70, "0001 80 00", 0x82},
		{"PUBACK misplaced property", 5, 0x40, "0001 00 03 23 0001", 0x81},
		{"PUBACK two reasons", 5, 0x40, "0001 00 06 1f 0000 1f 0000", 0x82},
		{"DISCONNECT 3.1.1 with a code", 4, 0xE0, "00", 0x81},
		{"DISCONNECT foreign code", 5, 0xE0, "01", 0x82},
		{"DISCONNECT code of CONNACK only", 5, 0xE0, "86", 0x82},
		{"DISCONNECT misplaced property", 5, 0xE0, "00 03 21 0001", 0x81},
		{"AUTH in 3.1.1", 4, 0xF0, "", 0x81},
		{"AUTH in 3.1", 3, 0xF0, "18 00", 0x81},
		{"AUTH foreign code", 5, 0xF0, "01 00", 0x81},
		{"AUTH data without method", 5, 0xF0, "18 03 16 0000", 0x82},
		{"PINGREQ with a body", 4, 0xC0, "00", 0x81},
		{"PINGRESP with a body", 5, 0xD0, "00", 0x81},
	}
}

func subscriptionRefusals() []refusal {
	return []refusal{
		{"SUBSCRIBE identifier 0", 4, 0x82, "0000 s'a' 00", 0x81},
		{"SUBSCRIBE no filter", 4, 0x82, "0001", 0x82},
		{"SUBSCRIBE 5.0 no filter", 5, 0x82, "0001 00", 0x82},
		{"SUBSCRIBE empty filter", 4, 0x82, "0001 0000 00", 0x81},
		{"SUBSCRIBE filter not UTF-8", 5, 0x82, "0001 00 0001 ff 00", 0x81},
		{"SUBSCRIBE 3.1.1 QoS 3", 4, 0x82, "0001 s'a' 03", 0x81},
		{"SUBSCRIBE 3.1.1 options of 5.0", 4, 0x82, "0001 s'a' 04", 0x81},
		{"SUBSCRIBE 3.1 QoS 3", 3, 0x82, "0001 s'a' 03", 0x81},
		{"SUBSCRIBE 5.0 QoS 3", 5, 0x82, "0001 00 s'a' 03", 0x82},
		{"SUBSCRIBE 3.1.1 DUP", 4, 0x8A, "0001 s'a' 00", 0x81},
		{"UNSUBSCRIBE 5.0 DUP", 5, 0xAA, "0001 00 s'a'", 0x81},
		{"SUBSCRIBE reserved option 6", 5, 0x82, "0001 00 s'a' 40", 0x81},
		{"SUBSCRIBE reserved option 7", 5, 0x82, "0001 00 s'a' 80", 0x81},
		{"SUBSCRIBE Retain Handling 3", 5, 0x82, "0001 00 s'a' 30", 0x82},
		{"SUBSCRIBE second filter bad", 5, 0x82, "0001 00 s'a' 00 s'b' 30", 0x82},
		{"SUBSCRIBE identifier property 0", 5, 0x82, "0001 02 0b 00 s'a' 00", 0x82},
		{"SUBSCRIBE identifier property twice", 5, 0x82, "0001 04 0b 01 0b 02 s'a' 00", 0x82},
		{"SUBSCRIBE misplaced property", 5, 0x82, "0001 03 1f 0000 s'a' 00", 0x81},
		{"SUBACK identifier 0", 4, 0x90, "0000 00", 0x81},
		{"SUBACK no code", 4, 0x90, "0001", 0x82},
		{"SUBACK 5.0 no code", 5, 0x90, "0001 00", 0x82},
		{"SUBACK 3.1.1 foreign code", 4, 0x90, "0001 87", 0x82},
		{"SUBACK 5.0 foreign code", 5, 0x90, "0001 00 03", 0x82},
		{"UNSUBSCRIBE identifier 0", 4, 0xA2, "0000 s'a'", 0x81},
		{"UNSUBSCRIBE no filter", 4, 0xA2, "0001", 0x82},
		{"UNSUBSCRIBE 5.0 no filter", 5, 0xA2, "0001 00", 0x82},
		{"UNSUBSCRIBE empty filter", 5, 0xA2, "0001 00 0000", 0x81},
		{"UNSUBSCRIBE identifier property", 5, 0xA2, "0001 02 0b 01 s'a'", 0x81},
		{"UNSUBACK identifier 0", 4, 0xB0, "0000", 0x81},
		{"UNSUBACK 3.1.1 with a code", 4, 0xB0, "0001 00", 0x81},
		{"UNSUBACK 5.0 no code", 5, 0xB0, "0001 00", 0x82},
		{"UNSUBACK foreign code", 5, 0xB0, "0001 00 01", 0x82},
	}
}

// Every bad packet is refused with the Reason Code beside it.
func TestRefused(t *testing.T) {
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			frame, err := frameOf(wire(t, r.first, r.body))
			var p any = &ping{}
			if err == nil {
				p, err = new(structs).decode(limited(r.version), frame)
			}
			if err == nil {
				t.Fatalf("accepted: %s", view(p))
			}
			if got := codeOf(t, err); got != r.code {
				t.Errorf("%v, want 0x%02X", err, uint8(r.code))
			}
		})
	}
}

// Flags and types that no packet has are refused as soon as their byte is there.
func TestFirstByte(t *testing.T) {
	good := map[byte]bool{
		0x62: true, 0x82: true, 0xA2: true,
		0x6A: true, 0x8A: true, 0xAA: true, // 3.1 only, which decoding knows
	}
	for _, t := range []Type{CONNECT, CONNACK, PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK,
		PINGREQ, PINGRESP, DISCONNECT, AUTH} {
		good[byte(t)<<4] = true
	}
	for _, flags := range []byte{0, 1, 2, 3, 4, 5, 0xA, 0xB, 0xC, 0xD} {
		good[0x30|flags] = true
	}
	for i := range 256 {
		_, err := frameOf([]byte{byte(i)})
		refused := codeIs(err, mqtt.MalformedPacket)
		if refused == good[byte(i)] {
			t.Errorf("0x%02X: %v", i, err)
		}
		err = limited(4).Publish(framed(byte(PUBLISH)<<4|byte(i&15),
			[]byte{0, 0, 0, 1}), new(Publish))
		if i>>4 == int(PUBLISH) && codeIs(err, mqtt.MalformedPacket) == good[byte(i)] {
			t.Errorf("decoding 0x%02X: %v", i, err)
		}
	}
}

// The version of a CONNECT is known when it is not supported, so that it can be told.
func TestUnsupportedVersion(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   string
		want   mqtt.Version
		bridge bool
	}{
		{"MQTT 3", "s'MQTT' 03 02 003c s'c'", 3, false},
		{"MQTT 6", "s'MQTT' 06 ffff", 6, false},
		{"MQTT 9 bridge", "s'MQTT' 89", 9, true},
		{"MQIsdp 5", "s'MQIsdp' 05", 5, false},
	} {
		frame, err := frameOf(wire(t, 0x10, tt.body))
		if err != nil {
			t.Fatal(err)
		}
		c := Connect{Version: mqtt.V311}
		err = limited(0).Connect(frame, &c)
		if !codeIs(err, mqtt.UnsupportedProtocolVersion) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if c.Version != tt.want || c.Bridge != tt.bridge {
			t.Errorf("%s: version %d bridge %v, %v", tt.name, c.Version, c.Bridge, err)
		}
	}
}

// What later versions refuse and 3.1 allows.
func TestAllowedIn31(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first byte
		body  string
	}{
		{"PUBREL with DUP", 0x6A, "0001"},
		{"SUBSCRIBE with DUP", 0x8A, "0001 s'a' 00"},
		{"UNSUBSCRIBE with DUP", 0xAA, "0001 s'a'"},
		{"Will QoS and Retain without Will", 0x10, "s'MQIsdp' 03 3a 003c s'c'"},
		{"announced User Name missing", 0x10, "s'MQIsdp' 03 c2 003c s'c'"},
		{"announced Password missing", 0x10, "s'MQIsdp' 03 c2 003c s'c' s'u'"},
	} {
		frame, err := frameOf(wire(t, tt.first, tt.body))
		if err == nil {
			_, err = new(structs).decode(limited(mqtt.V31), frame)
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
