// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// block puts the Property Length before an encoded block.
func block(b []byte) []byte { return append(appendVarint(nil, uint32(len(b))), b...) }

// value is a good value for the property id.
func value(t testing.TB, id PropertyID) []byte {
	t.Helper()
	switch properties[id].kind {
	case oneByte, variable:
		return []byte{byte(id), 1}
	case twoBytes:
		return []byte{byte(id), 0, 1}
	case fourBytes:
		return []byte{byte(id), 0, 0, 0, 1}
	case textPair:
		return append([]byte{byte(id)}, unhex(t, "s'k' s'v'")...)
	}
	return append([]byte{byte(id)}, unhex(t, "s'x'")...)
}

// specified is table 2-4 of the specification, row by row, in letters: C CONNECT, c CONNACK,
// P PUBLISH, W Will, a the four acknowledgements of PUBLISH, S SUBSCRIBE, s SUBACK, U UNSUBSCRIBE,
// u UNSUBACK, D DISCONNECT, A AUTH.
var specified = map[PropertyID]string{
	0x01: "PW", 0x02: "PW", 0x03: "PW", 0x08: "PW", 0x09: "PW", 0x0B: "PS", 0x11: "CcD", 0x12: "c",
	0x13: "c", 0x15: "CcA", 0x16: "CcA", 0x17: "C", 0x18: "W", 0x19: "C", 0x1A: "c", 0x1C: "cD",
	0x1F: "casuDA", 0x21: "Cc", 0x22: "Cc", 0x23: "P", 0x24: "c", 0x25: "c", 0x26: "CcPWaSsUuDA",
	0x27: "Cc", 0x28: "c", 0x29: "c", 0x2A: "c",
}

var letters = map[rune][]Type{
	'C': {CONNECT}, 'c': {CONNACK}, 'P': {PUBLISH}, 'W': {will},
	'a': {PUBACK, PUBREC, PUBREL, PUBCOMP}, 'S': {SUBSCRIBE}, 's': {SUBACK}, 'U': {UNSUBSCRIBE},
	'u': {UNSUBACK}, 'D': {DISCONNECT}, 'A': {AUTH},
}

