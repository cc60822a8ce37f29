// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"slices"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// connackChecks3 are those of section 3.2; the return codes that refuse are with what is refused.
var connackChecks3 = []Check{
	{"CONNACK first", []string{"MQTT-3.2.0-1"}, checkConnackFirst3},
	{"Session Present with CleanSession 1", []string{"MQTT-3.2.2-1"}, func(t *T) {
		t.Disconnect(t.Connect("c", rawclient.Resume))
		if _, a := t.ConnectAnswer("c"); a.SessionPresent {
			t.Errorf("Session Present is 1")
		}
	}},
	{"Session Present where there is a Session", []string{"MQTT-3.2.2-2"}, func(t *T) {
		t.Disconnect(t.Connect("c", rawclient.Resume))
		if _, a := t.ConnectAnswer("c", rawclient.Resume); !a.SessionPresent {
			t.Errorf("Session Present is 0")
		}
	}},
	{"Session Present where there is no Session", []string{"MQTT-3.2.2-3"}, func(t *T) {
		c, a := t.ConnectAnswer("c", rawclient.Resume)
		if a.SessionPresent {
			t.Errorf("Session Present is 1 for a Client Identifier that was never used")
		}
		t.Disconnect(c)
		t.Disconnect(t.Connect("c"))
		if _, a := t.ConnectAnswer("c", rawclient.Resume); a.SessionPresent {
			t.Errorf("Session Present is 1 after a clean Session")
		}
	}},
}

func checkConnackFirst3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	t.Retained(topic)
	p.Publish(topic, "retained", mqtt.AtLeastOnce, rawclient.Retain)
	t.Case("packets behind CONNECT", func() {
		c := t.Dial()
		c.Send(slices.Concat(rawclient.Connect(t.version, t.ID("c"), t.Login),
			rawclient.Subscribe(t.version, 1, topic, 0), frame(0xC0)))
		rawclient.Expect[*packet.Connack](c)
		rawclient.Await[*packet.Suback](c)
		rawclient.Await[*packet.Publish](c)
		rawclient.Await[*rawclient.Pingresp](c)
	})
	t.Case("messages that wait", func() {
		c := t.Connect("d", rawclient.Resume)
		t.Subscribe(c, t.Topic("b"), 1)
		t.Disconnect(c)
		p.Publish(t.Topic("b"), "waits", mqtt.AtLeastOnce)
		c = t.Connect("d", rawclient.Resume) // which expects CONNACK
		c.ExpectMessage(t.Topic("b"), "waits")
	})
}
