// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Connect are about CONNECT (3.1), but for the Will, limits and the Client Identifier.
var checks5Connect = []Check{
	{Name: "first packet", Clauses: []string{"MQTT-3.1.0-1"}, Run: firstPacket5},
	{Name: "second CONNECT", Clauses: []string{"MQTT-3.1.0-2", "MQTT-3.2.0-2", "MQTT-4.13.2-1"},
		Run: secondConnect5},
	{Name: "Protocol Name", Clauses: []string{"MQTT-3.1.2-1"}, Run: protocolName5},
	{Name: "Protocol Version", Clauses: []string{"MQTT-3.1.2-2"}, Run: protocolVersion5},
	{Name: "reserved Connect Flag", Clauses: []string{"MQTT-3.1.2-3"}, Run: reservedConnectFlag5},
	{Name: "Clean Start 1", Clauses: []string{"MQTT-3.1.2-4", "MQTT-3.1.4-4", "MQTT-3.2.2-2"},
		Run: cleanStart5},
	{Name: "Clean Start 0 with a Session", Clauses: []string{"MQTT-3.1.2-5", "MQTT-3.1.2-23",
		"MQTT-3.1.4-4", "MQTT-3.2.2-3"}, Run: resumeSession5},
	{Name: "Clean Start 0 without a Session", Clauses: []string{"MQTT-3.1.2-6", "MQTT-3.2.2-3"},
		Run: newSession5},
	{Name: "User Name and Password flags", Clauses: []string{"MQTT-3.1.2-16", "MQTT-3.1.2-17",
		"MQTT-3.1.2-18", "MQTT-3.1.2-19"}, Run: credentialFlags5},
	{Name: "order of the Payload", Clauses: []string{"MQTT-3.1.3-1"}, Run: payloadOrder5},
	{Name: "User Name is a string", Clauses: []string{"MQTT-3.1.3-12"}, Run: userName5},
	{Name: "malformed CONNECT", Clauses: []string{"MQTT-3.1.4-1", "MQTT-3.2.2-7"},
		Run: malformedConnect5},
	{Name: "properties of CONNECT", Clauses: []string{"MQTT-3.1.4-1", "MQTT-4.13.1-1"},
		Run: connectProperties5},
	{Name: "take-over", Clauses: []string{"MQTT-3.1.4-3", "MQTT-3.14.4-1", "MQTT-3.14.4-2"},
		Run: takeOver5},
	{Name: "CONNACK accepts", Clauses: []string{"MQTT-3.1.4-5", "MQTT-4.2.0-1"}, Run: accepts5},
	{Name: "data behind a refused CONNECT", Clauses: []string{"MQTT-3.1.4-6"}, Run: refusedData5},
}

func firstPacket5(t *T) {
	// No version is agreed on in which the Server could say something.
	refuseFirstRows5(t, map[string][]byte{
		"PINGREQ":    frame(0xC0),
		"PUBLISH":    publish5(0x30, t.Topic("x"), nil, ""),
		"SUBSCRIBE":  subscribe5(nil, text(t.Topic("x")), []byte{0}),
		"DISCONNECT": frame(0xE0),
		"AUTH":       frame(0xF0),
	})
}

func secondConnect5(t *T) {
	c := t.Connect("a")
	c.Send(rawclient.Connect(t.version, t.ID("a"), t.Login))
	t.Closed(c, mqtt.ProtocolError)
}

func protocolName5(t *T) {
	for _, name := range []string{"mqtt", "MQTX", "MQT", "MQTTT", ""} {
		t.Case(name, func() {
			rest := []byte{byte(mqtt.V50), 0x02, 0, 0, 0}
			refuseFirst5(t, frame(0x10, text(name), rest, text(t.ID("a"))),
				mqtt.UnsupportedProtocolVersion, mqtt.MalformedPacket, mqtt.ProtocolError)
		})
	}
}

func protocolVersion5(t *T) {
	for _, version := range []byte{6, 127} {
		sent := connect5(0x02, nil, text(t.ID("a")))
		sent[2+len(text("MQTT"))] = version
		c := t.Dial()
		_ = c.TrySend(sent)
		raw, err := c.NextRaw()
		if err == nil {
			// Return code 1 of 3.1.1 says the same, and the Client speaks neither version.
			if code := raw[3]; raw[0] != 0x20 || code != 1 && code != 0x84 {
				t.Fatalf("got % X for Protocol Version %d", raw, version)
			}
			raw, err = c.NextRaw()
		}
		t.over(c, raw, err)
	}
}