// Each property is accepted in the packets of table 2-4, refused in all others; a second one is
// refused unless it may repeat; no truncation of it is accepted.
func TestPropertyTable(t *testing.T) {
	d := limited(mqtt.V50)
	for i := range 256 {
		id := PropertyID(i)
		var allowed []Type
		for _, letter := range specified[id] {
			allowed = append(allowed, letters[letter]...)
		}
		for where := will; where <= AUTH; where++ {
			name := fmt.Sprintf("0x%02X %v in %v", i, id, where)
			var p Properties
			if specified[id] == "" {
				_, err := d.properties([]byte{2, byte(i), 1}, where, &p)
				if !codeIs(err, mqtt.MalformedPacket) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			good := value(t, id)
			_, err := d.properties(block(good), where, &p)
			if !slices.Contains(allowed, where) {
				if !codeIs(err, mqtt.MalformedPacket) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if err != nil || !p.Has(id) || p.Empty() {
				t.Errorf("%s: %v, %s", name, err, p.view())
			}
			_, err = d.properties(block(append(good, good...)), where, &p)
			if repeat := id == 0x26 || id == 0x0B && where == PUBLISH; repeat != (err == nil) ||
				err != nil && !codeIs(err, mqtt.ProtocolError) {
				t.Errorf("two of %s: %v", name, err)
			}
			for n := 1; n < len(good); n++ {
				_, err := d.properties(block(good[:n]), where, &p)
				if !codeIs(err, mqtt.MalformedPacket) {
					t.Errorf("%d bytes of %s: %v", n, name, err)
				}
				// The packet goes on, but the block ends within the property.
				over := append([]byte{byte(n)}, good...)
				if _, err := d.properties(over, where, &p); !codeIs(err, mqtt.MalformedPacket) {
					t.Errorf("block of %d bytes with %s: %v", n, name, err)
				}
			}
		}
	}
}

// The encoder refuses what the decoder refuses.
func TestPropertyMisplacedInEncoder(t *testing.T) {
	for id := range specified {
		var p Properties
		if id == UserProperty {
			p.AddUser(nil, nil)
		}
		p.mark(id)
		for where := will; where <= AUTH; where++ {
			_, err := p.append(nil, where)
			if misplaced := properties[id].in&only(where) == 0; misplaced != (err == ErrMisplaced) {
				t.Errorf("%v in %v: %v", id, where, err)
			}
		}
	}
}

// A setter sets its field and its presence, nothing else.
func TestSetters(t *testing.T) {
	s := []byte("s")
	tests := map[PropertyID]func(p *Properties){
		PayloadFormat:              func(p *Properties) { p.SetPayloadFormat(1) },
		MessageExpiryInterval:      func(p *Properties) { p.SetMessageExpiryInterval(1) },
		ContentType:                func(p *Properties) { p.SetContentType(s) },
		ResponseTopic:              func(p *Properties) { p.SetResponseTopic(s) },
		CorrelationData:            func(p *Properties) { p.SetCorrelationData(s) },
		SubscriptionIdentifier:     func(p *Properties) { p.AddSubscriptionIdentifier(1) },
		SessionExpiryInterval:      func(p *Properties) { p.SetSessionExpiryInterval(1) },
		AssignedClientIdentifier:   func(p *Properties) { p.SetAssignedClientIdentifier(s) },
		ServerKeepAlive:            func(p *Properties) { p.SetServerKeepAlive(1) },
		AuthenticationMethod:       func(p *Properties) { p.SetAuthenticationMethod(s) },
		AuthenticationData:         func(p *Properties) { p.SetAuthenticationData(s) },
		RequestProblemInformation:  func(p *Properties) { p.SetRequestProblemInformation(1) },
		WillDelayInterval:          func(p *Properties) { p.SetWillDelayInterval(1) },
		RequestResponseInformation: func(p *Properties) { p.SetRequestResponseInformation(1) },
		ResponseInformation:        func(p *Properties) { p.SetResponseInformation(s) },
		ServerReference:            func(p *Properties) { p.SetServerReference(s) },
		ReasonString:               func(p *Properties) { p.SetReasonString(s) },
		ReceiveMaximum:             func(p *Properties) { p.SetReceiveMaximum(1) },
		TopicAliasMaximum:          func(p *Properties) { p.SetTopicAliasMaximum(1) },
		TopicAlias:                 func(p *Properties) { p.SetTopicAlias(1) },
		MaximumQoS:                 func(p *Properties) { p.SetMaximumQoS(1) },
		RetainAvailable:            func(p *Properties) { p.SetRetainAvailable(1) },
		UserProperty:               func(p *Properties) { p.AddUser(s, s) },
		MaximumPacketSize:          func(p *Properties) { p.SetMaximumPacketSize(1) },
		WildcardSubscriptionAvailable: func(p *Properties) {
			p.SetWildcardSubscriptionAvailable(1)
		},
		SubscriptionIdentifierAvailable: func(p *Properties) {
			p.SetSubscriptionIdentifierAvailable(1)
		},
		SharedSubscriptionAvailable: func(p *Properties) {
			p.SetSharedSubscriptionAvailable(1)
		},
	}
	if len(tests) != len(specified) {
		t.Errorf("%d setters for %d properties", len(tests), len(specified))
	}
	for id, set := range tests {
		var p Properties
		if p.Has(id) || !p.Empty() {
			t.Errorf("%v is there before it is set", id)
		}
		set(&p)
		for other := range specified {
			if p.Has(other) != (other == id) {
				t.Errorf("after setting %v, Has(%v) is %v", id, other, p.Has(other))
			}
		}
		got, err := p.appendSome(nil, p.present&presence)
		want := []byte{byte(id), 1}
		switch properties[id].kind {
		case twoBytes:
			want = []byte{byte(id), 0, 1}
		case fourBytes:
			want = []byte{byte(id), 0, 0, 0, 1}
		case text, binaryData:
			want = []byte{byte(id), 0, 1, 's'}
		case textPair:
			want = []byte{byte(id), 0, 1, 's', 0, 1, 's'}
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v encoded % x, want % x, %v", id, got, want, err)
		}
		p.Remove(id)
		if !p.Empty() {
			t.Errorf("%v is there after Remove", id)
		}
	}
}

// The answer of FlashMQ to a CONNECT with default settings, byte for byte.
func TestConnackBytes(t *testing.T) {
	var c Connack
	p := &c.Properties
	p.SetSubscriptionIdentifierAvailable(1)
	p.SetSharedSubscriptionAvailable(1)
	p.SetServerKeepAlive(60)
	p.SetWildcardSubscriptionAvailable(1)
	p.SetTopicAliasMaximum(65535)
	p.SetMaximumPacketSize(268435455)
	p.SetRetainAvailable(1)
	p.SetReceiveMaximum(512)
	p.SetSessionExpiryInterval(0)
	want := wire(t, 0x20,
		"00 00 1b 11 00000000 21 0200 25 01 27 0fffffff 22 ffff 28 01 29 01 2a 01 13 003c")
	if got, err := AppendConnack(nil, mqtt.V50, &c); err != nil || !bytes.Equal(got, want) {
		t.Errorf("% x, want\n% x, %v", got, want, err)
	}
}

// 3.x has a return code for five reasons and for success.
func TestConnackReturnCodes(t *testing.T) {
	want := map[mqtt.ReasonCode]byte{0: 0, 0x84: 1, 0x85: 2, 0x88: 3, 0x86: 4, 0x87: 5}
	for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311} {
		for i := range 256 {
			c := Connack{SessionPresent: true, Code: mqtt.ReasonCode(i)}
			got, err := AppendConnack(nil, v, &c)
			code, ok := want[c.Code]
			if !ok {
				if err != ErrNoReturnCode {
					t.Errorf("%v 0x%02X: % x, %v", v, i, got, err)
				}
				continue
			}
			present := byte(0)
			if i == 0 && v == mqtt.V311 {
				present = 1
			}
			if err != nil || !bytes.Equal(got, []byte{0x20, 2, present, code}) {
				t.Errorf("%v 0x%02X: % x, %v", v, i, got, err)
			}
		}
	}
}

// An unsupported version is told in the form the Client most likely reads.
func TestConnackUnsupported(t *testing.T) {
	for v, want := range map[mqtt.Version]string{0: "20020001", 3: "20020001", 6: "2003008400"} {
		got, err := AppendConnack(nil, v, &Connack{Code: mqtt.UnsupportedProtocolVersion})
		if err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("level %d: % x, want %s, %v", v, got, want, err)
		}
	}
}

