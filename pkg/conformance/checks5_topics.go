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

// checks5Topics are about Topic Names and Topic Filters (4.7).
var checks5Topics = []Check{
	{Name: "multi-level wildcard", Clauses: []string{"MQTT-4.7.1-1"}, Run: multiLevel5},
	{Name: "single-level wildcard", Clauses: []string{"MQTT-4.7.1-2"}, Run: singleLevel5},
	{Name: "topics that begin with $", Clauses: []string{"MQTT-4.7.2-1"}, Run: dollar5},
	{Name: "retained messages below $SYS", Clauses: []string{"MQTT-4.7.2-1"},
		Run: dollarRetained5},
	{Name: "at least one character", Clauses: []string{"MQTT-4.7.3-1"}, Run: oneCharacter5},
	{Name: "no null character in topics", Clauses: []string{"MQTT-4.7.3-2"}, Run: nullTopics5},
	{Name: "no normalization", Clauses: []string{"MQTT-4.7.3-4"}, Run: asTheyAre5},
}

// refusedFilters5 expects that no subscription is made of these filters: SUBACK says so, or the
// Server closes the connection.
func refusedFilters5(t *T, filters ...string) {
	for _, filter := range filters {
		t.Case(filter, func() {
			c := t.Connect("a")
			c.Send(subscribe5(nil, text(filter), []byte{0}))
			p, err := c.TryNext()
			switch p := p.(type) {
			case *packet.Suback:
				if len(p.Codes) != 1 || !p.Codes[0].Failed() {
					t.Errorf("got %s", rawclient.Describe(p))
				}
			case *packet.Disconnect:
				t.reason("DISCONNECT", p.Code, nil)
				c.ExpectClosed()
			default:
				t.over(c, p, err)
			}
		})
	}
}

func multiLevel5(t *T) {
	needWildcards5(t)
	refusedFilters5(t, t.Topic("#/x"), t.Topic("x#"), t.Topic("#x"), t.Topic("##"),
		t.Topic("#/"), t.Topic("+#"), "#"+t.Topic("x"))
	c := subscriber5(t, "a", t.Topic("x/#"), 0)
	for _, name := range []string{"x", "x/", "x/y", "x/y/z", "x//"} {
		c.Publish(t.Topic(name), "m", mqtt.AtMostOnce)
		c.ExpectMessage(t.Topic(name), "m")
	}
}

func singleLevel5(t *T) {
	needWildcards5(t)
	refusedFilters5(t, t.Topic("x+"), t.Topic("+x"), t.Topic("++"), t.Topic("x+/y"),
		t.Topic("+x/#"))
	// The levels of Topic, and three more.
	first := t.Topic("a/b/c")
	last := strings.Join(strings.Split(first, "/")[1:], "/")
	for _, filter := range []string{"+/" + last, t.Topic("+/b/c"), t.Topic("a/+/c"),
		t.Topic("a/b/+"), t.Topic("+/+/+"), t.Topic("+/#")} {
		c := subscriber5(t, "a", filter, 0)
		c.Publish(t.Topic("a/b/c/d"), "m", mqtt.AtMostOnce)
		c.Publish(t.Topic("a/b"), "m", mqtt.AtMostOnce)
		c.Publish(first, "m", mqtt.AtMostOnce)
		c.Publish(first, "end", mqtt.AtMostOnce)
		t.Case(filter, func() {
			all := payloads(t.Until(c, "end"))
			if want := 1 + 2*strings.Count(filter, "#"); len(all) != want+1 {
				t.Errorf("%d messages, want %d", len(all)-1, want)
			}
		})
	}
}

func dollar5(t *T) {
	needWildcards5(t)
	name := strings.Replace(t.Topic("x"), "conformance", "$conformance", 1)
	c := subscriber5(t, "a", "+"+strings.TrimPrefix(name, "$conformance"), 0)
	t.Subscribe(c, "#", never5)
	t.Subscribe(c, "+/#", never5)
	t.Subscribe(c, t.Topic("end"), 0)
	pub := t.Connect("b")
	pub.Send(publish5(0x32, name, nil, "m")) // which the Server may refuse
	rawclient.Expect[*rawclient.Puback](pub)
	pub.Publish(t.Topic("end"), "end", mqtt.AtMostOnce)
	for p := new(packet.Publish); string(p.Topic) != t.Topic("end"); {
		p = rawclient.Expect[*packet.Publish](c)
		if strings.HasPrefix(string(p.Topic), "$") {
			t.Fatalf("a filter that begins with a wildcard brings %s", rawclient.Describe(p))
		}
	}
}

// The Server's own messages may be the only ones with such topics.
func dollarRetained5(t *T) {
	needRetained5(t)
	needWildcards5(t)
	own := string(arrives5(t, "a", "$SYS/#").Topic)
	arrives5(t, "c", own) // from now on it is retained for certain
	other := subscriber5(t, "b", "+"+strings.TrimPrefix(own, "$SYS"), 0)
	t.Silent(other, Moment)
}

// arrives5 subscribes and returns the first message, which should be there already.
func arrives5(t *T, id, filter string) *packet.Publish {
	c := subscriber5(t, id, filter, 0)
	c.Wait = time.Second
	p, err := c.TryNext()
	m, ok := p.(*packet.Publish)
	if err != nil || !ok {
		t.Unsupported("the server has no retained messages below $SYS")
	}
	return m
}

func oneCharacter5(t *T) {
	refuse5(t, publish5(0x30, "", nil, "m"), append(wrong5, mqtt.TopicNameInvalid)...)
	refusedFilters5(t, "")
	c := subscriber5(t, "a", t.Topic(""), 0) // ends in an empty level, which may be
	c.Publish(t.Topic(""), "m", mqtt.AtMostOnce)
	c.ExpectMessage(t.Topic(""), "m")
}

func nullTopics5(t *T) {
	refuseRows5(t, map[string][]byte{
		"Topic Name":  publish5(0x30, t.Topic("x\x00y"), nil, "m"),
		"SUBSCRIBE":   subscribe5(nil, text(t.Topic("x\x00y")), []byte{0}),
		"UNSUBSCRIBE": unsubscribe5(t.Topic("x\x00y")),
	}, wrong5...)
}

func asTheyAre5(t *T) {
	// e with acute as one character and as two, a letter in both cases, empty levels, spaces,
	// dots, a character outside the basic plane, and one that is no character.
	names := []string{"\u00E9", "e\u0301", "x", "X", "x/", "/x", "x//y", "x/y", " x", "x ",
		"x/./y", "x/../y", "\U0001F600", "x%20y", "x y", "\uFFFD", "\u00AD", "\u200B"}
	c := t.Connect("a")
	for i, name := range names {
		c.Send(rawclient.Subscribe(t.version, mqtt.PacketID(i+1), t.Topic(name), 0))
		if a := rawclient.Expect[*packet.Suback](c); a.Codes[0].Failed() {
			t.Fatalf("the subscription to %q fails: %v", name, a.Codes[0])
		}
	}
	for _, name := range names { // each has one subscription, and is told apart from the others
		c.Publish(t.Topic(name), name, mqtt.AtMostOnce)
		c.ExpectMessage(t.Topic(name), name)
	}
	t.Silent(c, Moment)
}
