// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// retainChecks3 are those of section 3.3.1.3.
var retainChecks3 = []Check{
	{"retained message kept", []string{"MQTT-3.3.1-5"}, checkRetained3},
	{"last retained message of each topic", []string{"MQTT-3.3.1-6"}, checkLastRetained3},
	{"retained message at QoS 0", []string{"MQTT-3.3.1-7"}, checkRetainedQoS03},
	{"RETAIN towards a new Subscription", []string{"MQTT-3.3.1-8"}, checkRetainNew3},
	{"RETAIN towards a Subscription that was there", []string{"MQTT-3.3.1-9"}, checkRetainOld3},
	{"retained message removed", []string{"MQTT-3.3.1-10"}, checkRemoved3},
	{"message without payload", []string{"MQTT-3.3.1-11"}, checkEmpty3},
	{"message with RETAIN 0", []string{"MQTT-3.3.1-12"}, checkNotRetained3},
}

// retain publishes a retained message and sees that it is gone after the check.
func (t *T) retain(p *rawclient.Client, topic, payload string, q mqtt.QoS) {
	t.Retained(topic)
	p.Publish(topic, payload, q, rawclient.Retain)
}

// late is a new Client that subscribes at QoS 2.
func (t *T) late(filter string) *rawclient.Client {
	c := t.Connect("late")
	t.Subscribe(c, filter, 2)
	return c
}

func checkRetained3(t *T) {
	p := t.Connect("p")
	for q := mqtt.AtLeastOnce; q <= mqtt.ExactlyOnce; q++ {
		t.Case(fmt.Sprintf("QoS %d", q), func() {
			topic := t.Topic(fmt.Sprint(q))
			t.retain(p, topic, "kept", q)
			for range 2 {
				if got := t.late(topic).ExpectMessage(topic, "kept"); got.QoS != q {
					t.Errorf("kept at QoS %d", got.QoS)
				}
			}
		})
	}
}

func checkLastRetained3(t *T) {
	p := t.Connect("p")
	for _, name := range []string{"a/1", "a/2", "a/1", "b", "a/2", "a"} {
		t.retain(p, t.Topic(name), "old", mqtt.AtLeastOnce)
		t.retain(p, t.Topic(name), name, mqtt.AtLeastOnce)
	}
	for filter, want := range map[string]int{"a/1": 1, "a/+": 2, "a/#": 3, "#": 4, "c": 0} {
		t.Case(filter, func() {
			c := t.late(t.Topic(filter))
			seen := map[string]bool{}
			for range want {
				got := rawclient.Expect[*packet.Publish](c)
				c.Acknowledge(got)
				if string(got.Topic) != t.Topic(string(got.Payload)) || seen[string(got.Topic)] {
					t.Errorf("got %q for %q", got.Payload, got.Topic)
				}
				seen[string(got.Topic)] = true
			}
			t.Silent(c, Moment)
		})
	}
}

func checkRetainedQoS03(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	t.retain(p, topic, "old", mqtt.AtLeastOnce)
	t.retain(p, topic, "new", mqtt.AtMostOnce)
	t.alive(p) // the PUBLISH was processed
	c := t.late(topic)
	t.Sleep(Moment)
	c.Send(frame(0xC0))
	// The new message may be discarded at any time.
	next := c.Next()
	if got, ok := next.(*packet.Publish); ok && string(got.Payload) != "new" {
		t.Errorf("got %q", got.Payload)
	}
}

func checkRetainNew3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	t.retain(p, topic, "kept", mqtt.AtLeastOnce)
	if got := t.late(topic).ExpectMessage(topic, "kept"); !got.Retain {
		t.Errorf("RETAIN is 0")
	}
}

func checkRetainOld3(t *T) {
	c, topic := t.watch("a")
	p := t.Connect("p")
	for q := range mqtt.QoS(3) {
		t.retain(p, topic, "kept", q)
		if got := c.ExpectMessage(topic, "kept"); got.Retain {
			t.Errorf("RETAIN is 1 at QoS %d", q)
		}
	}
}

func checkRemoved3(t *T) {
	c, topic := t.watch("a")
	p := t.Connect("p")
	t.retain(p, topic, "kept", mqtt.AtLeastOnce)
	c.ExpectMessage(topic, "kept")
	t.retain(p, topic, "", mqtt.AtLeastOnce)
	if got := c.ExpectMessage(topic, ""); got.Retain {
		t.Errorf("RETAIN is 1 towards a Subscription that was there")
	}
	t.Silent(t.late(topic), Moment)
}

func checkEmpty3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	for q := range mqtt.QoS(3) {
		t.retain(p, topic, "", q)
	}
	t.alive(p)
	t.Silent(t.late(topic), Moment)
}

func checkNotRetained3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	p.Publish(topic, "passing", mqtt.AtLeastOnce)
	t.Silent(t.late(topic), Moment)
	t.retain(p, topic, "kept", mqtt.AtLeastOnce)
	p.Publish(topic, "passing", mqtt.AtLeastOnce)
	p.Publish(topic, "", mqtt.AtLeastOnce)
	t.late(topic).ExpectMessage(topic, "kept")
}
