// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// willChecks3 are those of sections 3.1.2.5 to 3.1.2.7 and 3.1.3.2.
var willChecks3 = []Check{
	{"Will Message published", []string{"MQTT-3.1.2-8"}, checkWill3},
	{"Will QoS, Will Topic and Will Message", []string{"MQTT-3.1.2-9"}, checkWillFields3},
	{"Will Message removed", []string{"MQTT-3.1.2-10"}, checkWillRemoved3},
	{"Will fields without Will Flag", []string{"MQTT-3.1.2-11"}, checkWillPayload3},
	{"no Will Message without Will Flag", []string{"MQTT-3.1.2-12"}, checkNoWill3},
	{"Will QoS without Will Flag", []string{"MQTT-3.1.2-13"}, checkWillQoS3},
	{"Will QoS 3", []string{"MQTT-3.1.2-14"}, checkWillQoS33},
	{"Will Retain without Will Flag", []string{"MQTT-3.1.2-15"}, checkWillRetain3},
	{"Will Retain 0", []string{"MQTT-3.1.2-16"}, checkWillNotRetained3},
	{"Will Retain 1", []string{"MQTT-3.1.2-17"}, checkWillRetained3},
	{"Will Topic not UTF-8", []string{"MQTT-3.1.3-10"}, checkWillTopic3},
}

// watch returns a Client that has subscribed to a topic at QoS 2, and the topic.
func (t *T) watch(name string) (watch *rawclient.Client, topic string) {
	watch, topic = t.Connect("watch"), t.Topic(name)
	t.Subscribe(watch, topic, 2)
	return watch, topic
}

func checkWill3(t *T) {
	watch, topic := t.watch("will")
	t.Case("connection closed", func() {
		_ = t.Connect("c", rawclient.Will(topic, "closed")).Close()
		watch.ExpectMessage(topic, "closed")
	})
	t.Case("connection reset", func() {
		t.Connect("c", rawclient.Will(topic, "reset")).Cut()
		watch.ExpectMessage(topic, "reset")
	})
	t.eachOf(map[string][]byte{
		"second CONNECT":         rawclient.Connect(t.version, t.ID("c"), t.Login),
		"wildcard in Topic Name": frame(0x30, text("#")),
	}, func(b []byte) {
		c := t.Connect("c", rawclient.Will(topic, "violation"))
		_ = c.TrySend(b) // the Server may close before the last byte
		watch.ExpectMessage(topic, "violation")
		t.Closed(c)
	})
	t.Case("taken over", func() {
		c := t.Connect("c", rawclient.Will(topic, "taken over"))
		t.Connect("c")
		watch.ExpectMessage(topic, "taken over")
		t.Closed(c)
	})
}

func checkWillFields3(t *T) {
	watch, topic := t.watch("will")
	for q := range mqtt.QoS(3) {
		t.Case(fmt.Sprintf("QoS %d", q), func() {
			t.Connect("c", rawclient.Will(topic, "will"), func(p *packet.Connect) {
				p.WillQoS = q
			}).Cut()
			if got := watch.ExpectMessage(topic, "will"); got.QoS != q {
				t.Errorf("published at QoS %d", got.QoS)
			}
		})
	}
	id := text(t.ID("c"))
	t.closesFirst(map[string][]byte{
		"no Will Topic":   connect(4, 6, id),
		"no Will Message": connect(4, 6, id, text(topic)),
	})
}

func checkWillRemoved3(t *T) {
	watch, topic := t.watch("will")
	t.Disconnect(t.Connect("c", rawclient.Resume, rawclient.Will(topic, "not wanted")))
	t.Silent(watch, Moment)
	t.Connect("c", rawclient.Resume, rawclient.Will(topic, "once")).Cut()
	watch.ExpectMessage(topic, "once")
	t.Connect("c", rawclient.Resume).Cut()
	t.Silent(watch, Moment)
}

func checkWillPayload3(t *T) {
	id := text(t.ID("c"))
	t.closesFirst(map[string][]byte{
		"Will Topic and Will Message": connect(4, 2, id, text(t.Topic("will")), text("will")),
		"Will QoS and Will Retain":    connect(4, 2|1<<3|1<<5, id),
	})
}

func checkNoWill3(t *T) {
	watch, topic := t.watch("will")
	t.Disconnect(t.Connect("c", rawclient.Will(topic, "of another connection")))
	t.Connect("c").Cut()
	t.Silent(watch, Moment)
}

func checkWillQoS3(t *T) {
	id := text(t.ID("c"))
	t.closesFirst(map[string][]byte{
		"QoS 1": connect(4, 2|1<<3, id), "QoS 2": connect(4, 2|2<<3, id),
	})
}

func checkWillQoS33(t *T) {
	t.closesFirst(map[string][]byte{"QoS 3": connect(4, 2|4|3<<3, text(t.ID("c")),
		text(t.Topic("will")), text("will"))})
}

func checkWillRetain3(t *T) {
	t.closesFirst(map[string][]byte{"Will Retain 1": connect(4, 2|1<<5, text(t.ID("c")))})
}

func checkWillNotRetained3(t *T) {
	watch, topic := t.watch("will")
	t.Retained(topic)
	t.Connect("c", rawclient.Will(topic, "gone")).Cut()
	watch.ExpectMessage(topic, "gone")
	late := t.Connect("late")
	t.Subscribe(late, topic, 1)
	t.Silent(late, Moment)
}

func checkWillRetained3(t *T) {
	watch, topic := t.watch("will")
	t.Retained(topic)
	t.Connect("c", rawclient.Will(topic, "gone"), func(p *packet.Connect) {
		p.WillRetain = true
	}).Cut()
	if got := watch.ExpectMessage(topic, "gone"); got.Retain {
		t.Errorf("RETAIN 1 towards a Subscription that was there")
	}
	late := t.Connect("late")
	t.Subscribe(late, topic, 1)
	if got := late.ExpectMessage(topic, "gone"); !got.Retain {
		t.Errorf("RETAIN 0 towards a new Subscription")
	}
}

func checkWillTopic3(t *T) {
	list := map[string][]byte{}
	for what, s := range illFormed {
		list[what] = connect(4, 6, text(t.ID("c")), text(t.Topic(s)), text("will"))
	}
	t.closesFirst(list)
}
