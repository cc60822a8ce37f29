// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// loginChecks3 are those of sections 3.1.2.8 and 3.1.2.9, and of the order of the payload.
var loginChecks3 = []Check{
	{"user name without User Name Flag", []string{"MQTT-3.1.2-18"}, func(t *T) {
		t.closesFirst(map[string][]byte{
			"user name": connect(4, 2, text(t.ID("c")), text("name")),
		})
	}},
	{"User Name Flag without user name", []string{"MQTT-3.1.2-19"}, func(t *T) {
		t.closesFirst(map[string][]byte{"nothing": connect(4, 2|0x80, text(t.ID("c")))})
	}},
	{"password without Password Flag", []string{"MQTT-3.1.2-20"}, func(t *T) {
		t.closesFirst(map[string][]byte{
			"password": connect(4, 2|0x80, text(t.ID("c")), text("name"), text("secret")),
		})
	}},
	{"Password Flag without password", []string{"MQTT-3.1.2-21"}, func(t *T) {
		t.closesFirst(map[string][]byte{
			"nothing": connect(4, 2|0xC0, text(t.ID("c")), text("name")),
		})
	}},
	{"Password Flag without User Name Flag", []string{"MQTT-3.1.2-22"}, func(t *T) {
		t.closesFirst(map[string][]byte{
			"password": connect(4, 2|0x40, text(t.ID("c")), text("secret")),
		})
	}},
	{"order of the payload", []string{"MQTT-3.1.3-1"}, checkPayloadOrder3},
	{"User Name not UTF-8", []string{"MQTT-3.1.3-11"}, checkUserName3},
}

func checkPayloadOrder3(t *T) {
	watch, topic := t.watch("will")
	c := t.Connect("c", rawclient.Will(topic, "will"))
	t.alive(t.Connect("d")) // another identifier: both stay
	t.alive(c)
	c.Cut()
	watch.ExpectMessage(topic, "will")
}

// CONNACK may say that the data in the user name is malformed (3.2.2.3) before the end.
func checkUserName3(t *T) {
	list := map[string][]byte{}
	for what, s := range illFormed {
		list[what] = connect(4, 2|0x80, text(t.ID("c")), text(s))
	}
	t.eachOf(list, func(b []byte) {
		c := t.Dial()
		_ = c.TrySend(b)
		p, err := c.TryNext()
		if a, ok := p.(*packet.Connack); ok && err == nil && a.Code == mqtt.BadUserNameOrPassword {
			p, err = c.TryNext()
		}
		t.over(c, p, err)
	})
}

// identifierChecks3 are those of section 3.1.3.1.
var identifierChecks3 = []Check{
	{"state of a Client Identifier", []string{"MQTT-3.1.3-2"}, checkState3},
	{"no Client Identifier", []string{"MQTT-3.1.3-3"}, func(t *T) {
		t.closesFirst(map[string][]byte{"no payload": connect(4, 2)})
	}},
	{"Client Identifier not UTF-8", []string{"MQTT-3.1.3-4"}, func(t *T) {
		list := map[string][]byte{"null character": connect(4, 2, text("a\x00b"))}
		for what, s := range illFormed {
			list[what] = connect(4, 2, text(s))
		}
		t.closesFirst(list)
	}},
	{"Client Identifiers that are allowed", []string{"MQTT-3.1.3-5"}, checkAllowedIDs3},
	{"empty Client Identifier", []string{"MQTT-3.1.3-6"}, checkEmptyID3},
	{"empty Client Identifier with CleanSession 0",
		[]string{"MQTT-3.1.3-8", "MQTT-3.1.3-7", "MQTT-3.1.3-9"}, func(t *T) {
			c := t.Dial()
			c.Send(connect(4, 0, text("")))
			t.refused(c, mqtt.ClientIdentifierNotValid)
		}},
}

func checkState3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 1)
	t.Disconnect(c)
	p.Publish(topic, "for c", mqtt.AtLeastOnce)
	d, a := t.ConnectAnswer("d", rawclient.Resume)
	if a.SessionPresent {
		t.Errorf("another Client Identifier finds the Session")
	}
	t.Silent(d, Moment)
	t.Connect("c", rawclient.Resume).ExpectMessage(topic, "for c")
}

// One character is all the shortest Client Identifier has: a stranger might use it, too.
func checkAllowedIDs3(t *T) {
	const characters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	list := []string{t.o.prefix[len(t.o.prefix)-1:]}
	for rest := characters; rest != ""; {
		id := t.ID("")
		n := min(longestID-len(id), len(rest))
		id, rest = id+rest[:n], rest[n:]
		list = append(list, id+strings.Repeat("Z", longestID-len(id)))
	}
	for _, id := range list {
		t.Case(id, func() {
			c := t.Dial()
			c.Connect(t.version, id, t.Login)
			t.Disconnect(c)
		})
	}
}

func checkEmptyID3(t *T) {
	var both []*rawclient.Client
	for range 2 {
		c := t.Dial()
		c.Send(rawclient.Connect(t.version, "", t.Login))
		if a := rawclient.Expect[*packet.Connack](c); a.Code == mqtt.ClientIdentifierNotValid {
			t.Unsupported("the server wants a Client Identifier")
		} else if a.Code != mqtt.Success {
			t.Fatalf("got %s", rawclient.Describe(a))
		}
		both = append(both, c)
	}
	for _, c := range both {
		c.Quiet()
	}
}
