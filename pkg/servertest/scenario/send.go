// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// The commands that send a packet, in the order of the specification.

// add makes name a connection of the script.
func (p *player) add(name string, a *arguments) *Conn {
	old := p.conns[name]
	if old == nil {
		p.order = append(p.order, name)
	} else if !old.closed {
		a.fail("%s is still connected: give the new connection another name with as=", name)
		return old
	}
	c := p.world.Dial(name)
	if old != nil {
		c.lines = old.lines
	}
	p.conns[name] = c
	return c
}

func (p *player) dial(_ *Conn, a *arguments) {
	c := p.add(a.text("as", "a"), a)
	c.Version = mqtt.Version(a.number("v", 5))
}

var versions = map[string]mqtt.Version{"3": mqtt.V31, "3.1": mqtt.V31, "3.1.1": mqtt.V311,
	"4": mqtt.V311, "5": mqtt.V50}

func (p *player) connect(_ *Conn, a *arguments) {
	id := a.text("id", "")
	name := a.text("as", id)
	p.dials[name] = a
	c := p.add(name, a)
	c.Version = choice(a, "v", versions, mqtt.V50)
	x := &packet.Connect{
		Version: c.Version, Bridge: a.flag("bridge"), CleanStart: a.number("clean", 1) == 1,
		KeepAlive: uint16(a.number("keepalive", 0)), ClientID: []byte(id),
		HasUsername: a.has("user"), Username: []byte(a.text("user", "")),
		HasPassword: a.has("password"), Password: []byte(a.text("password", "")),
	}
	connectProperties(&x.Properties, a)
	setWill(x, a)
	c.Auto, c.wire.full = a.flag("auto"), a.flag("full")
	b, err := packet.AppendConnect(nil, x)
	c.send(a, b, err)
}

// reconnect repeats the last connect of a name, with other words where there are any.
func (p *player) reconnect(_ *Conn, words []string) error {
	if len(words) == 0 || p.dials[words[0]] == nil {
		return errors.New("who?")
	}
	a := newArguments(words[1:])
	repeated := *a
	repeated.pairs = append(append([]pair{}, p.dials[words[0]].pairs...), a.pairs...)
	p.connect(nil, &repeated)
	return repeated.done()
}

func connectProperties(p *packet.Properties, a *arguments) {
	if a.has("expiry") {
		p.SetSessionExpiryInterval(uint32(a.number("expiry", 0)))
	}
	if a.has("receive_maximum") {
		p.SetReceiveMaximum(uint16(a.number("receive_maximum", 0)))
	}
	if a.has("max_packet") {
		p.SetMaximumPacketSize(uint32(a.number("max_packet", 0)))
	}
	if a.has("alias_max") {
		p.SetTopicAliasMaximum(uint16(a.number("alias_max", 0)))
	}
	if a.has("problem_info") {
		p.SetRequestProblemInformation(byte(a.number("problem_info", 1)))
	}
	if a.has("method") {
		p.SetAuthenticationMethod([]byte(a.text("method", "")))
	}
	addUsers(p, a, "connect_user")
}

func setWill(x *packet.Connect, a *arguments) {
	x.Will = a.has("will")
	x.WillTopic, x.WillPayload = []byte(a.text("will", "")), []byte(a.text("will_payload", "gone"))
	x.WillQoS, x.WillRetain = mqtt.QoS(a.number("will_qos", 0)), a.flag("will_retain")
	p := &x.WillProperties
	if a.has("will_delay") {
		p.SetWillDelayInterval(uint32(a.number("will_delay", 0)))
	}
	if a.has("will_expiry") {
		p.SetMessageExpiryInterval(uint32(a.number("will_expiry", 0)))
	}
	if a.has("will_format") {
		p.SetPayloadFormat(byte(a.number("will_format", 0)))
	}
	addUsers(p, a, "will_user")
}

func addUsers(p *packet.Properties, a *arguments, name string) {
	for _, s := range a.all(name) {
		key, value, _ := strings.Cut(s, ":")
		p.AddUser([]byte(key), []byte(value))
	}
}

func (p *player) publish(c *Conn, a *arguments) {
	x := &packet.Publish{
		Topic:   []byte(strings.Repeat(a.text("topic", ""), a.number("topic_times", 1))),
		Payload: []byte(a.text("payload", "")),
		QoS:     mqtt.QoS(a.number("qos", 0)), Retain: a.flag("retain"), Dup: a.flag("dup"),
	}
	x.ID = mqtt.PacketID(a.number("id", 1))
	if x.QoS == mqtt.AtMostOnce {
		x.ID = 0
	}
	if n := a.number("size", 0); n > 0 {
		x.Payload = []byte(strings.Repeat("x", n))
	}
	publishProperties(&x.Properties, a)
	for range a.number("times", 1) {
		b, err := packet.AppendPublish(nil, c.Version, x)
		c.send(a, b, err)
		if x.ID != 0 {
			x.ID++
		}
	}
}

