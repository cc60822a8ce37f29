// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Will are about the Will (3.1.2.5 and on).
var checks5Will = []Check{
	{Name: "Will Message", Clauses: []string{"MQTT-3.1.2-7", "MQTT-3.1.2-8"}, Run: will5},
	{Name: "Will Message when the Server ends the connection", Clauses: []string{"MQTT-3.1.2-8"},
		Run: willAfterError5},
	{Name: "DISCONNECT with Will Message", Clauses: []string{"MQTT-3.1.2-8"}, Run: willAsked5},
	{Name: "Will Delay Interval", Clauses: []string{"MQTT-3.1.2-8"}, Run: willDelay5},
	{Name: "end of the Session before the Will Delay Interval", Clauses: []string{"MQTT-3.1.2-8"},
		Run: willSessionEnds5},
	{Name: "Will of a taken-over connection", Clauses: []string{"MQTT-3.1.2-8"},
		Run: willTakeOver5},
	{Name: "fields of the Will", Clauses: []string{"MQTT-3.1.2-9"}, Run: willFields5},
	{Name: "Will Message only once", Clauses: []string{"MQTT-3.1.2-10"}, Run: willOnce5},
	{Name: "Will QoS without Will Flag", Clauses: []string{"MQTT-3.1.2-11"}, Run: willFlag5(0x0A)},
	{Name: "Will QoS 3", Clauses: []string{"MQTT-3.1.2-12"}, Run: willQoS35},
	{Name: "Will QoS 0, 1 and 2", Clauses: []string{"MQTT-3.1.2-12"}, Run: willQoS5},
	{Name: "Will Retain without Will Flag", Clauses: []string{"MQTT-3.1.2-13"},
		Run: willFlag5(0x22)},
	{Name: "Will Retain 0", Clauses: []string{"MQTT-3.1.2-14"}, Run: willRetain05},
	{Name: "Will Retain 1", Clauses: []string{"MQTT-3.1.2-15"}, Run: willRetain15},
	{Name: "connection within the Will Delay Interval", Clauses: []string{"MQTT-3.1.3-9"},
		Run: willCancelled5},
	{Name: "take-over within the Will Delay Interval", Clauses: []string{"MQTT-3.1.3-9"},
		Run: willTakenOver5},
	{Name: "User Properties of the Will", Clauses: []string{"MQTT-3.1.3-10"}, Run: willUsers5},
	{Name: "Will Topic is a string", Clauses: []string{"MQTT-3.1.3-11"}, Run: willTopic5},
}

// willClient5 connects with a Will Message "will" to the topic of that name.
func willClient5(t *T, change ...func(*packet.Connect)) *rawclient.Client {
	return t.Connect("a", append([]func(*packet.Connect){
		rawclient.Will(t.Topic("will"), "will")}, change...)...)
}

// delay5 is a change of CONNECT: a Will Delay Interval in seconds.
func delay5(seconds uint32) func(*packet.Connect) {
	return func(p *packet.Connect) { p.WillProperties.SetWillDelayInterval(seconds) }
}

func will5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	c := willClient5(t)
	t.Silent(sub, Moment) // not as long as there is a connection
	c.Cut()
	sub.ExpectMessage(t.Topic("will"), "will")
}

func willAfterError5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	c := willClient5(t)
	c.Send(publish5(0x36, t.Topic("x"), nil, "")) // QoS 3
	t.Closed(c)
	sub.ExpectMessage(t.Topic("will"), "will")
}

func willAsked5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	c := willClient5(t)
	c.Send(frame(0xE0, []byte{byte(mqtt.DisconnectWithWill)}))
	_ = c.Close() // as a Client does after DISCONNECT; the Server should, but need not (3.14.4)
	sub.ExpectMessage(t.Topic("will"), "will")
}

func willDelay5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	patient5(sub)
	willClient5(t, keeps5(60), delay5(2)).Cut()
	t.Connect("c").Publish(t.Topic("will"), "before", mqtt.AtLeastOnce)
	sub.ExpectMessage(t.Topic("will"), "before")
	sub.ExpectMessage(t.Topic("will"), "will")
}

func willSessionEnds5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	patient5(sub)
	willClient5(t, keeps5(1), delay5(300)).Cut()
	sub.ExpectMessage(t.Topic("will"), "will")
}

