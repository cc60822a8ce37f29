// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Identifier are about the Client Identifier (3.1.3.1).
var checks5Identifier = []Check{
	{Name: "Sessions by Client Identifier", Clauses: []string{"MQTT-3.1.3-2"}, Run: sessions5},
	{Name: "Client Identifier is there", Clauses: []string{"MQTT-3.1.3-3"}, Run: noIdentifier5},
	{Name: "Client Identifier is a string", Clauses: []string{"MQTT-3.1.3-4"},
		Run: illFormedIdentifier5},
	{Name: "Client Identifiers every Server takes", Clauses: []string{"MQTT-3.1.3-5"},
		Run: allowedIdentifiers5},
	{Name: "empty Client Identifier", Clauses: []string{"MQTT-3.1.3-6", "MQTT-3.2.2-16"},
		Run: assignedIdentifier5},
	{Name: "Session of an assigned Client Identifier", Clauses: []string{"MQTT-3.1.3-7"},
		Run: assignedSession5},
	{Name: "Client Identifier that is refused", Clauses: []string{"MQTT-3.1.3-8"},
		Run: refusedIdentifier5},
}

func sessions5(t *T) {
	away5(t, "a", t.Topic("x"), 1)
	other, a := t.ConnectAnswer("b", keeps5(60))
	if a.SessionPresent {
		t.Fatalf("a Client Identifier that was never used has a Session")
	}
	other.Publish(t.Topic("x"), "m", mqtt.AtLeastOnce)
	t.Silent(other, Moment)
	c, a := t.ConnectAnswer("a", keeps5(60))
	if !a.SessionPresent {
		t.Fatalf("Session Present 0, and there was a Session")
	}
	c.ExpectMessage(t.Topic("x"), "m")
}

func noIdentifier5(t *T) {
	refuseFirst5(t, connect5(0x02, nil), wrong5...)
	refuseFirst5(t, connect5(0x02, nil, []byte{0}), wrong5...)
}

func illFormedIdentifier5(t *T) {
	rows := map[string][]byte{}
	for name, s := range illFormed {
		rows[name] = connect5(0x02, nil, text(s))
	}
	refuseFirstRows5(t, rows, mqtt.MalformedPacket, mqtt.ProtocolError,
		mqtt.ClientIdentifierNotValid)
}

func allowedIdentifiers5(t *T) {
	const characters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	ids := []string{"Z"}
	for rest := characters; rest != ""; {
		own := t.ID("")
		n := min(longestID-len(own), len(rest))
		ids, rest = append(ids, own+rest[:n]), rest[n:]
	}
	ids = append(ids, t.ID(strings.Repeat("Z", longestID-len(t.ID("")))))
	for _, id := range ids {
		t.Case(id, func() {
			c := t.Dial()
			c.Connect(t.version, id, t.Login)
			t.Disconnect(c)
		})
	}
}

// assigned5 connects with an empty Client Identifier and returns the one that was assigned.
func assigned5(t *T, change ...func(*packet.Connect)) (*rawclient.Client, string) {
	c := t.Dial()
	change = append([]func(*packet.Connect){t.Login}, change...)
	c.Send(rawclient.Connect(t.version, "", change...))
	a := rawclient.Expect[*packet.Connack](c)
	switch {
	case a.Code == mqtt.ClientIdentifierNotValid:
		t.Unsupported("the server refuses an empty Client Identifier")
	case a.Code != mqtt.Success:
		t.Fatalf("got %s", rawclient.Describe(a))
	case len(a.Properties.AssignedClientIdentifier) == 0 ||
		!a.Properties.Has(packet.AssignedClientIdentifier):
		t.Fatalf("CONNACK has no Assigned Client Identifier")
	}
	return c, string(a.Properties.AssignedClientIdentifier)
}

func assignedIdentifier5(t *T) {
	used := map[string]bool{}
	var all []*rawclient.Client
	for range 3 {
		c, id := assigned5(t)
		if used[id] {
			t.Fatalf("%q was assigned to two Clients", id)
		}
		used[id] = true
		all = append(all, c)
	}
	for _, c := range all {
		c.Quiet() // none was taken over
	}
}

func assignedSession5(t *T) {
	keep := func(p *packet.Connect) { p.Properties.SetSessionExpiryInterval(60) }
	c, id := assigned5(t, keep)
	t.endSession(id)
	t.Subscribe(c, t.Topic("x"), 1)
	t.Disconnect(c)
	t.Connect("b").Publish(t.Topic("x"), "m", mqtt.AtLeastOnce)
	c = t.Dial()
	if a := c.Connect(t.version, id, t.Login, keeps5(60)); !a.SessionPresent {
		t.Fatalf("there is no Session for the Assigned Client Identifier")
	}
	c.ExpectMessage(t.Topic("x"), "m")
}

func refusedIdentifier5(t *T) {
	c := t.Dial()
	c.Send(rawclient.Connect(t.version, t.ID("#+/$"), t.Login))
	p, err := c.TryNext()
	if a, ok := p.(*packet.Connack); ok && err == nil {
		switch a.Code {
		case mqtt.Success:
			t.Unsupported("the server takes any Client Identifier")
		case mqtt.ClientIdentifierNotValid:
			c.ExpectClosed()
			return
		}
	}
	t.over(c, p, err)
}
