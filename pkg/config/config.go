// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Config is one complete, checked set of settings. What each field means is in the option table
// under its key: the field is the key in camel case, and a duration loses its unit.
//
// A Config is not changed after Load; a reload makes a new one.
type Config struct {
	// Logging.
	LogFile          string // "" = standard output
	LogLevel         LogLevel
	LogFormat        LogFormat
	LogSubscriptions bool
	LogPublishes     bool

	// The process.
	ThreadCount            int // 0 = one per CPU
	RlimitNofile           int
	MaxMailBytesPerLoop    int64
	BufferPoolBytesPerLoop int64
	HugePages              bool
	SysInterval            time.Duration // 0 = no $SYS topics
	SysClients             bool
	WatchFiles             bool

	// Who may connect, and how.
	AllowAnonymous              bool
	ZeroByteUsernameIsAnonymous bool
	AllowUnsafeClientIDChars    bool
	AllowUnsafeUsernameChars    bool
	LoginTimeout                time.Duration
	MinimumKeepalive            time.Duration
	MaxConnections              int // 0 = as many as there are file descriptors
	OverloadMode                OverloadMode
	MaxEventLoopDrift           time.Duration
	MaxPacketSizeBeforeConnect  uint32
	TLSHandshakes               int
	WebSocketSetRealIPFrom      []netip.Prefix // see TrustsRealIP

	// What a packet may look like.
	MaxPacketSize                  uint32
	MaxStringLength                uint16 // 0 = 65535
	MaxTopicSplitDepth             uint16
	MaxUserProperties              int
	MaxFiltersPerPacket            int
	MaxIncomingTopicAliasValue     uint16
	MaxOutgoingTopicAliasValue     uint16
	MaxQoS                         mqtt.QoS
	MQTT3QoSExceedAction           QoSExceedAction
	SubscriptionIdentifiersEnabled bool
	ReasonStrings                  bool

	// Sessions, queues and buffers.
	ExpireSessionsAfter         time.Duration // 0 = never
	MaxSessions                 int           // 0 = no limit
	MaxSubscriptionsPerClient   int           // 0 = no limit
	MaxQoSMsgPendingPerClient   uint16        // also the Receive Maximum the Server announces
	MaxQoSBytesPendingPerClient int64
	MaxQueuedMessagesPerClient  int // see QueueLimit
	QueueFullPolicy             QueueFullPolicy
	EnforceReceiveMaximum       bool
	ClientMaxWriteBufferSize    uint32

	// Wills.
	WillsEnabled          bool
	WillOnSessionTakeover WillOnTakeover

	// Subscriptions.
	SharedSubscriptionTargeting      SharedTargeting
	SharedSubscriptionOfflineMembers OfflineMembers
	MinimumWildcardSubscriptionDepth uint16
	WildcardSubscriptionDenyMode     WildcardDenyMode

	// Retained Messages.
	RetainedMessagesMode                              RetainedMode
	ExpireRetainedMessagesAfter                       time.Duration
	RetainedMessageMaxPayloadSize                     uint32
	RetainedMessagesNodeLimit                         uint32
	RetainedMessagesNodeCreationLimit                 uint32
	RetainedMessagesNodeCreationLimitEnforcementDepth uint16
	RetainedMessagesNodeCreationLimitEnforcementMode  EnforcementMode
	MaxRetainedMessages                               int64 // 0 = no limit
	MaxRetainedBytes                                  int64 // 0 = no limit

	// What operators ask the process for.
	AdminPort        uint16 // 0 = nothing
	AdminBindAddress netip.Addr
	AdminTokenFile   string // "" = what needs a token is refused
	DrainDelay       time.Duration
	DrainRate        int // 0 = all at once
	DrainDeadline    time.Duration
	ServerReference  string // "" = none

	Listeners []Listener

	// Revision names the files this was loaded from, see LoadOptions; "" if there are none.
	Revision string
}

// Ours: the values behind which nothing is limited, and the ports without a port line.
const (
	// NoRetainedExpiry is the default of expire_retained_messages_after_seconds. A Retained
	// Message under it gets no expiry of its own (FlashMQ adds one).
	NoRetainedExpiry = 2147483647 * time.Second
	// Unlimited is the default of the 32-bit retained limits.
	Unlimited = 1<<32 - 1
	// DefaultPath is the file read when no other is named.
	DefaultPath = "/etc/flashmq/flashmq.conf"
)

// Defaults returns what a file with nothing in it means.
func Defaults() *Config {
	c := &Config{}
	for i := range globalOptions {
		globalOptions[i].setDefault(c)
	}
	c.Listeners = []Listener{DefaultListener()}
	return c
}

// Local returns what runs when there is no configuration at all: plain MQTT for this machine only,
// open to everybody on it, in memory.
func Local() *Config {
	c := Defaults()
	c.AllowAnonymous = true
	l := DefaultListener()
	l.Inet4BindAddress = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	l.Inet6BindAddress = netip.IPv6Loopback()
	c.Listeners = []Listener{l}
	return c
}

// QueueLimit is how many QoS 1 and 2 messages may wait for one Session beyond its send window:
// max_queued_messages_per_client, but never less than max_qos_msg_pending_per_client.
func (c *Config) QueueLimit() int {
	return max(c.MaxQueuedMessagesPerClient, int(c.MaxQoSMsgPendingPerClient))
}
