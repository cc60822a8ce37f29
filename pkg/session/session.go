// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/subscription"
)

// Connection is the Session's Network Connection while it has one: the only call upwards in the
// house.
type Connection interface {
	// SendPublish appends the PUBLISH to what goes out at the end of the turn, or says why not.
	SendPublish(p *packet.Publication, d packet.Delivery) Sent
	// SendPubrel appends a PUBREL with the Reason Code code.
	SendPubrel(id mqtt.PacketID, code mqtt.ReasonCode)
	// Room reports whether more messages of QoS 1 and 2 may be appended now. When it was false,
	// Pump is called once there is room again.
	Room() bool
	// Disconnect ends the Network Connection because of code; the Session has already let go of it.
	Disconnect(code mqtt.ReasonCode)
}

// Sent is the answer of SendPublish.
type Sent uint8

// Ours: what became of a PUBLISH.
const (
	Appended Sent = iota // it goes out
	TooLarge             // above the Client's Maximum Packet Size: as if delivered [MQTT-3.1.2-25]
	NoRoom               // QoS 0 only: the Client reads too slowly; dropped
)

// Limits bound what one Session may hold; shared by all Sessions of a broker.
type Limits struct {
	// Window is the ceiling of unacknowledged messages, whatever Receive Maximum the Client asks.
	Window int
	// QueuedMessages and QueuedBytes bound the queue. One message is always allowed.
	QueuedMessages int
	QueuedBytes    int
	// DropOldest drops the head of a full queue for a new message instead of the new message.
	DropOldest bool
}

// Counters count what Sessions of one loop did; read and written by that loop only.
type Counters struct {
	// Dropped counts messages of QoS 1 and 2 lost to full queues, Expired those whose Message
	// Expiry Interval passed before they could be sent.
	Dropped, Expired uint64
	// Queued is the number of messages waiting in queues now, Inflight those unacknowledged.
	Queued, Inflight int64
}

// Share is the shared subscription a message came through.
type Share = subscription.Group[*Session]

// Handle is one subscription of a Session.
type Handle = subscription.Handle[*Session]

// Session is what the Server remembers for one Client Identifier (4.1).
type Session struct {
	ID       mqtt.ClientID
	Username string
	// Connection is nil while the Client is away.
	Connection Connection
	// Subscriptions are those the Client made.
	Subscriptions Subscriptions
	// Will is the Will Message still to be considered; nil when there is none.
	Will *mqtt.Will
	// ExpiryInterval is in seconds; NeverExpires and 0 (ends with the connection) are special.
	ExpiryInterval uint32
	// Shares is the number of shared subscriptions among Subscriptions.
	Shares int32
	// Bridge marks the Session of a 3.x bridge: every subscription acts as No Local and Retain
	// As Published. FlashMQ: level bit 0x80.
	Bridge bool

	ended          bool
	receiveMaximum uint16 // of the present connection
	limits         *Limits
	counters       *Counters
	outgoing       *outgoing    // nil until the first message of QoS 1 or 2
	received       *receivedIDs // nil until the first PUBLISH of QoS 2
}

// NeverExpires is the Session Expiry Interval that means what it says [MQTT-3.1.2-11] (5.0).
const NeverExpires = 0xFFFFFFFF

// New returns the Session of a Client Identifier. limits and counters stay the caller's.
func New(id mqtt.ClientID, username string, limits *Limits, counters *Counters) *Session {
	return &Session{ID: id, Username: username, limits: limits, counters: counters}
}

// SetLimits makes the Session obey other limits from now on.
func (s *Session) SetLimits(l *Limits) { s.limits = l }

// Ended reports whether the Session is over; messages for it that are under way are void.
func (s *Session) Ended() bool { return s.ended }

// Received notes the Packet Identifier of an incoming QoS 2 PUBLISH. It reports false if the
// identifier was noted already: the message is a repetition and must not be passed on
// [MQTT-4.3.3-10].
func (s *Session) Received(id mqtt.PacketID) bool {
	if s.received == nil {
		s.received = &receivedIDs{}
	}
	return s.received.add(id)
}

// Seen reports whether id is noted: a PUBLISH with it would be a repetition.
func (s *Session) Seen(id mqtt.PacketID) bool { return s.received != nil && s.received.has(id) }

// Released forgets the identifier of an incoming QoS 2 PUBLISH when its PUBREL arrives. It reports
// false if there was none.
func (s *Session) Released(id mqtt.PacketID) bool {
	return s.received != nil && s.received.remove(id)
}

// Queued is the number of messages waiting for the window.
func (s *Session) Queued() int {
	if s.outgoing == nil {
		return 0
	}
	return s.outgoing.queue.n
}

// Inflight is the number of messages sent and not yet acknowledged.
func (s *Session) Inflight() int {
	if s.outgoing == nil {
		return 0
	}
	return s.outgoing.window.used
}