// 3.1.1 knows one failure of SUBACK, 3.1 gets what the caller says.
func TestSubackFailures(t *testing.T) {
	s := Suback{ID: 1, Codes: []mqtt.ReasonCode{0, 0x87, 2, 0xA2}}
	for v, want := range map[mqtt.Version]string{
		3: "9006 0001 008702a2", 4: "9006 0001 00800280", 5: "9007 0001 00 008702a2",
	} {
		if got, err := AppendSuback(nil, v, &s); err != nil || !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%v: % x, want %s, %v", v, got, want, err)
		}
	}
}

func TestForward(t *testing.T) {
	const good = "01 01 03 s't' 26 s'k' s'v' 08 s'r' 09 0001 ff 26 s'k' s'w'"
	tests := []struct {
		name   string
		block  string
		want   string
		copied bool
	}{
		{"nothing", "", "", false},
		{"nothing to forward", "23 0001 02 00000001", "", false},
		{"everything", good, good, false},
		{"alias first", "23 0001 " + good, good, false},
		{"expiry last", good + " 02 00000001", good, false},
		{"at both ends", "02 00000001 " + good + " 23 0001", good, false},
		{"in between", "01 01 23 0001 03 s't'", "01 01 03 s't'", true},
		{"twice in between", "23 0001 01 01 02 00000001 03 s't' 0b 8101 26 s'a' s'b' 0b 02",
			"01 01 03 s't' 26 s'a' s'b'", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, want := block(unhex(t, tt.block)), unhex(t, tt.want)
			var p Properties
			if _, err := limited(mqtt.V50).properties(in, PUBLISH, &p); err != nil {
				t.Fatal(err)
			}
			scratch := append(make([]byte, 0, 256), "before"...)
			got := p.Forward(scratch)
			if !bytes.Equal(got, want) {
				t.Errorf("% x, want % x", got, want)
			}
			if copied := len(got) > 0 && &got[0] == &scratch[:7][6]; copied != tt.copied {
				t.Errorf("copied: %v", copied)
			}
			if got := p.Forward(nil); !bytes.Equal(got, want) {
				t.Errorf("without scratch % x, want % x", got, want)
			}
			for i := range in {
				in[i] = 0xA5
			}
			if bytes.Equal(got, want) != (tt.copied || len(want) == 0) {
				t.Errorf("borrowed: %v", tt.copied)
			}
		})
	}
}

// What was set after decoding is forwarded too, what was removed is not.
func TestForwardAfterSetting(t *testing.T) {
	var p Properties
	in := block(unhex(t, "03 s't' 26 s'k' s'v' 02 00000001"))
	if _, err := limited(mqtt.V50).properties(in, PUBLISH, &p); err != nil {
		t.Fatal(err)
	}
	p.AddUser([]byte("a"), nil)
	p.SetPayloadFormat(1)
	want := unhex(t, "01 01 03 s't' 26 s'k' s'v' 26 s'a' 0000")
	if got := p.Forward(nil); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	if got := p.Forward(make([]byte, 3, 256)); !bytes.Equal(got, want) {
		t.Errorf("with scratch % x, want % x", got, want)
	}
	p.Remove(UserProperty)
	if got, want := p.Forward(nil), unhex(t, "01 01 03 s't'"); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	p.Reset()
	if got := p.Forward(nil); got != nil {
		t.Errorf("% x after Reset", got)
	}
	p.AddUser(make([]byte, maxField+1), nil)
	if got := p.Forward(nil); got != nil {
		t.Errorf("%d bytes of what does not fit", len(got))
	}
}

