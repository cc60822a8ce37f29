// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// wrong5 are the Reason Codes for a packet that is malformed or breaks the protocol where the
// specification has no other (4.13.1).
var wrong5 = []mqtt.ReasonCode{mqtt.MalformedPacket, mqtt.ProtocolError}

// coarse is longer than a second by so much that a Server which counts in whole seconds has seen a
// second pass.
const coarse = 2200 * time.Millisecond

// patient5 waits longer than usual: some Servers look at their clocks only every few seconds.
func patient5(c *rawclient.Client) { c.Wait = max(c.Wait, 15*time.Second) }

// block5 puts the Property Length before encoded properties.
func block5(properties ...[]byte) []byte {
	// A packet of type 0 with this body, without its first byte.
	return frame(0, properties...)[1:]
}

// byte5 is a property of one byte.
func byte5(id packet.PropertyID, v byte) []byte { return []byte{byte(id), v} }

// short5 is a property of two bytes.
func short5(id packet.PropertyID, v uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{byte(id)}, v)
}

// long5 is a property of four bytes.
func long5(id packet.PropertyID, v uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{byte(id)}, v)
}

// text5 is a property that is a string or binary data.
func text5(id packet.PropertyID, s string) []byte { return append([]byte{byte(id)}, text(s)...) }

// user5 is a User Property.
func user5(key, value string) []byte {
	return append(text5(packet.UserProperty, key), text(value)...)
}

// connect5 is a CONNECT, right or wrong, with these Connect Flags, encoded properties and fields of
// the Payload.
func connect5(flags byte, properties []byte, payload ...[]byte) []byte {
	head := append(text("MQTT"), byte(mqtt.V50), flags, 0, 0)
	return frame(0x10, head, block5(properties), bytes.Join(payload, nil))
}

// publish5 is a PUBLISH, right or wrong: with a Packet Identifier, 1, if first has a QoS.
func publish5(first byte, topic string, properties []byte, payload string) []byte {
	var id []byte
	if first&0x06 != 0 {
		id = number16(1)
	}
	return frame(first, text(topic), id, block5(properties), []byte(payload))
}

// subscribe5 is a SUBSCRIBE, right or wrong, with the Packet Identifier 1.
func subscribe5(properties []byte, payload ...[]byte) []byte {
	return frame(0x82, number16(1), block5(properties), bytes.Join(payload, nil))
}

// refuse5 sends bytes on a connection of its own that was accepted; they must end it. The Server
// may close the connection before it has them all.
func refuse5(t *T, sent []byte, codes ...mqtt.ReasonCode) {
	c := t.Connect("a")
	_ = c.TrySend(sent)
	t.Closed(c, codes...)
}

// refuseRows5 is refuse5 for a table, by what is wrong in each row.
func refuseRows5(t *T, rows map[string][]byte, codes ...mqtt.ReasonCode) {
	t.eachOf(rows, func(sent []byte) { refuse5(t, sent, codes...) })
}

// refuseFirst5 sends bytes on a new connection; they must end it.
func refuseFirst5(t *T, sent []byte, codes ...mqtt.ReasonCode) {
	c := t.Dial()
	_ = c.TrySend(sent)
	t.Closed(c, codes...)
}

// refuseFirstRows5 is refuseFirst5 for a table.
func refuseFirstRows5(t *T, rows map[string][]byte, codes ...mqtt.ReasonCode) {
	t.eachOf(rows, func(sent []byte) { refuseFirst5(t, sent, codes...) })
}

// keeps5 is a change of CONNECT: Clean Start 0 and a Session that outlives its connection by this
// many seconds.
func keeps5(seconds uint32) func(*packet.Connect) {
	return func(p *packet.Connect) {
		p.CleanStart = false
		p.Properties.SetSessionExpiryInterval(seconds)
	}
}

// away5 makes a Session that has one subscription and no connection.
func away5(t *T, id, filter string, o mqtt.SubscriptionOptions) {
	c := t.Connect(id, keeps5(60))
	t.Subscribe(c, filter, o)
	t.Disconnect(c)
}

// subscriber5 connects with a clean Session and subscribes.
func subscriber5(t *T, id, filter string, o mqtt.SubscriptionOptions) *rawclient.Client {
	c := t.Connect(id)
	t.Subscribe(c, filter, o)
	return c
}

// raw5 returns the next packet as it is on the wire.
func raw5(t *T, c *rawclient.Client) []byte {
	raw, err := c.NextRaw()
	if err != nil {
		t.Fatalf("waiting for a packet: %v", err)
	}
	return raw
}

// expect5 expects a message without acknowledging it.
func expect5(t *T, c *rawclient.Client, payload string) *packet.Publish {
	p := rawclient.Expect[*packet.Publish](c)
	if string(p.Payload) != payload {
		t.Fatalf("got %s with %q, want %q", rawclient.Describe(p), p.Payload, payload)
	}
	return p
}
