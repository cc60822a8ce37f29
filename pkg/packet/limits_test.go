// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// codeIs reports whether err is a ReasonError with this code.
func codeIs(err error, code mqtt.ReasonCode) bool {
	var reason *mqtt.ReasonError
	return errors.As(err, &reason) && reason.Code == code
}

// Every string of every packet is held to MaxString: at the limit it is good, above it 0x83.
func TestMaxString(t *testing.T) {
	const limit = 7
	fields := []struct {
		name    string
		version mqtt.Version
		first   byte
		body    string // %s is the string under test
	}{
		{"Client Identifier", 0, 0x10, "s'MQTT' 04 02 003c %s"},
		{"Will Topic", 0, 0x10, "s'MQTT' 04 06 003c s'c' %s 0000"},
		{"User Name", 0, 0x10, "s'MQTT' 04 82 003c s'c' %s"},
		{"Authentication Method", 5, 0xF0, "18 0a 15 %s"},
		{"Topic Name", 4, 0x30, "%s"},
		{"Content Type", 5, 0x30, "0000 0a 03 %s"},
		{"Response Topic", 5, 0x30, "0000 0a 08 %s"},
		{"Correlation Data", 5, 0x30, "0000 0a 09 %s"},
		{"User Property name", 5, 0x30, "0000 0c 26 %s 0000"},
		{"User Property value", 5, 0x30, "0000 0c 26 0000 %s"},
		{"Topic Filter", 4, 0x82, "0001 %s 00"},
		{"Topic Filter of UNSUBSCRIBE", 5, 0xA2, "0001 00 %s"},
		{"Reason String", 5, 0x40, "0001 00 0a 1f %s"},
		{"Assigned Client Identifier", 5, 0x20, "0000 0a 12 %s"},
		{"Server Reference", 5, 0xE0, "9c 0a 1c %s"},
	}
	for _, f := range fields {
		t.Run(f.name, func(t *testing.T) {
			b := wire(t, f.first, fmt.Sprintf(f.body, "s'"+strings.Repeat("x", limit)+"'"))
			frame, err := frameOf(b)
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				max  int
				good bool
			}{{0, true}, {limit, true}, {limit - 1, false}, {1, false}} {
				d := Decoder{Version: f.version, MaxString: tt.max}
				_, err := new(structs).decode(&d, frame)
				if tt.good && err != nil ||
					!tt.good && !codeIs(err, mqtt.ImplementationSpecificError) {
					t.Errorf("MaxString %d: %v", tt.max, err)
				}
			}
		})
	}
}

// Binary Data other than Correlation Data is not held to MaxString.
func TestMaxStringNotForBinary(t *testing.T) {
	d := Decoder{MaxString: 4}
	frame, err := frameOf(wire(t, 0x10, "s'MQTT' 05 46 003c 0d 15 s'm' 16 s'secret' s'c'"+
		" 00 s'w' s'will/payload' s'password'"))
	if err == nil {
		err = d.Connect(frame, new(Connect))
	}
	if err != nil {
		t.Error(err)
	}
}

func TestMaxUserProperties(t *testing.T) {
	var p Publish
	for range 4 {
		p.Properties.AddUser(ascii("k"), ascii("v"))
	}
	b, err := AppendPublish(nil, mqtt.V50, &p)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := frameOf(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		max  int
		good bool
	}{{0, true}, {5, true}, {4, true}, {3, false}, {1, false}} {
		d := Decoder{Version: mqtt.V50, MaxUserProperties: tt.max}
		err := d.Publish(frame, new(Publish))
		if tt.good && err != nil || !tt.good && !codeIs(err, mqtt.ImplementationSpecificError) {
			t.Errorf("MaxUserProperties %d: %v", tt.max, err)
		}
	}
}