func reservedConnectFlag5(t *T) {
	refuseFirst5(t, connect5(0x03, nil, text(t.ID("a"))), wrong5...)
}

func cleanStart5(t *T) {
	away5(t, "a", t.Topic("x"), 1)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "old", mqtt.AtLeastOnce)
	c, a := t.ConnectAnswer("a")
	if a.SessionPresent {
		t.Fatalf("Session Present with Clean Start 1")
	}
	pub.Publish(t.Topic("x"), "new", mqtt.AtLeastOnce)
	t.Silent(c, Moment)
}

func resumeSession5(t *T) {
	away5(t, "a", t.Topic("x"), 1)
	pub := t.Connect("b")
	pub.Publish(t.Topic("x"), "queued", mqtt.AtLeastOnce)
	c, a := t.ConnectAnswer("a", keeps5(60))
	if !a.SessionPresent {
		t.Fatalf("Session Present 0, and there was a Session")
	}
	c.ExpectMessage(t.Topic("x"), "queued")
	pub.Publish(t.Topic("x"), "live", mqtt.AtLeastOnce)
	c.ExpectMessage(t.Topic("x"), "live")
}

func newSession5(t *T) {
	c, a := t.ConnectAnswer("a", keeps5(60))
	if a.SessionPresent {
		t.Fatalf("Session Present, and there was no Session")
	}
	t.Subscribe(c, t.Topic("x"), 0)
	c.Publish(t.Topic("x"), "m", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic("x"), "m")
}

func credentialFlags5(t *T) {
	id := text(t.ID("a"))
	refuseFirstRows5(t, map[string][]byte{
		"no flag, User Name":           connect5(0x02, nil, id, text("user")),
		"User Name Flag, no User Name": connect5(0x82, nil, id),
		"User Name Flag, two fields":   connect5(0x82, nil, id, text("user"), text("password")),
		"Password Flag, no Password":   connect5(0x42, nil, id),
		"both flags, one field":        connect5(0xC2, nil, id, text("user")),
		"both flags, three fields": connect5(0xC2, nil, id, text("user"), text("password"),
			text("more")),
	}, wrong5...)
}

func payloadOrder5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 0)
	c := t.Dial()
	c.Send(rawclient.Connect(t.version, t.ID("a"), rawclient.Will(t.Topic("will"), "payload"),
		func(p *packet.Connect) {
			p.HasUsername, p.Username = true, []byte("user")
			p.HasPassword, p.Password = true, []byte("password")
			p.WillProperties.SetContentType([]byte("type"))
			t.Login(p)
		}))
	switch a := rawclient.Expect[*packet.Connack](c); a.Code {
	case mqtt.Success:
	case mqtt.BadUserNameOrPassword, mqtt.NotAuthorized:
		t.Unsupported("the server knows no such user: run with a user name and a password")
	default:
		t.Fatalf("got %s", rawclient.Describe(a))
	}
	c.Cut()
	p := sub.ExpectMessage(t.Topic("will"), "payload")
	if string(p.Properties.ContentType) != "type" {
		t.Fatalf("the Will Message has the Content Type %q", p.Properties.ContentType)
	}
}

func userName5(t *T) {
	rows := map[string][]byte{}
	for name, s := range illFormed {
		rows[name] = connect5(0x82, nil, text(t.ID("a")), text(s))
	}
	// The Server may find the User Name bad before it finds the packet malformed.
	refuseFirstRows5(t, rows, mqtt.MalformedPacket, mqtt.ProtocolError,
		mqtt.BadUserNameOrPassword)
}

func takeOver5(t *T) {
	old := subscriber5(t, "a", t.Topic("x"), 0)
	c := t.Connect("a")
	old.ExpectDisconnect(mqtt.SessionTakenOver)
	c.Quiet()
}

func accepts5(t *T) {
	// What is sent behind CONNECT is answered behind CONNACK.
	c := t.Dial()
	c.Send(append(rawclient.Connect(t.version, t.ID("a"), t.Login), frame(0xC0)...))
	if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.Success {
		t.Fatalf("got %s", rawclient.Describe(a))
	}
	rawclient.Expect[*rawclient.Pingresp](c)
}

func refusedData5(t *T) {
	sub := subscriber5(t, "b", t.Topic("x"), 0)
	method := text5(packet.AuthenticationMethod, "conformance-unknown")
	sent := connect5(0x02, method, text(t.ID("a")))
	refuseFirst5(t, append(sent, publish5(0x30, t.Topic("x"), nil, "m")...))
	t.Silent(sub, Moment)
}
