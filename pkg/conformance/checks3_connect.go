// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// connectChecks3 are those of section 3.1, Will, login and Client Identifier aside.
var connectChecks3 = []Check{
	{"CONNECT first", []string{"MQTT-3.1.0-1"}, checkConnectFirst3},
	{"second CONNECT", []string{"MQTT-3.1.0-2"}, checkSecondConnect3},
	{"Protocol Name", []string{"MQTT-3.1.2-1"}, checkProtocolName3},
	{"Protocol Level", []string{"MQTT-3.1.2-2", "MQTT-3.2.2-4", "MQTT-3.2.2-5"},
		checkProtocolLevel3},
	{"reserved Connect Flag", []string{"MQTT-3.1.2-3"}, checkReservedFlag3},
	{"Session resumed", []string{"MQTT-3.1.2-4", "MQTT-3.1.4-3", "MQTT-4.1.0-1"}, checkResumed3},
	{"messages kept for a Session", []string{"MQTT-3.1.2-5"}, checkKept3},
	{"Clean Session", []string{"MQTT-3.1.2-6"}, checkClean3},
	{"retained messages outlive Sessions", []string{"MQTT-3.1.2-7"}, checkRetainedOutlives3},
	{"Keep Alive", []string{"MQTT-3.1.2-24"}, checkKeepAlive3},
	{"CONNECT that does not conform", []string{"MQTT-3.1.4-1", "MQTT-3.2.2-6"},
		checkBrokenConnect3},
	{"Client Identifier of a connected Client", []string{"MQTT-3.1.4-2"}, checkTakeOver3},
	{"CONNECT accepted", []string{"MQTT-3.1.4-4"}, checkAccepted3},
	{"data behind a rejected CONNECT", []string{"MQTT-3.1.4-5"}, checkBehindRejected3},
}

// connect makes a CONNECT, right or wrong, of level, Connect Flags and payload.
func connect(level, flags byte, payload ...[]byte) []byte {
	head := [][]byte{text("MQTT"), {level, flags, 0, 0}}
	return frame(0x10, append(head, payload...)...)
}

func checkConnectFirst3(t *T) {
	t.closesFirst(map[string][]byte{
		"PUBLISH":     frame(0x30, text(t.Topic("a"))),
		"PUBREL":      frame(0x62, number16(1)),
		"SUBSCRIBE":   frame(0x82, number16(1), text(t.Topic("a")), []byte{0}),
		"UNSUBSCRIBE": frame(0xA2, number16(1), text(t.Topic("a"))),
		"PINGREQ":     frame(0xC0),
		"DISCONNECT":  frame(0xE0),
	})
}

func checkSecondConnect3(t *T) {
	c := t.Connect("c")
	c.Send(rawclient.Connect(t.version, t.ID("c"), t.Login))
	t.Closed(c)
}

// A Server may close, or refuse in the way of whatever it takes the other protocol for.
func checkProtocolName3(t *T) {
	for _, name := range []string{"MQTX", "mqtt", "MQT", "MQTTT", ""} {
		t.Case(fmt.Sprintf("%q", name), func() {
			c := t.Dial()
			_ = c.TrySend(frame(0x10, text(name), []byte{4, 2, 0, 0}, text(t.ID("c"))))
			p, err := c.TryNext()
			if a, ok := p.(*packet.Connack); ok && err == nil && a.Code != mqtt.Success {
				p, err = c.TryNext()
			}
			t.over(c, p, err)
		})
	}
}

// refused expects a CONNACK with a return code, given as the Reason Code that says the same, and
// the end of the connection.
func (t *T) refused(c *rawclient.Client, want mqtt.ReasonCode) {
	a := rawclient.Expect[*packet.Connack](c)
	if a.Code != want || a.SessionPresent {
		t.Fatalf("got %s, want %v", rawclient.Describe(a), want)
	}
	t.Closed(c)
}

func checkProtocolLevel3(t *T) {
	for _, level := range []byte{0, 1, 2} {
		t.Case(fmt.Sprintf("level %d", level), func() {
			c := t.Dial()
			_ = c.TrySend(connect(level, 2, text(t.ID("c"))))
			t.refused(c, mqtt.UnsupportedProtocolVersion)
		})
	}
}

func checkReservedFlag3(t *T) {
	t.closesFirst(map[string][]byte{"flags 0x03": connect(4, 3, text(t.ID("c")))})
}

func checkResumed3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 1)
	t.Disconnect(c)
	c = t.Connect("c", rawclient.Resume)
	p.Publish(topic, "after a DISCONNECT", mqtt.AtLeastOnce)
	c.ExpectMessage(topic, "after a DISCONNECT")
	t.alive(c) // the PUBACK was processed
	c.Cut()
	c = t.Connect("c", rawclient.Resume)
	p.Publish(topic, "after a cut", mqtt.AtLeastOnce)
	c.ExpectMessage(topic, "after a cut")
}

