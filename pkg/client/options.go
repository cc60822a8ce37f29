// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"log/slog"

	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Options are what Clients of one listener obey. One Options is immutable; a connection keeps what
// it was accepted with, except for what Renew takes over at a reload.
type Options struct {
	// AllowAnonymous accepts Clients that no authenticator knows.
	AllowAnonymous bool
	// Certificate says what a certificate of the Client is for.
	Certificate Certificate
	// Guess names the protocol that begins with some bytes, "" if it does not know it; nil: nobody
	// does. It helps people who come to the wrong listener.
	Guess func(first []byte) string
	// AllowUnsafeClientID and AllowUnsafeUsername accept '+' and '#' in them.
	AllowUnsafeClientID bool
	AllowUnsafeUsername bool
	// EmptyUsernameIsAnonymous takes an empty user name for none instead of refusing it.
	EmptyUsernameIsAnonymous bool

	// MaxPacket is the largest packet accepted, MaxFirstPacket the largest CONNECT, in bytes.
	MaxPacket      uint32
	MaxFirstPacket uint32
	// MaxString and MaxUserProperties bound fields of packets.
	MaxString         int
	MaxUserProperties int
	MaxFilters        int
	// MaxQoS caps publications and grants; ExceedDrops acknowledges and discards 3.x ones above it.
	MaxQoS      mqtt.QoS
	ExceedDrops bool
	// ReceiveMaximum is announced; EnforceReceiveMaximum ends connections that exceed it.
	ReceiveMaximum        uint16
	EnforceReceiveMaximum bool
	// TopicAliasMaximum is announced; MaxOutgoingAliases caps those we assign.
	TopicAliasMaximum  uint16
	MaxOutgoingAliases uint16
	// WriteLimit is the number of bytes waiting to be written above which QoS 0 messages are
	// dropped and others wait in the queue. That many bytes of answers that the Client does not
	// read stop reading from it.
	WriteLimit int
	// LoginTimeout is the time from accept to an accepted CONNECT, in nanoseconds.
	LoginTimeout int64
	// MinimumKeepAlive raises the keep alive of 5.0 Clients, in seconds; 0 leaves it alone.
	MinimumKeepAlive uint16
	// ReasonStrings sends Reason Strings to 5.0 Clients.
	ReasonStrings bool
	// LogSubscriptions and LogPublishes log each of them, at these levels.
	LogSubscriptions bool
	LogPublishes     bool
	SubscribeLevel   slog.Level
	UnsubscribeLevel slog.Level
	PublishLevel     slog.Level
}

// Certificate says what the certificate is for that a Client has shown, to us or to a proxy.
type Certificate uint8

// Ours: the uses of certificates.
const (
	CertificateIgnored  Certificate = iota
	CertificateSuffices             // its name is the User Name, and nothing else is asked for
	CertificateNames                // its name is the User Name, and authentication goes on
)

// Renew returns o with what a reload changes for open connections taken from another.
func (o *Options) Renew(from *Options) *Options {
	renewed := *o
	renewed.MaxString, renewed.MaxUserProperties = from.MaxString, from.MaxUserProperties
	renewed.MaxFilters = from.MaxFilters
	renewed.WriteLimit = from.WriteLimit
	renewed.LogSubscriptions, renewed.LogPublishes = from.LogSubscriptions, from.LogPublishes
	return &renewed
}

// Loop is what the Clients of one loop share: their Shard, and the structs they decode into. Only
// that loop may use it.
type Loop struct {
	Shard *broker.Shard
	Log   *slog.Logger

	decoder     packet.Decoder
	decoding    *Options // those decoder is set up with
	connect     packet.Connect
	connack     packet.Connack
	publish     packet.Publish
	ack         packet.Ack
	answer      packet.Ack
	subscribe   packet.Subscribe
	unsubscribe packet.Unsubscribe
	disconnect  packet.Disconnect
	parting     packet.Disconnect
	auth        packet.Auth
	codes       []mqtt.ReasonCode
	granted     []broker.Granted
	message     mqtt.Message
	properties  []byte // scratch of Properties.Forward; more than it holds is allocated
}

// forwardRoom is the size of that scratch: user properties of a few lines.
const forwardRoom = 4 << 10

// NewLoop returns the shared part of the Clients of one loop.
func NewLoop(s *broker.Shard, log *slog.Logger) *Loop {
	return &Loop{Shard: s, Log: log, properties: make([]byte, 0, forwardRoom)}
}