// What was removed after decoding is not forwarded.
func TestForwardAfterRemoving(t *testing.T) {
	var p Properties
	in := block(unhex(t, "01 01 03 s't'"))
	if _, err := limited(mqtt.V50).properties(in, PUBLISH, &p); err != nil {
		t.Fatal(err)
	}
	p.Remove(ContentType)
	if got, want := p.Forward(nil), unhex(t, "01 01"); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// Iteration stops when it is told to.
func TestYieldStops(t *testing.T) {
	var p Properties
	in := block(unhex(t, "26 s'k' s'v' 0b 01 26 s'k' s'v' 0b 02 0b 03"))
	if _, err := limited(mqtt.V50).properties(in, PUBLISH, &p); err != nil {
		t.Fatal(err)
	}
	p.AddUser([]byte("k"), []byte("v"))
	for stop := 1; stop <= 4; stop++ {
		users, ids := 0, 0
		for range p.Users {
			if users++; users == stop {
				break
			}
		}
		for range p.SubscriptionIdentifiers {
			if ids++; ids == stop {
				break
			}
		}
		if users != min(stop, 3) || ids != min(stop, 3) {
			t.Errorf("stop after %d: %d User Properties, %d identifiers", stop, users, ids)
		}
	}
}

// Properties of one packet do not shine through in the next.
func TestPropertiesReused(t *testing.T) {
	d := limited(mqtt.V50)
	var p Properties
	for _, s := range []string{"26 s'k' s'v' 0b 01 0b 02 03 s't'", "0b 03", "", "26 s'a' s'b'"} {
		in := block(unhex(t, s))
		if _, err := d.properties(in, PUBLISH, &p); err != nil {
			t.Fatal(err)
		}
		var fresh Properties
		if _, err := d.properties(in, PUBLISH, &fresh); err != nil {
			t.Fatal(err)
		}
		if p.view() != fresh.view() {
			t.Errorf("%s, want %s", p.view(), fresh.view())
		}
		p.Reset()
		p.AddUser([]byte("left"), []byte("over"))
		p.AddSubscriptionIdentifier(99)
		if got, want := p.view(), `[ Subscription Identifier=99 "left"="over" ]`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A Reason Code that a packet does not have is refused, those it has are accepted (2.4).
func TestReasonCodes(t *testing.T) {
	tests := []struct {
		kind Type
		body string // %02x is the code
		want string // the codes, in hexadecimal
	}{
		{CONNACK, "00 %02x 00", "00808182838485868788898a8c90959799 9a9b9c9d9f"},
		{PUBACK, "0001 %02x", "00108083879091 9799"},
		{PUBREC, "0001 %02x 00", "00108083879091 9799"},
		{PUBREL, "0001 %02x", "0092"},
		{PUBCOMP, "0001 %02x", "0092"},
		{SUBACK, "0001 00 %02x", "0001028083878f9197 9ea1a2"},
		{UNSUBACK, "0001 00 %02x", "00118083878f91"},
		{DISCONNECT, "%02x", "000480818283 87898b8c8d8e8f90 939495969798999a9b9c9d9e9f a0a1a2"},
		{AUTH, "%02x 00", "001819"},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			want := unhex(t, tt.want)
			for i := range 256 {
				frame, err := frameOf(wire(t, tt.kind.first(), fmt.Sprintf(tt.body, i)))
				if err != nil {
					t.Fatal(err)
				}
				_, err = new(structs).decode(limited(mqtt.V50), frame)
				if slices.Contains(want, byte(i)) != (err == nil) {
					t.Errorf("0x%02X: %v", i, err)
				}
			}
		})
	}
}

// The order of the wire holds every property once.
func TestWireOrderIsComplete(t *testing.T) {
	var seen uint64
	for _, id := range wireOrder {
		seen |= 1 << id
	}
	want := uint64(0)
	for id := range specified {
		want |= 1 << id
	}
	if seen != want || len(wireOrder) != len(specified) {
		t.Errorf("%d properties, %x, want %x", len(wireOrder), seen, want)
	}
}