// The specification spells out both cases in a comment (3.1.4): the connection ends without a Will
// Delay Interval, and the Session ends.
func willTakeOver5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	c := willClient5(t, keeps5(60))
	t.Connect("a", keeps5(60))
	t.Closed(c, mqtt.SessionTakenOver)
	sub.ExpectMessage(t.Topic("will"), "will")
	c = willClient5(t, keeps5(60), delay5(300))
	t.Connect("a")
	t.Closed(c, mqtt.SessionTakenOver)
	sub.ExpectMessage(t.Topic("will"), "will")
}

func willFields5(t *T) {
	id, topic, payload := text(t.ID("a")), text(t.Topic("x")), text("payload")
	refuseFirstRows5(t, map[string][]byte{
		"nothing":            connect5(0x06, nil, id),
		"no Will Topic":      connect5(0x06, nil, id, block5()),
		"no Will Payload":    connect5(0x06, nil, id, block5(), topic),
		"no Will Flag":       connect5(0x02, nil, id, block5(), topic, payload),
		"User Name, no Will": connect5(0x86, nil, id, text("user")),
	}, wrong5...)
}

func willOnce5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	willClient5(t, keeps5(60)).Cut()
	sub.ExpectMessage(t.Topic("will"), "will")
	t.Connect("a", keeps5(60)).Cut() // without a Will
	t.Silent(sub, Moment)
	t.Disconnect(willClient5(t)) // which deletes it
	t.Connect("a").Cut()
	t.Silent(sub, Moment)
}

// willFlag5 is a Check of Connect Flags that contradict each other.
func willFlag5(flags byte) func(*T) {
	return func(t *T) { refuseFirst5(t, connect5(flags, nil, text(t.ID("a"))), wrong5...) }
}

func willQoS35(t *T) {
	sent := connect5(0x1E, nil, text(t.ID("a")), block5(), text(t.Topic("x")), text("payload"))
	refuseFirst5(t, sent, wrong5...)
}

func willQoS5(t *T) {
	needQoS5(t, mqtt.ExactlyOnce)
	sub := subscriber5(t, "b", t.Topic("will"), 2)
	for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
		willClient5(t, func(p *packet.Connect) { p.WillQoS = q }).Cut()
		if p := sub.ExpectMessage(t.Topic("will"), "will"); p.QoS != q {
			t.Fatalf("a Will Message with Will QoS %d comes with QoS %d", q, p.QoS)
		}
	}
}

// willFor5 is what a subscriber that wants RETAIN as published sees of a Will Message, and one that
// comes later.
func willFor5(t *T, retain bool) (live *packet.Publish, later *rawclient.Client) {
	needRetained5(t)
	t.Retained(t.Topic("will"))
	sub := subscriber5(t, "b", t.Topic("will"), 1|mqtt.OptionRetainAsPub)
	willClient5(t, func(p *packet.Connect) { p.WillRetain = retain }).Cut()
	live = sub.ExpectMessage(t.Topic("will"), "will")
	return live, subscriber5(t, "c", t.Topic("will"), 1)
}

func willRetain05(t *T) {
	live, later := willFor5(t, false)
	if live.Retain {
		t.Fatalf("the Will Message comes with RETAIN 1")
	}
	t.Silent(later, Moment)
}

func willRetain15(t *T) {
	live, later := willFor5(t, true)
	if !live.Retain {
		t.Errorf("the Will Message comes with RETAIN 0 for Retain As Published 1")
	}
	if p := later.ExpectMessage(t.Topic("will"), "will"); !p.Retain {
		t.Errorf("the retained Will Message comes with RETAIN 0")
	}
}

func willCancelled5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	willClient5(t, keeps5(60), delay5(1)).Cut()
	t.Connect("a", keeps5(60))
	t.Silent(sub, coarse)
	t.Connect("a") // nor when the Session ends
	t.Silent(sub, Moment)
}

func willTakenOver5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	old := willClient5(t, keeps5(60), delay5(300))
	t.Connect("a", keeps5(60))
	t.Closed(old, mqtt.SessionTakenOver)
	t.Silent(sub, time.Second/2)
}

func willUsers5(t *T) {
	sub := subscriber5(t, "b", t.Topic("will"), 1)
	willClient5(t, func(p *packet.Connect) { addUsers5(&p.WillProperties) }).Cut()
	sameUsers5(t, sub.ExpectMessage(t.Topic("will"), "will"))
}

func willTopic5(t *T) {
	rows := map[string][]byte{}
	for name, s := range illFormed {
		rows[name] = connect5(0x06, nil, text(t.ID("a")), block5(), text(s), text("payload"))
	}
	refuseFirstRows5(t, rows, wrong5...)
}
