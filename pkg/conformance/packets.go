// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// frame makes a packet, right or wrong, of its first byte and the parts of what follows the
// Remaining Length.
func frame(first byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	b := []byte{first}
	for n := len(body); ; n >>= 7 {
		if n < 0x80 {
			b = append(b, byte(n))
			break
		}
		b = append(b, byte(n)|0x80)
	}
	return append(b, body...)
}

// text is a string, or binary data, behind its length.
func text(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
}

// number16 is a Packet Identifier, or another number of two bytes.
func number16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }

// illFormed are byte sequences that are no UTF-8, by what is wrong with them.
var illFormed = map[string]string{
	"continuation byte alone":    "a\x80",
	"truncated sequence":         "a\xE2\x82",
	"overlong slash":             "a\xC0\xAF",
	"overlong null":              "a\xC0\x80",
	"surrogate U+D800":           "a\xED\xA0\x80",
	"surrogate U+DFFF":           "a\xED\xBF\xBF",
	"code point above U+10FFFF":  "a\xF4\x90\x80\x80",
	"byte that is never allowed": "a\xFF",
}

// Subscribe subscribes and waits for the answer. A Server that grants less than is asked for does
// not have that QoS.
func (t *T) Subscribe(c *rawclient.Client, filter string, o mqtt.SubscriptionOptions) {
	id := c.ID()
	c.Send(rawclient.Subscribe(c.Version, id, filter, o))
	a := rawclient.Await[*packet.Suback](c)
	switch {
	case a.ID != id || len(a.Codes) != 1:
		t.Fatalf("got %s for SUBSCRIBE %d with one Topic Filter", rawclient.Describe(a), id)
	case a.Codes[0].Failed():
		t.Fatalf("the subscription to %q fails: %v", filter, a.Codes[0])
	case mqtt.QoS(a.Codes[0]) < o.QoS():
		t.Unsupported("the server grants QoS %d instead of %d", a.Codes[0], o.QoS())
	case mqtt.QoS(a.Codes[0]) > o.QoS():
		t.Fatalf("the server grants QoS %d where %d was asked for", a.Codes[0], o.QoS())
	}
}

// Until returns the messages that arrive, the last of which has this payload. It acknowledges them.
func (t *T) Until(c *rawclient.Client, payload string) []*packet.Publish {
	var all []*packet.Publish
	for {
		p := rawclient.Expect[*packet.Publish](c)
		c.Acknowledge(p)
		all = append(all, p)
		if string(p.Payload) == payload {
			return all
		}
	}
}

// payloads are those of messages, in their order.
func payloads(all []*packet.Publish) []string {
	var list []string
	for _, p := range all {
		list = append(list, string(p.Payload))
	}
	return list
}
