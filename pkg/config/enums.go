// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// LogLevel is the least severe kind of line that is logged.
type LogLevel uint8

// Ours: the levels of log_level, FlashMQ's words.
const (
	LogDebug LogLevel = iota
	LogInfo
	LogNotice
	LogWarning
	LogError
	LogNone // nothing, except what log_subscriptions and log_publishes ask for
)

var logLevels = []string{"debug", "info", "notice", "warning", "error", "none"}

func (l LogLevel) String() string { return nameOf(logLevels, l) }

// LogFormat is how a log line is written.
type LogFormat uint8

// Ours: the values of log_format.
const (
	LogText LogFormat = iota
	LogJSON
)

var logFormats = []string{"text", "json"}

func (f LogFormat) String() string { return nameOf(logFormats, f) }

// QoSExceedAction is what happens to a 3.x Client that publishes above max_qos.
type QoSExceedAction uint8

// Ours: the values of mqtt3_qos_exceed_action.
const (
	ExceedDisconnect QoSExceedAction = iota
	ExceedDrop
)

var exceedActions = []string{"disconnect", "drop"}

func (a QoSExceedAction) String() string { return nameOf(exceedActions, a) }

// OverloadMode is what happens to new connections while the event loops lag behind.
type OverloadMode uint8

// Ours: the values of overload_mode.
const (
	OverloadLog OverloadMode = iota
	OverloadCloseNew
)

var overloadModes = []string{"log", "close_new_clients"}

func (m OverloadMode) String() string { return nameOf(overloadModes, m) }

// RetainedMode is what the broker does with the RETAIN flag of a PUBLISH.
type RetainedMode uint8

// Ours: the values of retained_messages_mode.
const (
	RetainedEnabled RetainedMode = iota
	RetainedWithoutPersistence
	RetainedWithoutRetaining
	RetainedDowngrade
	RetainedDrop
	RetainedDisconnect
)

var retainedModes = []string{
	"enabled", "enabled_without_persistence", "enabled_without_retaining",
	"downgrade", "drop", "disconnect_with_error",
}

func (m RetainedMode) String() string { return nameOf(retainedModes, m) }

// Stores reports whether Retained Messages are kept at all in this mode.
func (m RetainedMode) Stores() bool { return m <= RetainedWithoutPersistence }

// EnforcementMode is what happens to a Retained Message above the node creation limit.
type EnforcementMode uint8

// Ours: the values of retained_messages_node_creation_limit_enforcement_mode.
const (
	EnforceReject EnforcementMode = iota
	EnforceLog
)

var enforcementModes = []string{"reject", "log"}

func (m EnforcementMode) String() string { return nameOf(enforcementModes, m) }

// SharedTargeting is how a member of a shared subscription is chosen for a message.
type SharedTargeting uint8

// Ours: the values of shared_subscription_targeting.
const (
	TargetRoundRobin SharedTargeting = iota
	TargetSenderHash
	TargetFirst
)

var sharedTargetings = []string{"round_robin", "sender_hash", "first"}

func (t SharedTargeting) String() string { return nameOf(sharedTargetings, t) }

// OfflineMembers says whether Sessions without a connection take part in a shared subscription.
type OfflineMembers uint8

// Ours: the values of shared_subscription_offline_members.
const (
	OfflineSkip OfflineMembers = iota
	OfflineInclude
)

var offlineMembers = []string{"skip", "include"}

func (m OfflineMembers) String() string { return nameOf(offlineMembers, m) }

// WildcardDenyMode is what happens to a Topic Filter whose wildcard comes too early.
type WildcardDenyMode uint8

// Ours: the values of wildcard_subscription_deny_mode.
const (
	WildcardDenyAll WildcardDenyMode = iota
	WildcardDenyRetainedOnly
)

var wildcardDenyModes = []string{"deny_all", "deny_retained_only"}

func (m WildcardDenyMode) String() string { return nameOf(wildcardDenyModes, m) }

// QueueFullPolicy says which message is given up when a Session's queue is full.
type QueueFullPolicy uint8

// Ours: the values of queue_full_policy.
const (
	QueueDropNewest QueueFullPolicy = iota
	QueueDropOldest
)

var queueFullPolicies = []string{"drop_newest", "drop_oldest"}

func (p QueueFullPolicy) String() string { return nameOf(queueFullPolicies, p) }

// WillOnTakeover says when a Session taken over by a new connection sends its Will.
type WillOnTakeover uint8

// Ours: the values of will_on_session_takeover.
const (
	WillBySpecification WillOnTakeover = iota // if the Session ends or no delay was asked for
	WillAlways                                // FlashMQ's way
)

var willsOnTakeover = []string{"specification", "always"}

func (w WillOnTakeover) String() string { return nameOf(willsOnTakeover, w) }

// InetProtocol is the address family a listener serves.
type InetProtocol uint8

// Ours: the values of inet_protocol.
const (
	InetBoth InetProtocol = iota
	Inet4
	Inet6
	InetUnix
)

var inetProtocols = []string{"ip4_ip6", "ip4", "ip6", "unix"}

func (p InetProtocol) String() string { return nameOf(inetProtocols, p) }

// ListenerProtocol is what Clients speak on a listener.
type ListenerProtocol uint8

// Ours: the values of protocol.
const (
	ProtocolMQTT ListenerProtocol = iota
	ProtocolWebSockets
	ProtocolACME
)

var listenerProtocols = []string{"mqtt", "websockets", "acme"}

func (p ListenerProtocol) String() string { return nameOf(listenerProtocols, p) }

func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}
