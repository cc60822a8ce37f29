// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// unhex reads bytes as tests write them: hexadecimal in groups; s'MQTT' is a string field, with
// its length before it.
func unhex(t testing.TB, s string) (b []byte) {
	t.Helper()
	for _, word := range strings.Fields(s) {
		if quoted, ok := strings.CutPrefix(word, "s'"); ok {
			quoted = strings.TrimSuffix(quoted, "'")
			b = append(b, byte(len(quoted)>>8), byte(len(quoted)))
			b = append(b, quoted...)
			continue
		}
		part, err := hex.DecodeString(word)
		if err != nil {
			t.Fatalf("%q in %q: %v", word, s, err)
		}
		b = append(b, part...)
	}
	return b
}

// wire puts the Remaining Length before a body; it has its own idea of how that is encoded.
func wire(t testing.TB, first byte, body string) []byte {
	t.Helper()
	b := unhex(t, body)
	n, head := len(b), []byte{first}
	for {
		digit := byte(n % 128)
		if n /= 128; n == 0 {
			return append(append(head, digit), b...)
		}
		head = append(head, digit|0x80)
	}
}

// framed is a packet with a body whatever its Remaining Length would be.
func framed(first byte, body []byte) Frame {
	return Frame{Raw: append([]byte{first, 0}, body...), Type: Type(first >> 4), head: 2}
}

// frameOf cuts b, which holds exactly one packet.
func frameOf(b []byte) (Frame, error) {
	var f Framer
	pool := buffer.NewPool(0)
	frame, rest, ok, err := f.Next(pool, b)
	switch {
	case err != nil:
		return frame, err
	case !ok:
		return frame, fmt.Errorf("no whole packet in % x", b)
	case len(rest) != 0:
		return frame, fmt.Errorf("% x left after the packet", rest)
	}
	return frame, nil
}

// structs are the structs of one connection, reused from packet to packet.
type structs struct {
	connect     Connect
	connack     Connack
	publish     Publish
	ack         Ack
	subscribe   Subscribe
	suback      Suback
	unsubscribe Unsubscribe
	unsuback    Unsuback
	disconnect  Disconnect
	auth        Auth
}

type ping struct{}

// decode decodes any packet.
func (s *structs) decode(d *Decoder, f Frame) (any, error) {
	switch f.Type {
	case CONNECT:
		return &s.connect, d.Connect(f, &s.connect)
	case CONNACK:
		return &s.connack, d.Connack(f, &s.connack)
	case PUBLISH:
		return &s.publish, d.Publish(f, &s.publish)
	case PUBACK, PUBREC, PUBREL, PUBCOMP:
		return &s.ack, d.Ack(f, &s.ack)
	case SUBSCRIBE:
		return &s.subscribe, d.Subscribe(f, &s.subscribe)
	case SUBACK:
		return &s.suback, d.Suback(f, &s.suback)
	case UNSUBSCRIBE:
		return &s.unsubscribe, d.Unsubscribe(f, &s.unsubscribe)
	case UNSUBACK:
		return &s.unsuback, d.Unsuback(f, &s.unsuback)
	case DISCONNECT:
		return &s.disconnect, d.Disconnect(f, &s.disconnect)
	case AUTH:
		return &s.auth, d.Auth(f, &s.auth)
	}
	return &ping{}, Empty(f)
}

// encode appends any packet.
func encode(dst []byte, v mqtt.Version, t Type, p any) ([]byte, error) {
	switch p := p.(type) {
	case *Connect:
		return AppendConnect(dst, p)
	case *Connack:
		return AppendConnack(dst, v, p)
	case *Publish:
		return AppendPublish(dst, v, p)
	case *Ack:
		return AppendAck(dst, v, t, p)
	case *Subscribe:
		return AppendSubscribe(dst, v, p)
	case *Suback:
		return AppendSuback(dst, v, p)
	case *Unsubscribe:
		return AppendUnsubscribe(dst, v, p)
	case *Unsuback:
		return AppendUnsuback(dst, v, p)
	case *Disconnect:
		return AppendDisconnect(dst, v, p)
	case *Auth:
		return AppendAuth(dst, p)
	}
	if t == PINGREQ {
		return AppendPingreq(dst), nil
	}
	return AppendPingresp(dst), nil
}

// view says what a packet says, as text: two packets that mean the same have the same view,
// however they came about.
func view(p any) string {
	v := reflect.ValueOf(p).Elem()
	var b strings.Builder
	fmt.Fprintf(&b, "%s{", v.Type().Name())
	for i := range v.NumField() {
		field := v.Field(i)
		fmt.Fprintf(&b, " %s:", v.Type().Field(i).Name)
		if properties, ok := field.Addr().Interface().(*Properties); ok {
			b.WriteString(properties.view())
		} else if field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(&b, "%q", field.Bytes())
		} else {
			fmt.Fprintf(&b, "%v", field)
		}
	}
	return b.String() + " }"
}

func (p *Properties) view() string {
	var b strings.Builder
	b.WriteString("[")
	for id := range properties {
		id := PropertyID(id)
		if !p.Has(id) {
			continue
		}
		switch properties[id].kind {
		case oneByte:
			fmt.Fprintf(&b, " %v=%d", id, *p.byteField(id))
		case twoBytes:
			fmt.Fprintf(&b, " %v=%d", id, *p.uint16Field(id))
		case fourBytes:
			fmt.Fprintf(&b, " %v=%d", id, *p.uint32Field(id))
		case text, binaryData:
			fmt.Fprintf(&b, " %v=%q", id, *p.bytesField(id))
		case variable:
			for n := range p.SubscriptionIdentifiers {
				fmt.Fprintf(&b, " %v=%d", id, n)
			}
		case textPair:
			for key, value := range p.Users {
				fmt.Fprintf(&b, " %q=%q", key, value)
			}
		}
	}
	return b.String() + " ]"
}

// with makes Properties in place.
func with(set func(p *Properties)) (p Properties) {
	set(&p)
	return p
}

// codeOf is the Reason Code of err; other errors fail the test.
func codeOf(t testing.TB, err error) mqtt.ReasonCode {
	t.Helper()
	var reason *mqtt.ReasonError
	if !errors.As(err, &reason) {
		t.Fatalf("not a ReasonError: %v", err)
	}
	if reason.Reason == "" {
		t.Errorf("%v without a reason", reason.Code)
	}
	return reason.Code
}
