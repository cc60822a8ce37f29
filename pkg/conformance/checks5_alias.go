// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Alias are about Topic Aliases of the Client (3.3.2.3.4).
var checks5Alias = []Check{
	{Name: "Topic Alias of another connection", Clauses: []string{"MQTT-3.3.2-7"},
		Run: oldAlias5},
	{Name: "Topic Alias of the Server on another connection", Clauses: []string{"MQTT-3.3.2-7"},
		Run: oldServerAlias5},
	{Name: "Topic Alias 0", Clauses: []string{"MQTT-3.3.2-8"}, Run: aliasZero5},
	{Name: "Topic Alias above the maximum", Clauses: []string{"MQTT-3.3.2-9", "MQTT-3.2.2-17"},
		Run: aliasAbove5},
	{Name: "Topic Alias where there are none", Clauses: []string{"MQTT-3.2.2-18"},
		Run: aliasUnannounced5},
	{Name: "Topic Aliases of the Client", Clauses: []string{"MQTT-3.3.2-12"}, Run: aliases5},
	{Name: "Topic Alias that was never set", Clauses: []string{"MQTT-4.13.1-1"},
		Run: aliasUnset5},
}

// alias5 is a PUBLISH with QoS 0 and a Topic Alias.
func alias5(topic string, alias uint16, payload string) []byte {
	return publish5(0x30, topic, short5(packet.TopicAlias, alias), payload)
}

// badAlias5 are the Reason Codes for a Topic Alias that cannot be.
var badAlias5 = append(wrong5[:len(wrong5):len(wrong5)], mqtt.TopicAliasInvalid)

func oldAlias5(t *T) {
	needAliases5(t)
	sub := subscriber5(t, "b", t.Topic("x"), 0)
	c := t.Connect("a", keeps5(60))
	c.Send(alias5(t.Topic("x"), 1, "first"))
	sub.ExpectMessage(t.Topic("x"), "first")
	t.Disconnect(c)
	c = t.Connect("a", keeps5(60))
	c.Send(alias5("", 1, "second"))
	t.Closed(c, badAlias5...)
	t.Silent(sub, Moment)
}

func oldServerAlias5(t *T) {
	topic := t.Topic("x")
	pub := t.Connect("b")
	for range 2 {
		c := t.Connect("a", keeps5(60), func(p *packet.Connect) {
			p.Properties.SetTopicAliasMaximum(5)
		})
		t.Subscribe(c, topic, 0)
		pub.Publish(topic, "m", mqtt.AtMostOnce)
		c.ExpectMessage(topic, "m") // the first on a connection has its Topic Name
		t.Disconnect(c)
	}
}

func aliasZero5(t *T) {
	refuse5(t, alias5(t.Topic("x"), 0, "m"), badAlias5...)
}

func aliasAbove5(t *T) {
	most := needAliases5(t)
	if most == 65_535 {
		t.Unsupported("the server takes every Topic Alias, so that none is too high")
	}
	refuse5(t, alias5(t.Topic("x"), most+1, "m"), badAlias5...)
	refuse5(t, alias5(t.Topic("x"), 65_535, "m"), badAlias5...)
}

func aliasUnannounced5(t *T) {
	if a := announced5(t); a.Has(packet.TopicAliasMaximum) && a.TopicAliasMaximum > 0 {
		t.Unsupported("the server announces Topic Alias Maximum %d", a.TopicAliasMaximum)
	}
	refuse5(t, alias5(t.Topic("x"), 1, "m"), badAlias5...)
}

func aliases5(t *T) {
	most := needAliases5(t)
	sub := t.Connect("b")
	for _, name := range []string{"x", "y", "z"} {
		t.Subscribe(sub, t.Topic(name), 0)
	}
	c := t.Connect("a")
	last := "x"
	if most > 1 {
		last = "y"
	}
	for _, step := range []struct {
		name  string // empty: by the alias alone
		alias uint16
		want  string
	}{
		{"x", 1, "x"}, {last, most, last}, {"", most, last}, {"", 1, "x"},
		{"z", 1, "z"}, {"", 1, "z"}, // another name for an alias
	} {
		name := ""
		if step.name != "" {
			name = t.Topic(step.name)
		}
		c.Send(alias5(name, step.alias, "m"))
		sub.ExpectMessage(t.Topic(step.want), "m")
	}
	c.Send(rawclient.Publish(t.version, 1, "", []byte("m"), mqtt.AtLeastOnce,
		func(p *packet.Publish) { p.Properties.SetTopicAlias(1) }))
	same5(t, rawclient.Expect[*rawclient.Puback](c).Ack, 1)
	sub.ExpectMessage(t.Topic("z"), "m")
}

func aliasUnset5(t *T) {
	needAliases5(t)
	refuse5(t, alias5("", 1, "m"), badAlias5...)
}
