// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package mqtt

// Message is one Application Message.
//
// A Message made from a packet that just arrived borrows its bytes from the read buffer and is
// valid until the end of the call that carries it; Clone makes one that may be kept. A cloned
// Message is immutable and shared freely: between sessions, loops and the retained store.
type Message struct {
	// Topic is the Topic Name.
	Topic string
	// Payload is the Application Message's content.
	Payload []byte
	// Properties are the MQTT 5.0 properties that a Server passes on unaltered, encoded as they
	// stand on the wire and in the order received [MQTT-3.3.2-4,-15,-16,-18,-20]: Payload Format
	// Indicator, Content Type, Response Topic, Correlation Data, User Property. Without the
	// length before them; without Message Expiry Interval, Topic Alias, Subscription Identifier.
	Properties []byte
	// Publisher is the Client Identifier of who published it; empty for the Server itself.
	Publisher ClientID
	// Username is the publisher's user name, for later access checks.
	Username string
	// Expires is the instant (nanoseconds on the broker's monotonic clock) after which the
	// message is not delivered any more; 0 means never [MQTT-3.3.2-5].
	Expires int64
	// QoS is the level it was published with.
	QoS QoS
	// Retain is the RETAIN flag it was published with.
	Retain bool
}

// Clone returns a copy that owns its bytes: topic, properties and payload share one allocation.
// Publisher and Username are copied as strings, without their bytes: they belong to the
// publisher's Session, not to the read buffer.
func (m *Message) Clone() *Message {
	own := *m
	b := make([]byte, 0, len(m.Topic)+len(m.Properties)+len(m.Payload))
	b = append(b, m.Topic...)
	t := len(b)
	b = append(b, m.Properties...)
	p := len(b)
	b = append(b, m.Payload...)
	own.Topic = Borrow(b[:t:t])
	own.Properties = b[t:p:p]
	own.Payload = b[p:len(b):len(b)]
	return &own
}

// Expired reports whether the Message Expiry Interval has passed at the instant now.
func (m *Message) Expired(now int64) bool { return m.Expires != 0 && now >= m.Expires }

// Size is what the message counts against byte limits: topic, properties and payload, in bytes.
func (m *Message) Size() int { return len(m.Topic) + len(m.Properties) + len(m.Payload) }

// Will is the Will Message of a CONNECT with its Will Delay Interval.
type Will struct {
	Message *Message
	// Delay is the Will Delay Interval in seconds.
	Delay uint32
	// Expires says that there is a Message Expiry Interval: Expiry nanoseconds, which begin when
	// the will is published (5.0, 3.1.3.2.4).
	Expires bool
	Expiry  int64
}
