// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"context"
	"log/slog"
	"strings"

	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/topic"
)

// handleSubscribe makes subscriptions in the order of the packet (3.8), answers with SUBACK, and
// lets the retained messages follow it in the same order. A packet with one bad filter changes
// nothing.
func (c *Client) handleSubscribe(f packet.Frame) error {
	p := &c.loop.subscribe
	d := c.decoder()
	if err := d.Subscribe(f, p); err != nil {
		return err
	}
	shard := c.loop.Shard
	if p.Properties.Has(packet.SubscriptionIdentifier) && !shard.Options.SubscriptionIdentifiers {
		return mqtt.Errorf(mqtt.SubscriptionIdentifiersNotSupported,
			"subscription_identifiers_enabled")
	}
	for i := range p.Subscriptions {
		if err := c.checkSubscription(p.Subscriptions[i]); err != nil {
			return err
		}
	}
	if err := c.checkAnswer(len(p.Subscriptions)); err != nil {
		return err
	}
	c.loop.codes, c.loop.granted = c.loop.codes[:0], c.loop.granted[:0]
	for _, sub := range p.Subscriptions {
		sub.Options = sub.Options.WithQoS(min(sub.Options.QoS(), c.options.MaxQoS))
		share, filter, _ := topic.ParseFilter(sub.Filter) // checked above
		g := shard.Subscribe(c.session, sub, filter, share != "")
		c.loop.granted = append(c.loop.granted, g)
		c.loop.codes = append(c.loop.codes, c.subackCode(g.Code, sub))
		if c.options.LogSubscriptions {
			c.logSubscription(c.options.SubscribeLevel, "subscribe", sub.Filter, g.Code)
		}
	}
	c.sendSuback(packet.SUBACK, p.ID) // [MQTT-3.8.4-1]
	for i := range c.loop.granted {
		shard.Replay(c.session, c.loop.granted[i])
		c.loop.granted[i] = broker.Granted{}
	}
	return nil
}

// checkSubscription finds what ends the connection: a bad filter, No Local on a share.
func (c *Client) checkSubscription(sub mqtt.Subscription) error {
	share, filter, err := topic.ParseFilter(sub.Filter)
	if err != nil {
		return err
	}
	if share != "" && sub.Options.NoLocal() {
		// [MQTT-3.8.3-4]
		return mqtt.Errorf(mqtt.ProtocolError, "No Local on a Shared Subscription")
	}
	return topic.CheckFilter(filter, c.loop.Shard.Options.MaxTopicLevels)
}

// checkAnswer finds out whether a SUBACK or UNSUBACK with n codes can be sent to this Client at
// all [MQTT-3.1.2-24]. Only 5.0 Clients have a Maximum Packet Size.
func (c *Client) checkAnswer(n int) error {
	size := 5 + n // type, length, Packet Identifier, no properties
	for body := 3 + n; body > 127; body >>= 7 {
		size++
	}
	if c.maxPacket != 0 && uint32(size) > c.maxPacket {
		return mqtt.Errorf(mqtt.PacketTooLarge, "%d codes do not fit Maximum Packet Size", n)
	}
	return nil
}

// answerRoom is the most a SUBACK takes besides its codes.
const answerRoom = 8

// subackCode is the code SUBACK tells in the Client's version. 3.1 has no code for failure, so it
// hears what it asked for. FlashMQ: the same.
func (c *Client) subackCode(code mqtt.ReasonCode, asked mqtt.Subscription) mqtt.ReasonCode {
	if code.Failed() && c.version == mqtt.V31 {
		return mqtt.ReasonCode(asked.Options.QoS())
	}
	return code
}

// sendSuback appends SUBACK or UNSUBACK with the loop's codes.
func (c *Client) sendSuback(t packet.Type, id mqtt.PacketID) {
	codes := c.loop.codes
	out := c.out.Reserve(c.loop.Shard.Buffers, answerRoom+len(codes))
	at := len(out)
	if t == packet.SUBACK {
		a := packet.Suback{ID: id, Codes: codes}
		out = c.mustAppend(packet.AppendSuback(out, c.version, &a))
	} else {
		a := packet.Unsuback{ID: id, Codes: codes}
		out = c.mustAppend(packet.AppendUnsuback(out, c.version, &a))
	}
	c.answer(out, at)
}

// handleUnsubscribe removes subscriptions (3.10) and answers with UNSUBACK [MQTT-3.10.4-4].
func (c *Client) handleUnsubscribe(f packet.Frame) error {
	p := &c.loop.unsubscribe
	d := c.decoder()
	if err := d.Unsubscribe(f, p); err != nil {
		return err
	}
	for _, s := range p.Filters {
		_, filter, err := topic.ParseFilter(s)
		if err == nil {
			err = topic.CheckFilter(filter, c.loop.Shard.Options.MaxTopicLevels)
		}
		if err != nil {
			return err
		}
	}
	if err := c.checkAnswer(len(p.Filters)); err != nil {
		return err
	}
	c.loop.codes = c.loop.codes[:0]
	for _, s := range p.Filters {
		code := mqtt.Success
		if !c.loop.Shard.Unsubscribe(c.session, s) {
			code = mqtt.NoSubscriptionExisted
		}
		c.loop.codes = append(c.loop.codes, code)
		if c.options.LogSubscriptions {
			c.logSubscription(c.options.UnsubscribeLevel, "unsubscribe", s, code)
		}
	}
	c.sendSuback(packet.UNSUBACK, p.ID)
	return nil
}

func (c *Client) logSubscription(at slog.Level, what, filter string, code mqtt.ReasonCode) {
	c.loop.Log.LogAttrs(context.Background(), at, what,
		slog.String("client", string(c.session.ID)), slog.String("filter", strings.Clone(filter)),
		slog.String("result", code.String()))
}
