// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/topic"
)

// The way of an incoming PUBLISH (3.3):
//
//	decode, alias, topic, limits    an error ends the connection
//	repetition of QoS 2             answered, not passed on
//	screen                          may it be published? if not: why, for the acknowledgement
//	build, broker.Publish           to everyone who wants it
//	acknowledge                     PUBACK or PUBREC

// verdict is what screen thinks of a message: the Reason Code to acknowledge it with, and whether
// it is discarded.
type verdict struct {
	code    mqtt.ReasonCode
	reason  string
	discard bool
}

func (c *Client) handlePublish(f packet.Frame) error {
	p := &c.loop.publish
	d := c.decoder()
	if err := d.Publish(f, p); err != nil {
		return err
	}
	shard := c.loop.Shard
	shard.Count.Add(metrics.MessagesReceived0+metrics.Counter(p.QoS), 1)
	shard.Count.Add(metrics.PublishBytesReceived0+metrics.Counter(p.QoS), int64(len(f.Raw)))
	own := broker.Packet{Raw: f.Raw, Version: c.version}
	if !p.Properties.Empty() {
		plain, err := c.takeProperties(p)
		if err != nil {
			return err
		}
		if !plain {
			own.Raw = nil
		}
	}
	if err := topic.CheckName(mqtt.Borrow(p.Topic), shard.Options.MaxTopicLevels); err != nil {
		return err
	}
	if repeated, err := c.admitPublish(p); repeated || err != nil {
		return err
	}
	v, err := c.screen(p)
	if err != nil {
		return err
	}
	if c.options.LogPublishes {
		c.logPublish(p)
	}
	if !v.discard {
		c.build(p)
		if !shard.Publish(&c.loop.message, false, own) {
			v.code = mqtt.NoMatchingSubscribers
		}
	}
	c.acknowledge(p, v)
	return nil
}

// takeProperties resolves a topic alias and refuses what a Client must not send. It reports
// whether the packet may serve as it is for other receivers.
func (c *Client) takeProperties(p *packet.Publish) (plain bool, err error) {
	x := &p.Properties
	if x.Has(packet.SubscriptionIdentifier) {
		// [MQTT-3.3.4-6]
		return false, mqtt.Errorf(mqtt.ProtocolError, "Subscription Identifier from a Client")
	}
	if x.Has(packet.TopicAlias) {
		name, err := c.resolve(x.TopicAlias, p.Topic)
		if err != nil {
			return false, err
		}
		p.Topic = name
	}
	return !x.Has(packet.TopicAlias) && !x.Has(packet.MessageExpiryInterval), nil
}

// admitPublish checks what may be sent to this Server at all, and whether a QoS 2 message came
// before; such a one is acknowledged again, but not passed on [MQTT-4.3.3-10].
func (c *Client) admitPublish(p *packet.Publish) (repeated bool, err error) {
	if p.QoS > c.options.MaxQoS && (c.version == mqtt.V50 || !c.options.ExceedDrops) {
		return false, mqtt.Errorf(mqtt.QoSNotSupported,
			"QoS %d, maximum is %d", p.QoS, c.options.MaxQoS)
	}
	if p.Retain && c.loop.Shard.Options.Retained == broker.RetainedDisconnects {
		return false, mqtt.Errorf(mqtt.RetainNotSupported,
			"retained_messages_mode disconnect_with_error")
	}
	if p.QoS != mqtt.ExactlyOnce {
		return false, nil
	}
	if c.session.Seen(p.ID) {
		c.sendAck(packet.PUBREC, p.ID, mqtt.Success, "")
		return true, nil
	}
	if c.version == mqtt.V50 && c.options.EnforceReceiveMaximum &&
		c.unreleased >= c.options.ReceiveMaximum { // counted anew on each connection (5.0, 4.9)
		return false, mqtt.Errorf(mqtt.ReceiveMaximumExceeded, "more than %d messages under way",
			c.options.ReceiveMaximum)
	}
	return false, nil
}

// screen decides whether a well-formed message is published.
func (c *Client) screen(p *packet.Publish) (verdict, error) {
	o := c.loop.Shard.Options
	name := mqtt.Borrow(p.Topic)
	if err := checkPayload(&p.Properties, p.Payload); err != nil {
		if p.QoS == mqtt.AtMostOnce {
			return verdict{}, err
		}
		return verdict{mqtt.PayloadFormatInvalid, "payload is not UTF-8", true}, nil
	}
	switch {
	case topic.Hidden(name): // [MQTT-4.7.2-1]: topics beginning with '$' are the Server's
		return verdict{mqtt.TopicNameInvalid, "topics with '$' are the Server's", true}, nil
	case p.QoS > c.options.MaxQoS || p.Retain && o.Retained == broker.RetainedDrop:
		return verdict{discard: true}, nil // FlashMQ: acknowledged and discarded
	case o.Auth.Restricts() && !o.Auth.Authorize(auth.Access{
		ClientID: c.session.ID, Username: c.session.Username, Action: auth.Write,
		Topic: name, QoS: p.QoS, Retain: p.Retain,
	}):
		return verdict{mqtt.NotAuthorized, "", true}, nil
	}
	return verdict{}, nil
}

// checkPayload holds a payload against its Payload Format Indicator.
func checkPayload(p *packet.Properties, payload []byte) error {
	if p.Has(packet.PayloadFormat) && p.PayloadFormat == 1 && !utf8.Valid(payload) {
		return mqtt.Errorf(mqtt.PayloadFormatInvalid, "payload is not UTF-8")
	}
	return nil
}

// build makes the loop's Message of the packet. It borrows the packet's bytes.
func (c *Client) build(p *packet.Publish) {
	m := &c.loop.message
	m.Topic, m.Payload = mqtt.Borrow(p.Topic), p.Payload
	m.Publisher, m.Username = c.session.ID, c.session.Username
	m.QoS, m.Retain = p.QoS, p.Retain
	m.Properties, m.Expires = nil, 0
	if p.Retain && c.loop.Shard.Options.Retained == broker.RetainedDowngrade {
		m.Retain = false
	}
	if p.Properties.Empty() {
		return
	}
	m.Properties = p.Properties.Forward(c.loop.properties[:0])
	if p.Properties.Has(packet.MessageExpiryInterval) {
		m.Expires = c.loop.Shard.Now() +
			int64(p.Properties.MessageExpiryInterval)*int64(time.Second)
	}
}

// acknowledge answers a message of QoS 1 or 2. The identifier of a QoS 2 message that was accepted
// is remembered until PUBREL [MQTT-4.3.3-9].
func (c *Client) acknowledge(p *packet.Publish, v verdict) {
	switch p.QoS {
	case mqtt.AtLeastOnce:
		c.sendAck(packet.PUBACK, p.ID, v.code, v.reason)
	case mqtt.ExactlyOnce:
		if !v.code.Failed() {
			c.session.Received(p.ID)
			c.unreleased++
		}
		c.sendAck(packet.PUBREC, p.ID, v.code, v.reason)
	}
}

func (c *Client) logPublish(p *packet.Publish) {
	c.loop.Log.LogAttrs(context.Background(), c.options.PublishLevel, "publish",
		slog.String("client", string(c.session.ID)), slog.String("topic", string(p.Topic)),
		slog.Int("size", len(p.Payload)), slog.Int("qos", int(p.QoS)),
		slog.Bool("retain", p.Retain), slog.Bool("dup", p.Dup))
}