func publishProperties(p *packet.Properties, a *arguments) {
	if a.has("expiry") {
		p.SetMessageExpiryInterval(uint32(a.number("expiry", 0)))
	}
	if a.has("alias") {
		p.SetTopicAlias(uint16(a.number("alias", 0)))
	}
	if a.has("format") {
		p.SetPayloadFormat(byte(a.number("format", 0)))
	}
	if a.has("content") {
		p.SetContentType([]byte(a.text("content", "")))
	}
	if a.has("response") {
		p.SetResponseTopic([]byte(a.text("response", "")))
	}
	if a.has("correlation") {
		p.SetCorrelationData([]byte(a.text("correlation", "")))
	}
	if a.has("subid") {
		p.AddSubscriptionIdentifier(uint32(a.number("subid", 0)))
	}
	addUsers(p, a, "user")
}

// ack returns the command that sends an acknowledgement.
func ack(t packet.Type) func(*player, *Conn, *arguments) {
	return func(_ *player, c *Conn, a *arguments) {
		c.SendAck(t, mqtt.PacketID(a.number("id", 1)), mqtt.ReasonCode(a.number("code", 0)))
	}
}

func (p *player) subscribe(c *Conn, a *arguments) {
	x := &packet.Subscribe{ID: mqtt.PacketID(a.number("pid", 10))}
	if a.has("id") {
		x.Properties.AddSubscriptionIdentifier(uint32(a.number("id", 0)))
	}
	for _, w := range a.pairs {
		if w.name == "filter" {
			x.Subscriptions = append(x.Subscriptions, mqtt.Subscription{Filter: w.value})
		}
		if n := len(x.Subscriptions); n > 0 {
			x.Subscriptions[n-1].Options |= subscriptionOption(w)
		}
	}
	for _, name := range []string{"filter", "qos", "nl", "rap", "rh"} {
		a.used[name] = true
	}
	b, err := packet.AppendSubscribe(nil, c.Version, x)
	c.send(a, b, err)
}

func subscriptionOption(w pair) (o mqtt.SubscriptionOptions) {
	switch w.name {
	case "qos":
		return mqtt.SubscriptionOptions(w.value[0] - '0')
	case "nl":
		return mqtt.OptionNoLocal
	case "rap":
		return mqtt.OptionRetainAsPub
	case "rh":
		return mqtt.SubscriptionOptions(w.value[0]-'0') << 4
	}
	return 0
}

func (p *player) unsubscribe(c *Conn, a *arguments) {
	x := &packet.Unsubscribe{ID: mqtt.PacketID(a.number("pid", 11)), Filters: a.all("filter")}
	b, err := packet.AppendUnsubscribe(nil, c.Version, x)
	c.send(a, b, err)
}

func (p *player) ping(c *Conn, a *arguments) { c.send(a, packet.AppendPingreq(nil), nil) }

func (p *player) disconnect(c *Conn, a *arguments) {
	x := &packet.Disconnect{Code: mqtt.ReasonCode(a.number("code", 0))}
	if a.has("expiry") {
		x.Properties.SetSessionExpiryInterval(uint32(a.number("expiry", 0)))
	}
	b, err := packet.AppendDisconnect(nil, c.Version, x)
	c.send(a, b, err)
}

func (p *player) auth(c *Conn, a *arguments) {
	x := &packet.Auth{Code: mqtt.ReasonCode(a.number("code", 0x18))}
	if a.has("method") {
		x.Properties.SetAuthenticationMethod([]byte(a.text("method", "")))
	}
	b, err := packet.AppendAuth(nil, x)
	c.send(a, b, err)
}

func (c *Conn) send(a *arguments, b []byte, err error) {
	if err != nil {
		a.fail("%v", err)
		return
	}
	if c.closed {
		a.fail("%s is closed", c.Name)
	}
	c.Send(b)
}

// raw sends bytes in hexadecimal; s'text' is a string with its length before it.
func (p *player) raw(c *Conn, words []string) error {
	var b []byte
	for _, w := range words {
		if text, ok := strings.CutPrefix(w, "s'"); ok {
			text = strings.TrimSuffix(text, "'")
			b = append(append(b, byte(len(text)>>8), byte(len(text))), text...)
			continue
		}
		x, err := hex.DecodeString(w)
		if err != nil {
			return err
		}
		b = append(b, x...)
	}
	c.Send(b)
	return nil
}
