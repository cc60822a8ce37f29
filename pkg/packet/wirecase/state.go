// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// State is what has happened on a connection before a case begins.
type State uint8

// Ours: the states.
const (
	Fresh       State = iota // nothing was sent
	Connected                // CONNECT was accepted: a clean Session without a Will
	Expiring                 // as Connected, with a Session Expiry Interval above 0
	Aliased                  // Topic Alias 1 stands for a topic
	Subscribed               // there is a subscription for the filter "wire/held"
	Delivered1               // a QoS 1 message came with Packet Identifier 1
	Delivered2               // a QoS 2 message came with Packet Identifier 1
	Released                 // so did the PUBREL that answers our PUBREC
	UnderWay                 // we sent a QoS 2 message with Packet Identifier 1, PUBREC came
	statesCount = iota
)

var stateNames = [statesCount]string{"fresh", "connected", "expiring", "aliased", "subscribed",
	"QoS 1 delivered", "QoS 2 delivered", "QoS 2 released", "QoS 2 under way"}

// String returns a name for s.
func (s State) String() string { return stateNames[s] }

// Step is one packet on the way to a State, and what the Server answers.
type Step struct {
	Send []byte
	// Answers are the packets that have come when the next step may begin. A message may come
	// earlier than where it stands here. Servers number their messages from 1 on.
	Answers []packet.Type
}

// heldFilter is the filter of Subscribed.
const heldFilter = "wire/held"

// Steps lead to s, on a new connection of a Client with that identifier.
func (s State) Steps(v mqtt.Version, id string) []Step {
	if s == Fresh {
		return nil
	}
	open := Step{connectPacket(v, id, s == Expiring), []packet.Type{packet.CONNACK}}
	own := "wire/of/" + id
	exact := publishPacket(v, 2, own)
	switch s {
	case Aliased:
		alias := join(text(own), block([]byte{0x23, 0, 1}))
		return []Step{open, {Send: frame(0x30, alias)}}
	case Subscribed:
		return []Step{open, subscribeStep(v, heldFilter)}
	case Delivered1:
		return []Step{open, subscribeStep(v, own), {publishPacket(v, 1, own),
			[]packet.Type{packet.PUBACK, packet.PUBLISH}}}
	case Delivered2, Released:
		steps := []Step{open, subscribeStep(v, own), {exact, []packet.Type{packet.PUBREC}},
			{[]byte{0x62, 2, 0, 1}, []packet.Type{packet.PUBCOMP, packet.PUBLISH}}}
		if s == Released {
			steps = append(steps, Step{[]byte{0x50, 2, 0, 1}, []packet.Type{packet.PUBREL}})
		}
		return steps
	case UnderWay:
		return []Step{open, {exact, []packet.Type{packet.PUBREC}}}
	}
	return []Step{open}
}

// connectPacket is a CONNECT with a clean Session, which lasts a little in 5.0 if it is to.
func connectPacket(v mqtt.Version, id string, lasting bool) []byte {
	b := join(protocol(v), []byte{2, 0, 0})
	if v == mqtt.V50 && lasting {
		b = join(b, block([]byte{0x11, 0, 0, 0, 1}))
	} else if v == mqtt.V50 {
		b = join(b, block())
	}
	return frame(0x10, join(b, text(id)))
}

// protocol is Protocol Name and Protocol Level.
func protocol(v mqtt.Version) []byte {
	if v == mqtt.V31 {
		return join(text("MQIsdp"), []byte{byte(v)})
	}
	return join(text("MQTT"), []byte{byte(v)})
}

func subscribeStep(v mqtt.Version, filter string) Step {
	b := join(two(1), noProperties(v), text(filter), []byte{2})
	return Step{frame(0x82, b), []packet.Type{packet.SUBACK}}
}

func publishPacket(v mqtt.Version, qos byte, topic string) []byte {
	b := join(text(topic), two(1), noProperties(v), []byte("message"))
	return frame(0x30|qos<<1, b)
}

// noProperties is an empty set of properties where the version has them.
func noProperties(v mqtt.Version) []byte {
	if v == mqtt.V50 {
		return block()
	}
	return nil
}
