// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// exchanges adds packets that are right or wrong because of what came before.
func (s *sheet) exchanges(v mqtt.Version) {
	s.repeated(v)
	s.outOfOrder(v)
	s.held(v)
	if v == mqtt.V50 {
		s.aliases()
		s.expiry()
		s.formats()
		s.noLocal()
	}
}

// repeated adds packets that come a second time, as after a lost connection.
func (s *sheet) repeated(v mqtt.Version) {
	sp := publish(v, 2)
	sp.state = UnderWay
	sp.fields[sp.field("packet identifier")].wire = two(1)
	want := published(2, 1)
	want[0].Codes = with(want[0].Codes, mqtt.PacketIdentifierInUse)
	for _, first := range []byte{0x34, 0x3C} {
		what := fmt.Sprintf("in use, flags %04b", first&15)
		s.add(sp, "packet identifier", what, frame(first, sp.body()),
			rule{"MQTT-4.3.3-10", "MQTT-4.3.3-2", "4.1"}.of(v), want)
	}
	again := acknowledgement(packet.PUBREC, v)
	again.state = Released
	s.add(again, "whole", "after PUBREL", frame(again.first, again.body()), pubrel.of(v),
		acknowledged(packet.PUBREL, 1, mqtt.Success, mqtt.PacketIdentifierNotFound))
}

// outOfOrder adds acknowledgements of another kind than the message asks for. A Server may ignore
// them or take them for errors.
func (s *sheet) outOfOrder(v mqtt.Version) {
	tolerant := either(silent(), refused(v, wrong...))
	for _, x := range []struct {
		t     packet.Type
		state State
	}{
		{packet.PUBACK, Delivered2}, {packet.PUBCOMP, Delivered2}, {packet.PUBACK, Released},
		{packet.PUBCOMP, Delivered1}, {packet.PUBREC, Delivered1}, {packet.PUBACK, UnderWay},
		{packet.PUBCOMP, UnderWay},
	} {
		sp := acknowledgement(x.t, v)
		sp.state = x.state
		want := tolerant
		if x.t == packet.PUBREC {
			want = either(want, acknowledged(packet.PUBREL, 1, mqtt.Success,
				mqtt.PacketIdentifierNotFound))
		}
		s.add(sp, "whole", "in state "+x.state.String(), frame(sp.first, sp.body()),
			sameID.of(v), want)
	}
}

// held adds packets about a subscription that exists.
func (s *sheet) held(v mqtt.Version) {
	unsub := unsubscribe(v)
	unsub.state = Subscribed
	unsub.fields = unsub.fields[:len(unsub.fields)-1]
	i := unsub.field("topic filter")
	s.add(unsub, "topic filter", "of a subscription", unsub.with(i, text(heldFilter)),
		unsub.clause, removed(v, 1, mqtt.Success))
	s.add(unsub, "topic filter", "longer than that of a subscription",
		unsub.with(i, text(heldFilter+"/")), unsub.clause,
		removed(v, 1, mqtt.NoSubscriptionExisted))
	sub := subscribe(v)
	sub.state = Subscribed
	s.add(sub, "topic filter", "of a subscription",
		sub.with(sub.field("topic filter"), text(heldFilter)),
		rule{"MQTT-3.8.4-3", "MQTT-3.8.4-3", "3.8"}.of(v), sub.want)
}

// aliases adds PUBLISH packets with a Topic Alias (5.0, 3.3.2.3.4).
func (s *sheet) aliases() {
	for qos := range byte(3) {
		for _, x := range []struct {
			state State
			topic string
			alias int
			want  []Outcome
		}{
			{Aliased, "", 1, published(qos, 10)},
			{Aliased, "wire/other", 1, published(qos, 10)},
			{Aliased, "wire/other", 2, published(qos, 10)},
			{Aliased, "", 2, refused(mqtt.V50, mqtt.ProtocolError)},
			{Connected, "", 1, refused(mqtt.V50, mqtt.ProtocolError)},
			{Aliased, "", 0, refused(mqtt.V50, mqtt.TopicAliasInvalid)},
			{Connected, "wire/other", 0, refused(mqtt.V50, mqtt.TopicAliasInvalid)},
		} {
			sp := publish(mqtt.V50, qos)
			sp.state = x.state
			sp.fields[sp.field("topic name")].wire = text(x.topic)
			sp.fields[sp.field("properties")].wire = block(join([]byte{0x23}, two(x.alias)))
			what := fmt.Sprintf("%d with topic %q, %v", x.alias, x.topic, x.state)
			s.add(sp, "topic alias", what, frame(sp.first, sp.body()), "3.3.4", x.want)
		}
	}
}

// expiry adds Session Expiry Intervals in DISCONNECT (5.0, 3.14.2.2.2).
func (s *sheet) expiry() {
	for _, state := range []State{Connected, Expiring} {
		for _, n := range []int{0, 1, 0xFFFFFFFF} {
			sp := disconnect(mqtt.V50)
			sp.state = state
			want := ended()
			if n > 0 && state == Connected {
				want = refused(mqtt.V50, mqtt.ProtocolError)
			}
			what := fmt.Sprintf("session expiry interval %d, %v", n, state)
			value := block(join([]byte{0x11}, four(n)))
			s.add(sp, "properties", what, sp.with(sp.field("properties"), value),
				"3.14.2.2.2", want)
		}
	}
}

// formats adds payloads that are not what the Payload Format Indicator says. Whether a Server
// looks is its own affair (5.0, 3.3.2.3.2).
func (s *sheet) formats() {
	for qos := range byte(3) {
		sp := publish(mqtt.V50, qos)
		sp.fields[sp.field("properties")].wire = block([]byte{0x01, 1})
		want := published(qos, 10)
		if qos > 0 {
			want[0].Codes = with(want[0].Codes, mqtt.PayloadFormatInvalid)
		}
		want = either(want, refused(mqtt.V50, mqtt.PayloadFormatInvalid))
		for _, bad := range []string{"\xFF", "\xED\xA0\x80", "\xC0\x80"} {
			s.add(sp, "payload", fmt.Sprintf("%q as UTF-8", bad),
				sp.with(sp.field("payload"), []byte(bad)), "3.3.2.3.2", want)
		}
		for _, good := range []string{"", "\x00", "\n", "\uFEFF\U0001F600"} {
			s.add(sp, "payload", fmt.Sprintf("%q as UTF-8", good),
				sp.with(sp.field("payload"), []byte(good)), "3.3.2.3.2", published(qos, 10))
		}
	}
}

// noLocal adds the option that a Shared Subscription must not have.
func (s *sheet) noLocal() {
	for _, options := range []byte{0x04, 0x05, 0x06, 0x0C, 0x14, 0x2E} {
		sp := subscribe(mqtt.V50)
		sp.fields[sp.field("subscription options")].wire = []byte{options}
		s.add(sp, "topic filter", fmt.Sprintf("shared, options %02x", options),
			sp.with(sp.field("topic filter"), text("$share/g/wire")), "MQTT-3.8.3-4",
			refused(mqtt.V50, mqtt.ProtocolError))
	}
}
