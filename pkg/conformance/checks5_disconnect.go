// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Disconnect are about DISCONNECT and AUTH (3.14, 3.15).
var checks5Disconnect = []Check{
	{Name: "no DISCONNECT before CONNACK", Clauses: []string{"MQTT-3.14.0-1"},
		Run: noDisconnect5},
	{Name: "flags of DISCONNECT", Clauses: []string{"MQTT-3.14.1-1"}, Run: flags5(0xE0, 0)},
	{Name: "Reason Codes of DISCONNECT", Clauses: []string{"MQTT-3.14.2-1"},
		Run: disconnectCodes5},
	{Name: "properties of DISCONNECT", Clauses: []string{"MQTT-3.14.2-2"},
		Run: disconnectProperties5},
	{Name: "DISCONNECT fits Maximum Packet Size", Clauses: []string{"MQTT-3.14.2-3",
		"MQTT-3.14.2-4", "MQTT-3.1.2-24"}, Run: disconnectFits5},
	{Name: "nothing behind DISCONNECT", Clauses: []string{"MQTT-3.14.4-1", "MQTT-3.14.4-2",
		"MQTT-4.13.2-1"}, Run: lastPacket5},
	{Name: "DISCONNECT discards the Will Message", Clauses: []string{"MQTT-3.14.4-3",
		"MQTT-3.1.2-10"}, Run: discardsWill5},
	{Name: "flags of AUTH", Clauses: []string{"MQTT-3.15.1-1"}, Run: flags5(0xF0, 0)},
	{Name: "Reason Codes of AUTH", Clauses: []string{"MQTT-3.15.2-1"}, Run: authCodes5},
}

func noDisconnect5(t *T) {
	for name, sent := range map[string][]byte{
		"PUBLISH first":          publish5(0x30, t.Topic("x"), nil, "m"),
		"malformed CONNECT":      connect5(0x03, nil, text(t.ID("a"))),
		"CONNECT broken off":     connect5(0x02, nil),
		"unknown Authentication": rawclient.Connect(t.version, t.ID("a"), t.Login, method5),
	} {
		t.Case(name, func() {
			c := t.Dial()
			_ = c.TrySend(sent)
			p, err := c.TryNext()
			if a, ok := p.(*packet.Connack); ok && a.Code.Failed() {
				p, err = c.TryNext()
			}
			t.over(c, p, err)
		})
	}
}

func disconnectCodes5(t *T) {
	for _, code := range []mqtt.ReasonCode{mqtt.Success, mqtt.DisconnectWithWill,
		mqtt.UnspecifiedError, mqtt.ImplementationSpecificError, mqtt.QuotaExceeded} {
		t.Case(code.String(), func() {
			goodbye5(t, t.Connect("a"), frame(0xE0, []byte{byte(code)}))
		})
	}
	refuseRows5(t, map[string][]byte{
		"QoS 1":               frame(0xE0, []byte{byte(mqtt.GrantedQoS1)}),
		"re-authenticate":     frame(0xE0, []byte{byte(mqtt.ReAuthenticate)}),
		"bad User Name":       frame(0xE0, []byte{byte(mqtt.BadUserNameOrPassword)}),
		"no such Reason Code": frame(0xE0, []byte{0xFF}),
	}, wrong5...)
}

// goodbye5 sends a DISCONNECT that the Server has no reason to complain about. It should close the
// connection, but need not.
func goodbye5(t *T, c *rawclient.Client, sent []byte) {
	c.Send(sent)
	if p, err := c.TryNext(); err == nil {
		t.Fatalf("got %s after DISCONNECT", rawclient.Describe(p))
	}
	_ = c.Close()
}

func disconnectProperties5(t *T) {
	old := t.Connect("a", keeps5(60))
	t.Connect("a", keeps5(60))
	broken := t.Connect("b", keeps5(60))
	broken.Send(publish5(0x36, t.Topic("x"), nil, "m"))
	for _, c := range []*rawclient.Client{old, broken} {
		p, err := c.TryNext()
		d, ok := p.(*packet.Disconnect)
		if !ok {
			t.over(c, p, err)
		} else if d.Properties.Has(packet.SessionExpiryInterval) {
			t.Fatalf("%s has a Session Expiry Interval", rawclient.Describe(d))
		}
	}
}

func disconnectFits5(t *T) {
	size := tight5(t)
	for _, sent := range [][]byte{
		publish5(0x36, t.Topic("x"), nil, "m"),
		subscribe5(nil, text(t.Topic("#/x")), []byte{0}),
		rawclient.Connect(t.version, t.ID("a"), t.Login),
		frame(0xF0, []byte{byte(mqtt.ReAuthenticate)}, block5()),
	} {
		c := t.Connect("a", within5(size))
		c.Send(sent)
		if raw, err := c.NextRaw(); err == nil && len(raw) > int(size) {
			t.Errorf("%d bytes for a Maximum Packet Size of %d", len(raw), size)
		}
	}
}

func lastPacket5(t *T) {
	sub := subscriber5(t, "b", t.Topic("x"), 0)
	c := subscriber5(t, "a", t.Topic("x"), 0)
	wrong := publish5(0x36, t.Topic("x"), nil, "wrong")
	behind := publish5(0x30, t.Topic("x"), nil, "behind")
	_ = c.TrySend(append(append(wrong, behind...), frame(0xC0)...))
	t.Closed(c, wrong5...)
	t.Silent(sub, Moment)
}

func discardsWill5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	for _, sent := range [][]byte{frame(0xE0), frame(0xE0, []byte{0}),
		frame(0xE0, []byte{0}, block5())} {
		goodbye5(t, willClient5(t), sent)
	}
	t.Silent(sub, Moment)
}

func authCodes5(t *T) {
	refuseRows5(t, map[string][]byte{
		"QoS 1":               frame(0xF0, []byte{byte(mqtt.GrantedQoS1)}, block5()),
		"malformed packet":    frame(0xF0, []byte{byte(mqtt.MalformedPacket)}, block5()),
		"no such Reason Code": frame(0xF0, []byte{0xFF}, block5()),
	}, wrong5...)
}
