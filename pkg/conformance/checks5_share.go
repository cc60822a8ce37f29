// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"strconv"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Share are about Shared Subscriptions (4.8.2).
var checks5Share = []Check{
	{Name: "ShareName is there", Clauses: []string{"MQTT-4.8.2-1"}, Run: noShareName5},
	{Name: "characters of the ShareName", Clauses: []string{"MQTT-4.8.2-2"}, Run: shareName5},
	{Name: "QoS of a Shared Subscription", Clauses: []string{"MQTT-4.8.2-3"}, Run: shareQoS5},
	{Name: "QoS 2 goes on with the member", Clauses: []string{"MQTT-4.8.2-4"},
		Run: shareResumed5},
	{Name: "member whose Session ends", Clauses: []string{"MQTT-4.8.2-5"}, Run: shareEnded5},
	{Name: "message that a member refuses", Clauses: []string{"MQTT-4.8.2-6"},
		Run: shareRefused5},
}

// share5 is the filter of a share of the topic x that nobody else has.
func share5(t *T) string { return "$share/g" + strconv.Itoa(t.number) + "/" + t.Topic("x") }

func noShareName5(t *T) {
	needShares5(t)
	refusedFilters5(t, "$share//"+t.Topic("x"), "$share//", "$share/")
}

func shareName5(t *T) {
	needShares5(t)
	refusedFilters5(t, "$share/g+/"+t.Topic("x"), "$share/+/"+t.Topic("x"),
		"$share/#/"+t.Topic("x"), "$share/g#/"+t.Topic("x"), "$share/g", "$share/g/")
}

func shareQoS5(t *T) {
	needShares5(t)
	needQoS5(t, mqtt.ExactlyOnce)
	members := map[mqtt.QoS]*rawclient.Client{}
	for q := mqtt.AtMostOnce; q <= mqtt.ExactlyOnce; q++ {
		members[q] = subscriber5(t, "m"+strconv.Itoa(int(q)), share5(t),
			mqtt.SubscriptionOptions(q))
		t.Subscribe(members[q], t.Topic("end"), 0)
	}
	pub := t.Connect("b")
	const messages = 12
	for range messages {
		pub.Publish(t.Topic("x"), "m", mqtt.ExactlyOnce)
	}
	pub.Publish(t.Topic("end"), "end", mqtt.AtMostOnce)
	count := 0
	for q, c := range members {
		for _, p := range t.Until(c, "end") {
			if string(p.Payload) == "m" {
				count++
				if p.QoS != q {
					t.Errorf("a member granted QoS %d has a message with QoS %d", q, p.QoS)
				}
			}
		}
		t.Silent(c, Moment/4)
	}
	if count != messages {
		t.Errorf("%d messages for a share arrive as %d", messages, count)
	}
}

// taken5 is the only member of a share, to which a message is on its way, and then another member.
func taken5(t *T, q mqtt.QoS) (chosen, other *rawclient.Client, p *packet.Publish) {
	needShares5(t)
	needQoS5(t, q)
	chosen = t.Connect("a", keeps5(60))
	t.Subscribe(chosen, share5(t), mqtt.SubscriptionOptions(q))
	t.Connect("b").Publish(t.Topic("x"), "m", q)
	p = expect5(t, chosen, "m")
	return chosen, subscriber5(t, "c", share5(t), mqtt.SubscriptionOptions(q)), p
}

func shareResumed5(t *T) {
	// Before PUBREC, and after it.
	chosen, other, p := taken5(t, mqtt.ExactlyOnce)
	chosen.Cut()
	t.Silent(other, Moment)
	chosen = again5(t, p)
	chosen.SendAck(packet.PUBREC, p.ID)
	rawclient.Expect[*rawclient.Pubrel](chosen)
	chosen.Cut()
	chosen = t.Connect("a", keeps5(60))
	if r := rawclient.Expect[*rawclient.Pubrel](chosen); r.ID != p.ID {
		t.Fatalf("PUBREL %d, want %d", r.ID, p.ID)
	}
	chosen.SendAck(packet.PUBCOMP, p.ID)
	t.Silent(other, Moment)
}

func shareEnded5(t *T) {
	chosen, other, _ := taken5(t, mqtt.ExactlyOnce)
	chosen.Cut()
	t.Silent(t.Connect("a"), Moment) // Clean Start 1
	t.Silent(other, Moment)
}

func shareRefused5(t *T) {
	for q, answer := range map[mqtt.QoS]packet.Type{1: packet.PUBACK, 2: packet.PUBREC} {
		chosen, other, p := taken5(t, q)
		chosen.Send(refusing5(answer, p.ID))
		t.Silent(chosen, Moment)
		t.Silent(other, Moment)
		chosen.Cut()
		t.Silent(other, Moment)
		t.Silent(t.Connect("a"), Moment)
		t.Disconnect(other)
	}
}
