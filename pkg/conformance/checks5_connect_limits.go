// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5ConnectLimits are about what a CONNECT asks of the Server (3.1.2.10, 3.1.2.11).
var checks5ConnectLimits = []Check{
	{Name: "Keep Alive", Clauses: []string{"MQTT-3.1.2-22", "MQTT-3.2.2-22"}, Run: keepAlive5},
	{Name: "packets keep the connection alive", Clauses: []string{"MQTT-3.1.2-22"},
		Run: keptAlive5},
	{Name: "Maximum Packet Size", Clauses: []string{"MQTT-3.1.2-24", "MQTT-3.1.2-25"},
		Run: maximumPacketSize5},
	{Name: "Topic Alias Maximum of the Client", Clauses: []string{"MQTT-3.1.2-26",
		"MQTT-3.3.2-11", "MQTT-3.3.2-8"}, Run: serverAliases5},
	{Name: "no Topic Alias Maximum", Clauses: []string{"MQTT-3.1.2-27"}, Run: noAliases5},
	{Name: "Request Response Information 0", Clauses: []string{"MQTT-3.1.2-28"},
		Run: responseInformation5},
	{Name: "Request Problem Information 0", Clauses: []string{"MQTT-3.1.2-29"},
		Run: problemInformation5},
}

// alive5 is a change of CONNECT: the shortest Keep Alive.
func alive5(p *packet.Connect) { p.KeepAlive = 1 }

func keepAlive5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	c, a := t.ConnectAnswer("a", alive5, rawclient.Will(t.Topic("will"), "will"))
	if p := &a.Properties; p.Has(packet.ServerKeepAlive) && p.ServerKeepAlive != 1 {
		t.Unsupported("the server announces Server Keep Alive %d", p.ServerKeepAlive)
	}
	t.Patient(c)
	t.Patient(sub)
	patient5(c)
	t.Closed(c, mqtt.KeepAliveTimeout)
	sub.ExpectMessage(t.Topic("will"), "will") // as if the network had failed
}

func keptAlive5(t *T) {
	c := t.Connect("a", alive5)
	for range 4 { // in all, longer than one and a half times the Keep Alive
		t.Sleep(time.Second / 2)
		c.Publish(t.Topic("x"), "", mqtt.AtMostOnce)
	}
	c.Quiet()
}

func maximumPacketSize5(t *T) {
	const limit = 256
	topic := t.Topic("x")
	c := t.Connect("a", func(p *packet.Connect) {
		p.Properties.SetMaximumPacketSize(limit)
		p.Properties.SetReceiveMaximum(1)
	})
	t.Subscribe(c, topic, 1)
	pub := t.Connect("b")
	for q := mqtt.AtMostOnce; q <= mqtt.AtLeastOnce; q++ {
		fits := limit - len(rawclient.Publish(t.version, 1, topic, make([]byte, 128), q)) + 128
		pub.Publish(topic, strings.Repeat("-", fits+1), q)
		pub.Publish(topic, strings.Repeat("-", 70_000), q)
		pub.Publish(topic, strings.Repeat("+", fits), q)
		// Receive Maximum is 1: what was discarded must not count as sent and unacknowledged.
		c.ExpectMessage(topic, strings.Repeat("+", fits))
	}
}

func serverAliases5(t *T) {
	const most = 2
	c := t.Connect("a", func(p *packet.Connect) { p.Properties.SetTopicAliasMaximum(most) })
	pub := t.Connect("b")
	names := map[uint16]string{}
	for i := range 8 {
		topic := t.Topic(string("wxyz"[i%4]))
		if i < 4 {
			t.Subscribe(c, topic, 0)
		}
		pub.Publish(topic, topic, mqtt.AtMostOnce)
		p := rawclient.Expect[*packet.Publish](c)
		name := string(p.Topic)
		if p.Properties.Has(packet.TopicAlias) {
			alias := p.Properties.TopicAlias
			if alias == 0 || alias > most {
				t.Fatalf("Topic Alias %d, the maximum is %d", alias, most)
			}
			if name == "" {
				name = names[alias]
			}
			names[alias] = name
		}
		if name != string(p.Payload) {
			t.Fatalf("the topic is %q, want %q", name, p.Payload)
		}
	}
}

func noAliases5(t *T) {
	for _, change := range []func(*packet.Connect){
		func(*packet.Connect) {},
		func(p *packet.Connect) { p.Properties.SetTopicAliasMaximum(0) },
	} {
		c := t.Connect("a", change)
		t.Subscribe(c, t.Topic("x"), 0)
		for range 3 {
			c.Publish(t.Topic("x"), "m", mqtt.AtMostOnce)
			p := c.ExpectMessage(t.Topic("x"), "m")
			if p.Properties.Has(packet.TopicAlias) {
				t.Fatalf("Topic Alias %d", p.Properties.TopicAlias)
			}
		}
	}
}

func responseInformation5(t *T) {
	_, absent := t.ConnectAnswer("a") // the same as 0
	_, zero := t.ConnectAnswer("b", func(p *packet.Connect) {
		p.Properties.SetRequestResponseInformation(0)
	})
	if absent.Properties.Has(packet.ResponseInformation) ||
		zero.Properties.Has(packet.ResponseInformation) {
		t.Fatalf("Response Information that was not asked for")
	}
}

func problemInformation5(t *T) {
	t.eachOf(problems5(t), func(sent []byte) {
		c := t.Connect("a", func(p *packet.Connect) {
			p.Properties.SetRequestProblemInformation(0)
		})
		c.Send(sent)
		p, err := c.TryNext()
		if err != nil || properties5(p) == nil {
			return // DISCONNECT, which may say more
		}
		if x := properties5(p); x.Has(packet.ReasonString) || x.Has(packet.UserProperty) {
			t.Fatalf("%T has a Reason String or User Properties", p)
		}
	})
}

// properties5 are those of an acknowledgement; nil if p is none.
func properties5(p any) *packet.Properties {
	switch p := p.(type) {
	case *rawclient.Puback:
		return &p.Properties
	case *rawclient.Pubrec:
		return &p.Properties
	case *rawclient.Pubrel:
		return &p.Properties
	case *rawclient.Pubcomp:
		return &p.Properties
	case *packet.Suback:
		return &p.Properties
	case *packet.Unsuback:
		return &p.Properties
	}
	return nil
}

// problems5 are packets that a Server may have reason to complain about, by what answers each. It
// may disconnect the Client as well.
func problems5(t *T) map[string][]byte {
	format := byte5(packet.PayloadFormat, 1)
	return map[string][]byte{
		"PUBACK":   publish5(0x32, t.Topic("x"), format, "\xFF"),
		"PUBREC":   publish5(0x34, t.Topic("x"), format, "\xFF"),
		"PUBREL":   frame(0x50, number16(9)),
		"PUBCOMP":  frame(0x62, number16(9)),
		"SUBACK":   subscribe5(nil, text(t.Topic("x")), []byte{0}),
		"UNSUBACK": frame(0xA2, number16(1), block5(), text(t.Topic("never"))),
	}
}
