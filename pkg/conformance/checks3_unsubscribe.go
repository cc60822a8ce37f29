// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// unsubscribeChecks3 are those of sections 3.10 to 3.14.
var unsubscribeChecks3 = []Check{
	{"flags of UNSUBSCRIBE", []string{"MQTT-3.10.1-1"}, func(t *T) {
		body := bytes.Join([][]byte{number16(1), text(t.Topic("a"))}, nil)
		t.closesOn(map[string][]byte{
			"0000": frame(0xA0, body), "0011": frame(0xA3, body), "1010": frame(0xAA, body),
		})
	}},
	{"Topic Filter in UNSUBSCRIBE not UTF-8", []string{"MQTT-3.10.3-1"}, func(t *T) {
		name := text(t.Topic("a"))
		list := map[string][]byte{"cut off": frame(0xA2, number16(1), name, name[:len(name)-1])}
		for what, s := range illFormed {
			list[what] = frame(0xA2, number16(1), name, text(t.Topic(s)))
		}
		t.closesOn(list)
	}},
	{"UNSUBSCRIBE without a Topic Filter", []string{"MQTT-3.10.3-2"}, func(t *T) {
		t.closesOn(map[string][]byte{
			"no payload": frame(0xA2, number16(1)), "no identifier": frame(0xA2),
		})
	}},
	{"Topic Filters compared byte by byte", []string{"MQTT-3.10.4-1"}, checkCompared3},
	{"no new messages after UNSUBSCRIBE", []string{"MQTT-3.10.4-2"}, checkNoNew3},
	{"deliveries completed after UNSUBSCRIBE", []string{"MQTT-3.10.4-3"}, checkCompleted3},
	{"UNSUBACK where nothing is deleted", []string{"MQTT-3.10.4-5"}, func(t *T) {
		c := t.Connect("c")
		t.unsubscribe(c, "a")
		t.alive(c)
	}},
	{"several Topic Filters in UNSUBSCRIBE", []string{"MQTT-3.10.4-6"}, checkSeveralGone3},
	{"PINGRESP", []string{"MQTT-3.12.4-1"}, func(t *T) {
		c := t.Connect("c")
		c.Send(bytes.Repeat(frame(0xC0), 3))
		for range 3 {
			rawclient.Expect[*rawclient.Pingresp](c)
		}
	}},
	{"reserved bits of DISCONNECT", []string{"MQTT-3.14.1-1"}, checkDisconnectBits3},
	{"Will Message after DISCONNECT", []string{"MQTT-3.14.4-3"}, func(t *T) {
		watch, topic := t.watch("will")
		t.Disconnect(t.Connect("c", rawclient.Will(topic, "not wanted")))
		t.Silent(watch, Moment)
	}},
}

// unsubscribe sends one UNSUBSCRIBE for several Topic Filters and waits for UNSUBACK.
func (t *T) unsubscribe(c *rawclient.Client, names ...string) {
	body := number16(1)
	for _, name := range names {
		body = append(body, text(t.Topic(name))...)
	}
	c.Send(frame(0xA2, body))
	if a := rawclient.Expect[*packet.Unsuback](c); a.ID != 1 {
		t.Errorf("UNSUBACK %d for UNSUBSCRIBE 1", a.ID)
	}
}

// reaches expects that of messages on these topics those arrive that are wanted, in any order.
func (t *T) reaches(c *rawclient.Client, names []string, wanted map[string]bool) {
	for _, name := range names {
		c.Publish(t.Topic(name), name, mqtt.AtMostOnce)
	}
	t.Subscribe(c, t.Topic("end"), 0)
	c.Publish(t.Topic("end"), "end", mqtt.AtMostOnce)
	got := map[string]bool{}
	for _, s := range payloads(t.Until(c, "end")) {
		got[s] = true
	}
	for _, name := range names {
		if got[name] != wanted[name] {
			t.Errorf("message to %q: arrived %v, wanted %v", name, got[name], wanted[name])
		}
	}
}

func checkCompared3(t *T) {
	c := t.Connect("c")
	t.subscribe(c, 0, "a/+", "b/c", "d/#")
	for _, name := range []string{"a/b", "a/#", "A/+", "b/+", "b/c/", "b/", "#", "d", "d/+"} {
		t.unsubscribe(c, name)
	}
	names := []string{"a/x", "b/c", "d/x"}
	t.reaches(c, names, map[string]bool{"a/x": true, "b/c": true, "d/x": true})
	t.unsubscribe(c, "a/+")
	t.reaches(c, names, map[string]bool{"b/c": true, "d/x": true})
	t.unsubscribe(c, "b/c")
	t.reaches(c, names, map[string]bool{"d/x": true})
}

func checkNoNew3(t *T) {
	c := t.Connect("c")
	t.subscribe(c, 0, "a", "b")
	t.unsubscribe(c, "a")
	t.reaches(c, []string{"a", "b"}, map[string]bool{"b": true})
}

func checkCompleted3(t *T) {
	c, p := t.Connect("c", rawclient.Resume), t.Connect("p")
	t.Subscribe(c, t.Topic("a"), 2)
	var begun [3]*packet.Publish
	for i, q := range []mqtt.QoS{1, 2, 2} {
		p.Publish(t.Topic("a"), "begun", q)
		begun[i] = rawclient.Expect[*packet.Publish](c)
	}
	t.unsubscribe(c, "a")
	c.Acknowledge(begun[0])
	c.Acknowledge(begun[1])
	t.alive(c)
	c.Cut()
	c = t.Connect("c", rawclient.Resume)
	if got := c.ExpectMessage(t.Topic("a"), "begun"); got.ID != begun[2].ID {
		t.Errorf("PUBLISH %d is sent again, %d was not acknowledged", got.ID, begun[2].ID)
	}
	t.alive(c)
}

func checkSeveralGone3(t *T) {
	c := t.Connect("c")
	names := []string{"a", "b", "c"}
	t.subscribe(c, 0, names...)
	t.unsubscribe(c, "a", "never", "c")
	t.alive(c) // no second UNSUBACK
	t.reaches(c, names, map[string]bool{"b": true})
}

// A DISCONNECT that is not one keeps the Will Message.
func checkDisconnectBits3(t *T) {
	watch, topic := t.watch("will")
	t.eachOf(map[string][]byte{
		"0001": {0xE1, 0}, "0010": {0xE2, 0}, "1000": {0xE8, 0},
	}, func(b []byte) {
		c := t.Connect("c", rawclient.Will(topic, "wanted"))
		_ = c.TrySend(b)
		t.Closed(c)
		watch.ExpectMessage(topic, "wanted")
	})
}
