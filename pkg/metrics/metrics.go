// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package metrics counts what the broker does, one shard of counters per loop, summed when read.
//
// A loop adds to plain words that nobody else touches; now and then it shares a copy, which is
// what readers on other goroutines see. Counting costs an increment and no cache line is fought
// over.
//
// Knows: the names of the counters, how to sum them.
// Does not know: where they are shown.
package metrics

import "sync/atomic"

// Counter names one figure.
type Counter int

// Ours: the figures. Those up to the marker only grow; the others are present amounts. Those that
// end in 0 are of QoS 0; of QoS 1 and 2 are the two behind, see ByQoS.
const (
	SocketsAccepted   Counter = iota // connections accepted by a listener
	SocketsRefused                   // given up before MQTT: by a rule, a limit or a layer
	Connects                         // CONNECT packets handled
	ConnectsRefused                  // of those, answered by an error
	MessagesReceived0                // PUBLISH packets received
	messagesReceived1
	messagesReceived2
	MessagesSent0 // PUBLISH packets sent
	messagesSent1
	messagesSent2
	PublishBytesReceived0 // bytes of PUBLISH packets received, before TLS and WebSocket
	publishBytesReceived1
	publishBytesReceived2
	PublishBytesSent0 // bytes of PUBLISH packets sent
	publishBytesSent1
	publishBytesSent2
	BytesReceived     // bytes read from sockets
	BytesSent         // bytes written to sockets
	DroppedSlow       // QoS 0 messages not sent: the receiver reads too slowly
	DroppedTooLarge   // messages above the receiver's Maximum Packet Size
	DroppedQueueFull  // QoS 1 and 2 messages lost to a full queue
	DroppedExpired    // messages whose Message Expiry Interval passed in a queue
	DroppedReroute    // shared messages that found no member any more
	RetainedSet       // retained messages stored, replaced or removed
	RetainedRefused   // retained messages not stored because of a limit
	WillsPublished    // Will Messages published
	KeepAliveTimeouts // connections ended by their Keep Alive
	LoginTimeouts     // connections ended because CONNECT did not come in time
	ProtocolErrors    // connections ended by malformed packets or protocol errors
	firstGauge
)

// Ours: present amounts.
const (
	Clients  Counter = firstGauge + iota // connected Clients
	Sessions                             // Sessions, connected or not
	Queued                               // messages in queues
	Inflight                             // messages sent and not acknowledged
	counters                             // how many there are
)

var names = [counters]string{
	SocketsAccepted:       "sockets_accepted_total",
	SocketsRefused:        "sockets_refused_total",
	Connects:              "connects_total",
	ConnectsRefused:       "connects_refused_total",
	MessagesReceived0:     "messages_received_qos0_total",
	messagesReceived1:     "messages_received_qos1_total",
	messagesReceived2:     "messages_received_qos2_total",
	MessagesSent0:         "messages_sent_qos0_total",
	messagesSent1:         "messages_sent_qos1_total",
	messagesSent2:         "messages_sent_qos2_total",
	PublishBytesReceived0: "publish_bytes_received_qos0_total",
	publishBytesReceived1: "publish_bytes_received_qos1_total",
	publishBytesReceived2: "publish_bytes_received_qos2_total",
	PublishBytesSent0:     "publish_bytes_sent_qos0_total",
	publishBytesSent1:     "publish_bytes_sent_qos1_total",
	publishBytesSent2:     "publish_bytes_sent_qos2_total",
	BytesReceived:         "bytes_received_total",
	BytesSent:             "bytes_sent_total",
	DroppedSlow:           "messages_dropped_slow_total",
	DroppedTooLarge:       "messages_dropped_too_large_total",
	DroppedQueueFull:      "messages_dropped_queue_full_total",
	DroppedExpired:        "messages_dropped_expired_total",
	DroppedReroute:        "messages_dropped_reroute_total",
	RetainedSet:           "retained_set_total",
	RetainedRefused:       "retained_refused_total",
	WillsPublished:        "wills_published_total",
	KeepAliveTimeouts:     "keep_alive_timeouts_total",
	LoginTimeouts:         "login_timeouts_total",
	ProtocolErrors:        "protocol_errors_total",
	Clients:               "clients",
	Sessions:              "sessions",
	Queued:                "queued_messages",
	Inflight:              "inflight_messages",
}

// String returns the counter's name in metrics style.
func (c Counter) String() string { return names[c] }

// ByQoS returns the three figures of which first is the one of QoS 0.
func ByQoS(first Counter) []Counter { return []Counter{first, first + 1, first + 2} }

// Shard is one loop's counters.
type Shard struct {
	own    [counters]int64
	_      [64]byte // keeps what others read off the cache line the loop writes
	shared [counters]atomic.Int64
	_      [64]byte
}

// Add counts n more. Only the owning loop may call it.
func (s *Shard) Add(c Counter, n int64) { s.own[c] += n }

// Set replaces a present amount. Only the owning loop may call it.
func (s *Shard) Set(c Counter, n int64) { s.own[c] = n }

// Own returns the loop's own, exact figure. Only the owning loop may call it.
func (s *Shard) Own(c Counter) int64 { return s.own[c] }

// Share makes the present figures visible to Sum.
func (s *Shard) Share() {
	for i := range s.own {
		s.shared[i].Store(s.own[i])
	}
}

// Set is the shards of one broker.
type Set []*Shard

// NewSet returns one Shard per loop.
func NewSet(loops int) Set {
	set := make(Set, loops)
	for i := range set {
		set[i] = &Shard{}
	}
	return set
}

// Sum adds up what the loops last shared of some figures. Any goroutine may call it.
func (set Set) Sum(some ...Counter) int64 {
	var n int64
	for _, s := range set {
		for _, c := range some {
			n += s.shared[c].Load()
		}
	}
	return n
}
