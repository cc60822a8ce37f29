// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// specimens are good packets of every type that a Client may send.
func specimens(v mqtt.Version) []*specimen {
	list := []*specimen{
		shortConnect(v), fullConnect(v),
		publish(v, 0), publish(v, 1), publish(v, 2),
		acknowledgement(packet.PUBACK, v), acknowledgement(packet.PUBREC, v),
		acknowledgement(packet.PUBREL, v), acknowledgement(packet.PUBCOMP, v),
		subscribe(v), unsubscribe(v),
		newSpecimen(packet.PINGREQ, v, Connected, 0xC0).
			earns(pingresp, []Outcome{{Kind: Answered, Answer: packet.PINGRESP}}),
		disconnect(v),
	}
	if v == mqtt.V50 {
		list = append(list, authenticate())
	}
	return list
}

// accepted is the CONNACK that welcomes a Client.
func accepted() []Outcome {
	return []Outcome{{Kind: Answered, Answer: packet.CONNACK, Count: 1,
		Codes: []mqtt.ReasonCode{mqtt.Success}}}
}

func shortConnect(v mqtt.Version) *specimen {
	return startConnect(v, 0x02).has("client identifier", words, text(someID)).
		earns(connack, accepted())
}

func startConnect(v mqtt.Version, flags byte) *specimen {
	sp := newSpecimen(packet.CONNECT, v, Fresh, 0x10)
	sp.form = connectForm.of(v)
	name := protocol(v)
	return sp.has("protocol name", opaque, name[:len(name)-1]).
		has("protocol version", opaque, []byte{byte(v)}).
		has("connect flags", opaque, []byte{flags}).
		has("keep alive", seconds, two(0)).
		hasProperties(inConnect)
}

func fullConnect(v mqtt.Version) *specimen {
	sp := startConnect(v, 0xC6).called("with everything").earns(connack, accepted()).
		has("client identifier", words, text(someID)).
		hasProperties(inWill).
		has("will topic", name, text("wire/will")).
		has("will payload", blob, text("gone"))
	if v == mqtt.V31 {
		// There the Remaining Length takes precedence over the flags (3.1).
		sp.mayEnd(accepted())
	}
	sp.has("user name", words, text("user"))
	if v == mqtt.V31 {
		sp.mayEnd(accepted())
	}
	return sp.has("password", blob, text("word"))
}

func publish(v mqtt.Version, qos byte) *specimen {
	sp := newSpecimen(packet.PUBLISH, v, Connected, 0x30|qos<<1).
		called([]string{"QoS 0", "QoS 1", "QoS 2"}[qos])
	sp.earns(response, published(qos, 10))
	sp.has("topic name", name, text("wire/to"))
	if qos > 0 {
		sp.has("packet identifier", id, two(10))
	}
	sp.hasProperties(inPublish)
	sp.mayEnd(sp.want)
	return sp.has("payload", payload, []byte("wire"))
}

// published is how a PUBLISH is answered. Nobody may have subscribed.
func published(qos byte, n mqtt.PacketID) []Outcome {
	fine := []mqtt.ReasonCode{mqtt.Success, mqtt.NoMatchingSubscribers}
	switch qos {
	case 1:
		return []Outcome{{Kind: Answered, Answer: packet.PUBACK, ID: n, Codes: fine}}
	case 2:
		return []Outcome{{Kind: Answered, Answer: packet.PUBREC, ID: n, Codes: fine}}
	}
	return silent()
}

// acknowledgement is a PUBACK, PUBREC, PUBREL or PUBCOMP that is expected.
func acknowledgement(t packet.Type, v mqtt.Version) *specimen {
	sp := newSpecimen(t, v, Delivered1, byte(t)<<4).earns(puback, silent())
	switch t {
	case packet.PUBREC:
		sp.state = Delivered2
		sp.earns(pubrel, acknowledged(packet.PUBREL, 1, mqtt.Success))
	case packet.PUBREL:
		sp.state, sp.first = UnderWay, 0x62
		sp.earns(pubcomp, acknowledged(packet.PUBCOMP, 1, mqtt.Success))
	case packet.PUBCOMP:
		sp.state = Released
	}
	sp.has("packet identifier", ackID, two(1)).mayEnd(sp.want)
	if v == mqtt.V50 {
		sp.has("reason code", opaque, []byte{0}).mayEnd(sp.want)
	}
	return sp.hasProperties(placeOf[t]).mayEnd(sp.want)
}

func acknowledged(t packet.Type, n mqtt.PacketID, codes ...mqtt.ReasonCode) []Outcome {
	return []Outcome{{Kind: Answered, Answer: t, ID: n, Codes: codes}}
}

func subscribe(v mqtt.Version) *specimen {
	sp := newSpecimen(packet.SUBSCRIBE, v, Connected, 0x82).earns(suback, granted(1, 2))
	sp.has("packet identifier", id, two(10))
	sp.hasProperties(inSubscribe).mustNotEnd(noFilter)
	sp.has("topic filter", filter, text("wire/a"))
	sp.has("subscription options", opaque, []byte{1}).mayEnd(granted(1, 1))
	sp.has("second topic filter", filter, text("wire/b"))
	return sp.has("second subscription options", opaque, []byte{1}).mayEnd(sp.want)
}

// granted is a SUBACK that grants n subscriptions that QoS.
func granted(qos mqtt.ReasonCode, n int) []Outcome {
	return []Outcome{{Kind: Answered, Answer: packet.SUBACK, ID: 10, Count: n,
		Codes: []mqtt.ReasonCode{qos}}}
}

func unsubscribe(v mqtt.Version) *specimen {
	sp := newSpecimen(packet.UNSUBSCRIBE, v, Connected, 0xA2)
	sp.earns(unsuback, removed(v, 2, mqtt.NoSubscriptionExisted))
	sp.has("packet identifier", id, two(10))
	sp.hasProperties(inUnsubscribe).mustNotEnd(noTopic)
	sp.has("topic filter", filter, text("wire/a"))
	sp.mayEnd(removed(v, 1, mqtt.NoSubscriptionExisted))
	return sp.has("second topic filter", filter, text("wire/b")).mayEnd(sp.want)
}

// removed is an UNSUBACK for n filters. 3.x has no codes in it.
func removed(v mqtt.Version, n int, codes ...mqtt.ReasonCode) []Outcome {
	o := Outcome{Kind: Answered, Answer: packet.UNSUBACK, ID: 10}
	if v == mqtt.V50 {
		o.Count, o.Codes = n, codes
	}
	return []Outcome{o}
}

func disconnect(v mqtt.Version) *specimen {
	sp := newSpecimen(packet.DISCONNECT, v, Connected, 0xE0).earns(goodbye, ended())
	sp.empty = ended()
	if v == mqtt.V50 {
		sp.has("reason code", opaque, []byte{0}).mayEnd(ended())
	}
	if v == mqtt.V50 {
		sp.hasProperties(inDisconnect).mayEnd(ended())
	}
	return sp
}

// authenticate is an AUTH, which always is an error: CONNECT had no Authentication Method.
func authenticate() *specimen {
	want := refused(mqtt.V50, mqtt.ProtocolError)
	sp := newSpecimen(packet.AUTH, mqtt.V50, Connected, 0xF0).earns(authOnly, want)
	sp.malformed, sp.empty = wrong, want
	return sp.has("reason code", opaque, []byte{0x18}).
		hasProperties(inAuth).mayEnd(want)
}
