// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package mqtt

// SubscriptionOptions is the Subscription Options byte of SUBSCRIBE (5.0, 3.8.3.1). The two
// reserved bits are zero in a valid one.
type SubscriptionOptions uint8

// From the specification: the bits of Subscription Options.
const (
	optionQoS            SubscriptionOptions = 0x03
	OptionNoLocal        SubscriptionOptions = 0x04
	OptionRetainAsPub    SubscriptionOptions = 0x08
	optionRetainHandling SubscriptionOptions = 0x30
	OptionReserved       SubscriptionOptions = 0xC0
)

// RetainHandling says when retained messages are sent for a subscription (5.0, 3.8.3.1).
type RetainHandling uint8

// From the specification: the values of Retain Handling.
const (
	SendRetained      RetainHandling = 0 // at every SUBSCRIBE
	SendRetainedIfNew RetainHandling = 1 // only if the subscription did not exist
	SendNoRetained    RetainHandling = 2
)

// QoS is the Maximum QoS of the subscription.
func (o SubscriptionOptions) QoS() QoS { return QoS(o & optionQoS) }

// WithQoS returns o with another Maximum QoS.
func (o SubscriptionOptions) WithQoS(q QoS) SubscriptionOptions {
	return o&^optionQoS | SubscriptionOptions(q)
}

// NoLocal reports whether the Client wants none of its own messages back [MQTT-3.8.3-3].
func (o SubscriptionOptions) NoLocal() bool { return o&OptionNoLocal != 0 }

// RetainAsPublished reports whether RETAIN is forwarded as published.
func (o SubscriptionOptions) RetainAsPublished() bool { return o&OptionRetainAsPub != 0 }

// RetainHandling says when retained messages are sent; values above 2 are a Protocol Error that
// the decoder reports.
func (o SubscriptionOptions) RetainHandling() RetainHandling {
	return RetainHandling(o & optionRetainHandling >> 4)
}

// Subscription is one entry of a SUBSCRIBE packet.
type Subscription struct {
	// Filter is the Topic Filter as the Client wrote it, "$share/name/" included.
	Filter string
	// Identifier is the Subscription Identifier; 0 means none.
	Identifier uint32
	Options    SubscriptionOptions
}
