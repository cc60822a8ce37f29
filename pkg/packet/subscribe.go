// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Subscribe is a SUBSCRIBE packet (3.8). Each Filter borrows from the packet.
type Subscribe struct {
	ID         mqtt.PacketID
	Properties Properties
	// Subscriptions is reused from decode to decode. Its Identifiers are all that of Properties;
	// AppendSubscribe looks only at the latter.
	Subscriptions []mqtt.Subscription
}

// Subscribe decodes a SUBSCRIBE. Whether a Topic Filter is a good one is not checked here.
func (d *Decoder) Subscribe(f Frame, into *Subscribe) error {
	if err := d.checkDup(f); err != nil {
		return err
	}
	id, b, err := takeID(f.Body())
	if err != nil {
		return err
	}
	into.ID = id
	into.Subscriptions = into.Subscriptions[:0]
	into.Properties.Reset()
	var identifier uint32
	if d.Version >= mqtt.V50 {
		if b, err = d.properties(b, SUBSCRIBE, &into.Properties); err != nil {
			return err
		}
		if into.Properties.Has(SubscriptionIdentifier) {
			identifier = into.Properties.SubscriptionIdentifier
		}
	}
	if len(b) == 0 {
		return protocol("SUBSCRIBE without a Topic Filter") // [MQTT-3.8.3-2]
	}
	for len(b) > 0 {
		if err = d.checkFilters(len(into.Subscriptions)); err != nil {
			return err
		}
		s := mqtt.Subscription{Identifier: identifier}
		if b, err = d.takeSubscription(b, &s); err != nil {
			return err
		}
		into.Subscriptions = append(into.Subscriptions, s)
	}
	return nil
}

// checkFilters reports that there is one Topic Filter more than the n that are allowed.
func (d *Decoder) checkFilters(n int) error {
	if d.MaxFilters > 0 && n >= d.MaxFilters {
		return mqtt.Errorf(mqtt.QuotaExceeded, "more than %d Topic Filters", d.MaxFilters)
	}
	return nil
}

// takeSubscription reads a Topic Filter and its options from the start of b.
func (d *Decoder) takeSubscription(b []byte, into *mqtt.Subscription) (rest []byte, err error) {
	filter, b, err := d.takeFilter(b)
	if err != nil {
		return nil, err
	}
	if len(b) < 1 {
		return nil, truncated("Subscription Options")
	}
	into.Filter, into.Options = mqtt.Borrow(filter), mqtt.SubscriptionOptions(b[0])
	return b[1:], d.checkOptions(into.Options)
}

// takeFilter reads a Topic Filter from the start of b. It has at least one character.
func (d *Decoder) takeFilter(b []byte) (filter, rest []byte, err error) {
	filter, rest, err = d.takeString(b, "Topic Filter")
	if err == nil && len(filter) == 0 {
		return nil, nil, malformed("empty Topic Filter") // [MQTT-4.7.3-1]
	}
	return filter, rest, err
}

func (d *Decoder) checkOptions(o mqtt.SubscriptionOptions) error {
	switch {
	case d.Version < mqtt.V50 && o > mqtt.SubscriptionOptions(mqtt.ExactlyOnce):
		return malformed("Requested QoS above 2") // 3.1.1: [MQTT-3.8.3-4]
	case o&mqtt.OptionReserved != 0:
		return malformed("reserved Subscription Option set") // [MQTT-3.8.3-5]
	case !o.QoS().Valid():
		return protocol("Maximum QoS 3") // 3.8.3.1
	case o.RetainHandling() > mqtt.SendNoRetained:
		return protocol("Retain Handling 3") // 3.8.3.1
	}
	return nil
}

// AppendSubscribe appends s to dst in the form of version v; 3.x keeps only the QoS of the options.
func AppendSubscribe(dst []byte, v mqtt.Version, s *Subscribe) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(append(dst, SUBSCRIBE.first(), 0), uint16(s.ID))
	var err error
	if v >= mqtt.V50 {
		if b, err = s.Properties.append(b, SUBSCRIBE); err != nil {
			return dst, err
		}
	}
	for i := range s.Subscriptions {
		if b, err = appendText(b, s.Subscriptions[i].Filter); err != nil {
			return dst, err
		}
		options := byte(s.Subscriptions[i].Options)
		if v < mqtt.V50 {
			options = byte(s.Subscriptions[i].Options.QoS())
		}
		b = append(b, options)
	}
	return finish(b, dst)
}