func checkKept3(t *T) {
	c, p, topic := t.Connect("c", rawclient.Resume), t.Connect("p"), t.Topic("a")
	t.Subscribe(c, topic, 2)
	t.Disconnect(c)
	for _, q := range []mqtt.QoS{mqtt.AtLeastOnce, mqtt.ExactlyOnce} {
		t.Case(fmt.Sprintf("QoS %d", q), func() {
			p.Publish(topic, "kept", q)
			c := t.Connect("c", rawclient.Resume)
			if got := c.ExpectMessage(topic, "kept"); got.QoS != q {
				t.Errorf("kept at QoS %d", got.QoS)
			}
			t.alive(c)
			t.Disconnect(c)
		})
	}
}

func checkClean3(t *T) {
	p, topic := t.Connect("p"), t.Topic("a")
	c := t.Connect("c", rawclient.Resume)
	t.Subscribe(c, topic, 1)
	t.Disconnect(c)
	p.Publish(topic, "for the old Session", mqtt.AtLeastOnce)
	c = t.Connect("c")
	p.Publish(topic, "for the old Subscription", mqtt.AtLeastOnce)
	t.Silent(c, Moment)
	t.Subscribe(c, topic, 1)
	t.Disconnect(c)
	p.Publish(topic, "for no Session", mqtt.AtLeastOnce)
	c, a := t.ConnectAnswer("c", rawclient.Resume)
	if a.SessionPresent {
		t.Errorf("the Session of CleanSession 1 is used again")
	}
	p.Publish(topic, "for no Subscription", mqtt.AtLeastOnce)
	t.Silent(c, Moment)
}

func checkRetainedOutlives3(t *T) {
	topic := t.Topic("a")
	t.Retained(topic)
	p := t.Connect("p")
	p.Publish(topic, "kept", mqtt.AtLeastOnce, rawclient.Retain)
	t.Disconnect(p)
	t.Disconnect(t.Connect("p"))
	c := t.Connect("c")
	t.Subscribe(c, topic, 1)
	c.ExpectMessage(topic, "kept")
}

// keepAlive makes a CONNECT with a Keep Alive of so many seconds.
func keepAlive(seconds uint16) func(*packet.Connect) {
	return func(p *packet.Connect) { p.KeepAlive = seconds }
}

func checkKeepAlive3(t *T) {
	watch, topic := t.Connect("watch"), t.Topic("will")
	t.Subscribe(watch, topic, 1)
	c := t.Connect("c", keepAlive(1), rawclient.Will(topic, "as if the network had failed"))
	t.Patient(watch)
	t.Patient(c)
	watch.ExpectMessage(topic, "as if the network had failed")
	t.Closed(c)
}

func checkBrokenConnect3(t *T) {
	id := text(t.ID("c"))
	t.closesFirst(map[string][]byte{
		"nothing":                    frame(0x10),
		"Protocol Name cut off":      frame(0x10, []byte{0, 4, 'M', 'Q'}),
		"no Connect Flags":           frame(0x10, text("MQTT"), []byte{4}),
		"no Keep Alive":              frame(0x10, text("MQTT"), []byte{4, 2, 0}),
		"Client Identifier cut off":  connect(4, 2, id[:len(id)-1]),
		"something behind the end":   connect(4, 2, id, []byte{0}),
		"Will Message cut off":       connect(4, 6, id, text(t.Topic("a")), []byte{0, 9, 'x'}),
		"Client Identifier too long": connect(4, 2, number16(0xFFFF), []byte("x")),
	})
}

func checkTakeOver3(t *T) {
	c := t.Connect("c")
	t.alive(t.Connect("c"))
	t.Closed(c)
}

func checkAccepted3(t *T) {
	c, a := t.ConnectAnswer("c") // which expects return code zero
	if a.SessionPresent {
		t.Errorf("Session Present in a clean Session")
	}
	t.alive(c)
}

func checkBehindRejected3(t *T) {
	watch, topic := t.Connect("watch"), t.Topic("a")
	t.Subscribe(watch, topic, 0)
	t.eachOf(map[string][]byte{
		"no Client Identifier": connect(4, 0, text("")),
		"unacceptable level":   connect(1, 2, text(t.ID("c"))),
		"reserved flag":        connect(4, 3, text(t.ID("c"))),
	}, func(b []byte) {
		c := t.Dial()
		_ = c.TrySend(append(b, rawclient.Publish(t.version, 0, topic, []byte("no"), 0)...))
		for err := error(nil); err == nil; {
			_, err = c.TryNext()
		}
	})
	t.Silent(watch, Moment)
}