// The work for User Properties grows with their number, no faster: reading them
// visits each once.
func TestManyUserProperties(t *testing.T) {
	const n = 300_000
	var p Publish
	for range n {
		p.Properties.AddUser(ascii("k"), ascii("v"))
	}
	b, err := AppendPublish(nil, mqtt.V50, &p)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := frameOf(b)
	if err != nil {
		t.Fatal(err)
	}
	d := Decoder{Version: mqtt.V50}
	if err := d.Publish(frame, &p); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for range p.Properties.Users {
		seen++
	}
	if seen != n {
		t.Errorf("%d of %d User Properties", seen, n)
	}
	if allocs := testing.AllocsPerRun(1, func() { _ = d.Publish(frame, &p) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Encoders refuse what the wire cannot say, and then leave dst as it was.
func TestEncoderRefuses(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 65_536)
	most := long[1:]
	text := string(long)
	reason := with(func(p *Properties) { p.SetReasonString(long) })
	misplaced := with(func(p *Properties) { p.SetTopicAlias(1) })
	alias := with(func(p *Properties) { p.SetReceiveMaximum(1) })
	user := with(func(p *Properties) { p.AddUser(long, nil) })
	value := with(func(p *Properties) { p.AddUser(nil, long) })
	number := with(func(p *Properties) { p.AddSubscriptionIdentifier(maxVarint + 1) })
	filters := []mqtt.Subscription{{Filter: text}}
	tests := []struct {
		name    string
		version mqtt.Version
		kind    Type
		packet  any
		want    error
	}{
		{"longest topic", 4, PUBLISH, &Publish{Topic: most}, nil},
		{"topic", 4, PUBLISH, &Publish{Topic: long}, ErrTooLong},
		{"Client Identifier", 4, CONNECT, &Connect{Version: 4, ClientID: long}, ErrTooLong},
		{"Will Topic", 4, CONNECT, &Connect{Version: 4, Will: true, WillTopic: long}, ErrTooLong},
		{"Will Payload", 5, CONNECT, &Connect{Version: 5, Will: true, WillPayload: long},
			ErrTooLong},
		{"Will Properties", 5, CONNECT, &Connect{Version: 5, Will: true, WillProperties: user},
			ErrTooLong},
		{"user name", 4, CONNECT, &Connect{Version: 4, HasUsername: true, Username: long},
			ErrTooLong},
		{"password", 5, CONNECT, &Connect{Version: 5, HasPassword: true, Password: long},
			ErrTooLong},
		{"CONNECT property", 5, CONNECT, &Connect{Version: 5, Properties: misplaced}, ErrMisplaced},
		{"PUBLISH property", 5, PUBLISH, &Publish{Properties: alias}, ErrMisplaced},
		{"PUBLISH user name", 5, PUBLISH, &Publish{Properties: user}, ErrTooLong},
		{"PUBLISH user value", 5, PUBLISH, &Publish{Properties: value}, ErrTooLong},
		{"PUBLISH identifier", 5, PUBLISH, &Publish{Properties: number}, ErrTooLong},
		{"filter", 4, SUBSCRIBE, &Subscribe{ID: 1, Subscriptions: filters}, ErrTooLong},
		{"SUBSCRIBE property", 5, SUBSCRIBE, &Subscribe{ID: 1, Properties: reason}, ErrMisplaced},
		{"UNSUBSCRIBE filter", 4, UNSUBSCRIBE, &Unsubscribe{ID: 1, Filters: []string{text}},
			ErrTooLong},
		{"UNSUBSCRIBE property", 5, UNSUBSCRIBE, &Unsubscribe{ID: 1, Properties: reason},
			ErrMisplaced},
		{"CONNACK reason", 5, CONNACK, &Connack{Properties: reason}, ErrTooLong},
		{"PUBACK reason", 5, PUBACK, &Ack{ID: 1, Properties: reason}, ErrTooLong},
		{"SUBACK reason", 5, SUBACK, &Suback{ID: 1, Properties: reason}, ErrTooLong},
		{"UNSUBACK reason", 5, UNSUBACK, &Unsuback{ID: 1, Properties: reason}, ErrTooLong},
		{"DISCONNECT reason", 5, DISCONNECT, &Disconnect{Properties: reason}, ErrTooLong},
		{"AUTH reason", 5, AUTH, &Auth{Properties: reason}, ErrTooLong},
		{"return code", 4, CONNACK, &Connack{Code: mqtt.QuotaExceeded}, ErrNoReturnCode},
		{"return code 3.1", 3, CONNACK, &Connack{Code: mqtt.ServerBusy}, ErrNoReturnCode},
		{"property of another version", 4, PUBACK, &Ack{ID: 1, Properties: reason}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := encode(ascii("before"), tt.version, tt.kind, tt.packet)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if err != nil && string(got) != "before" {
				t.Errorf("dst is now %.40q", got)
			}
		})
	}
}

// The largest packet of the format can be said; one byte more is refused before it is copied.
func TestLargestPacket(t *testing.T) {
	b, err := closeLength([]byte{0x30, 0, 0, 0}, 1, maxVarint-2)
	if err != nil || !bytes.Equal(b, []byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0}) {
		t.Errorf("% x, %v", b, err)
	}
	if size := len(b) + maxVarint - 2; size != MaxPacket {
		t.Errorf("%d bytes, want %d", size, MaxPacket)
	}
	b, err = AppendPublish(nil, mqtt.V311, &Publish{Payload: make([]byte, maxVarint-1)})
	if !errors.Is(err, ErrTooLong) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// TestTooManyFilters: a packet with more Topic Filters than allowed is refused before the rest of
// it is looked at.
func TestTooManyFilters(t *testing.T) {
	filters := []string{"a", "b", "c"}
	var subscriptions []mqtt.Subscription
	for _, f := range filters {
		subscriptions = append(subscriptions, mqtt.Subscription{Filter: f})
	}
	subscribe, err := AppendSubscribe(nil, mqtt.V311,
		&Subscribe{ID: 1, Subscriptions: subscriptions})
	if err != nil {
		t.Fatal(err)
	}
	unsubscribe, err := AppendUnsubscribe(nil, mqtt.V311, &Unsubscribe{ID: 1, Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]mqtt.ReasonCode{0: 0, 2: mqtt.QuotaExceeded, 3: 0} {
		d := Decoder{Version: mqtt.V311, MaxFilters: limit}
		checkCode(t, d.Subscribe(cutOne(t, subscribe), &Subscribe{}), want)
		checkCode(t, d.Unsubscribe(cutOne(t, unsubscribe), &Unsubscribe{}), want)
	}
}

func cutOne(t *testing.T, wire []byte) Frame {
	t.Helper()
	var f Framer
	frame, _, ok, err := f.Next(buffer.NewPool(0), wire)
	if !ok || err != nil {
		t.Fatalf("no packet: %v", err)
	}
	return frame
}

func checkCode(t *testing.T, err error, want mqtt.ReasonCode) {
	t.Helper()
	if want == 0 && err != nil || want != 0 && !codeIs(err, want) {
		t.Errorf("error %v, want code %v", err, want)
	}
}
