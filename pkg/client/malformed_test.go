// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// specimen is a good packet of a Client, to be spoilt.
type specimen struct {
	name string
	wire []byte
}

// specimens are good packets of every type, with everything in them.
func specimens(t testing.TB, v mqtt.Version) (all []specimen) {
	add := func(name string, b []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, specimen{name, b})
	}
	b, err := packet.AppendConnect(nil, fullConnect(v))
	add("CONNECT", b, err)
	for qos := range mqtt.QoS(3) {
		b, err = packet.AppendPublish(nil, v, fullPublish(qos))
		add(fmt.Sprintf("PUBLISH QoS %d", qos), b, err)
	}
	for _, kind := range []packet.Type{
		packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP,
	} {
		a := &packet.Ack{ID: 1}
		a.Properties.SetReasonString([]byte("why"))
		b, err = packet.AppendAck(nil, v, kind, a)
		add(kind.String(), b, err)
	}
	s := &packet.Subscribe{ID: 2, Subscriptions: []mqtt.Subscription{
		{Filter: "spoilt/+"}, {Filter: "$share/g/spoilt/#", Options: 2},
	}}
	s.Properties.AddSubscriptionIdentifier(300)
	b, err = packet.AppendSubscribe(nil, v, s)
	add("SUBSCRIBE", b, err)
	u := &packet.Unsubscribe{ID: 3, Filters: []string{"a", "b/#"}}
	b, err = packet.AppendUnsubscribe(nil, v, u)
	add("UNSUBSCRIBE", b, err)
	add("PINGREQ", packet.AppendPingreq(nil), nil)
	d := &packet.Disconnect{Code: mqtt.DisconnectWithWill}
	d.Properties.SetSessionExpiryInterval(5)
	b, err = packet.AppendDisconnect(nil, v, d)
	add("DISCONNECT", b, err)
	if v == mqtt.V50 {
		a := &packet.Auth{Code: mqtt.ContinueAuthentication}
		a.Properties.SetAuthenticationMethod([]byte("M"))
		b, err = packet.AppendAuth(nil, a)
		add("AUTH", b, err)
	}
	return all
}

func fullConnect(v mqtt.Version) *packet.Connect {
	x := &packet.Connect{Version: v, ClientID: []byte("spoilt"), KeepAlive: 60, CleanStart: true,
		Will: true, WillQoS: 1, WillTopic: []byte("spoilt/will"), WillPayload: []byte("gone"),
		HasUsername: true, Username: []byte("u"), HasPassword: true, Password: []byte("p")}
	x.Properties.SetSessionExpiryInterval(10)
	x.Properties.SetReceiveMaximum(5)
	x.Properties.SetMaximumPacketSize(1000)
	x.Properties.SetTopicAliasMaximum(3)
	x.Properties.AddUser([]byte("k"), []byte("v"))
	x.WillProperties.SetWillDelayInterval(1)
	x.WillProperties.SetContentType([]byte("text"))
	return x
}

func fullPublish(qos mqtt.QoS) *packet.Publish {
	x := &packet.Publish{
		Topic: []byte("spoilt/topic"), Payload: []byte("hi"), QoS: qos, Retain: true,
	}
	if qos > 0 {
		x.ID = 9
	}
	x.Properties.SetPayloadFormat(1)
	x.Properties.SetMessageExpiryInterval(60)
	x.Properties.SetTopicAlias(1)
	x.Properties.SetContentType([]byte("text"))
	x.Properties.SetResponseTopic([]byte("re/ply"))
	x.Properties.SetCorrelationData([]byte{0, 255})
	x.Properties.AddUser([]byte("k"), []byte("v"))
	return x
}

// spoil calls try with every truncation and every change of one byte of b. The bytes are borrowed.
func spoil(b []byte, try func(what string, spoilt []byte)) {
	for n := range b {
		try(fmt.Sprintf("cut to %d bytes", n), b[:n])
		body := append([]byte{}, b[:n]...)
		if n >= 2 && n-2 < 128 {
			body[1] = byte(n - 2)
			try(fmt.Sprintf("cut to %d bytes, length corrected", n), body)
		}
	}
	spoilt := append([]byte{}, b...)
	for i := range spoilt {
		for _, change := range []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF} {
			spoilt[i] ^= change
			try(fmt.Sprintf("byte %d changed by %02x", i, change), spoilt)
			spoilt[i] ^= change
		}
	}
}

// TestMalformedPackets feeds every spoilt packet to a connected Client, and as a first packet:
// nothing panics, at most that one connection ends, and another Client goes on as if nothing had
// happened.
func TestMalformedPackets(t *testing.T) {
	t.Parallel()
	for _, v := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for _, s := range specimens(t, v) {
			t.Run(fmt.Sprintf("%v %s", v, s.name), func(t *testing.T) {
				t.Parallel()
				w := scenario.New(scenario.Defaults(2))
				good := w.Dial("good")
				good.Send(connectBytes(t, mqtt.V50, "good", true))
				good.Send([]byte("\x82\x0A\x00\x01\x00\x00\x04good\x01"))
				w.Settle()
				good.Take()
				spoil(s.wire, func(what string, spoilt []byte) {
					tryMalformed(t, w, v, what, spoilt)
					stillWell(t, w, good, what)
				})
				w.Close()
				if n := w.Count(metrics.Clients); n != 0 {
					t.Errorf("%d Clients counted after all went", n)
				}
			})
		}
	}
}

// tryMalformed lets a connection send the bytes after a good CONNECT, and another one before.
func tryMalformed(t *testing.T, w *scenario.World, v mqtt.Version, what string, spoilt []byte) {
	t.Helper()
	for _, connected := range []bool{true, false} {
		c := w.Dial("bad")
		c.Version = v
		if connected {
			c.Send(connectBytes(t, v, "bad", true))
		} else if len(spoilt) > 8 && spoilt[0]>>4 == byte(packet.CONNECT) {
			c.Version = answerVersion(spoilt[8])
		}
		c.Send(spoilt)
		w.Settle()
		for _, line := range c.Take() {
			if strings.HasPrefix(line, "GARBAGE") || strings.HasPrefix(line, "BAD") {
				t.Errorf("%s (connected %v): answered by %s", what, connected, line)
			}
		}
		c.Cut()
		w.Forget(c)
	}
}

// answerVersion is the version in which a CONNECT with that level byte is answered.
func answerVersion(level byte) mqtt.Version {
	if level&0x7F >= byte(mqtt.V50) {
		return mqtt.V50
	}
	return mqtt.V311
}

// stillWell checks that a Client got nothing odd and is served.
func stillWell(t *testing.T, w *scenario.World, good *scenario.Conn, what string) {
	t.Helper()
	good.Auto = true
	good.Send([]byte("\x32\x0B\x00\x04good\x00\x07\x00hi"))
	w.Settle()
	got := good.Take()
	if len(got) != 2 || !strings.HasPrefix(got[0], "PUBLISH good qos=1 id=") ||
		!strings.HasSuffix(got[0], ` "hi"`) || got[1] != "PUBACK id=7" {
		t.Fatalf("%s: another Client got %q, want its own message and PUBACK", what, got)
	}
}
