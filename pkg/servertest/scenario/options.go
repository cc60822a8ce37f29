// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package scenario

import (
	"math"
	"time"

	"github.com/flashmq/flashmq/pkg/auth"
	"github.com/flashmq/flashmq/pkg/broker"
	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/retained"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/subscription"
	"github.com/flashmq/flashmq/pkg/topic"
)

// Options are all a World obeys.
type Options struct {
	Loops     int
	Broker    broker.Options
	Client    client.Options
	Retained  retained.Options
	Targeting subscription.Targeting
}

// Defaults are those of a server without a configuration file, but anonymous Clients may come in
// and $SYS is quiet.
func Defaults(loops int) Options {
	return Options{
		Loops: loops,
		Broker: broker.Options{
			Limits: session.Limits{
				Window: 512, QueuedMessages: 10_000, QueuedBytes: 4 << 20,
			},
			Auth:           &auth.Chain{},
			MaxTopicLevels: 128, ExpireSessions: 1_209_600, MaxSubscriptions: 100_000,
			SubscriptionIdentifiers: true, Wills: true, RetainedSearchLimit: math.MaxInt,
			KeepBytes: 1 << 20, Version: "scenario",
		},
		Client: client.Options{
			AllowAnonymous: true,
			MaxPacket:      268_435_455, MaxFirstPacket: 65_536,
			MaxString: 4096, MaxUserProperties: 50,
			MaxQoS:         mqtt.ExactlyOnce,
			ReceiveMaximum: 512, EnforceReceiveMaximum: true,
			TopicAliasMaximum: 65_535, MaxOutgoingAliases: 65_535,
			WriteLimit: 1 << 20, LoginTimeout: int64(30 * time.Second), ReasonStrings: true,
		},
	}
}

var modes = map[string]broker.RetainedMode{
	"enabled":                     broker.RetainedEnabled,
	"enabled_without_persistence": broker.RetainedNotPersistent,
	"enabled_without_retaining":   broker.RetainedWithoutStore,
	"downgrade":                   broker.RetainedDowngrade,
	"drop":                        broker.RetainedDrop,
	"disconnect_with_error":       broker.RetainedDisconnects,
}

var targetings = map[string]subscription.Targeting{
	"round_robin": subscription.RoundRobin,
	"sender_hash": subscription.SenderHash,
	"first":       subscription.First,
}

// setOptions reads the options of the commands broker and reload by name.
func setOptions(o *Options, a *arguments) {
	if a.has("loops") {
		o.Loops = a.number("loops", 1)
	}
	setSessionOptions(&o.Broker, a)
	setClientOptions(o, a)
	setRetainedOptions(o, a)
	b := &o.Broker
	b.MinWildcardDepth = a.number("wildcard_depth", b.MinWildcardDepth)
	b.DenyRetainedOnly = a.flag("deny_retained_only") || b.DenyRetainedOnly
	b.SubscriptionIdentifiers = a.number("subids", bit(b.SubscriptionIdentifiers)) == 1
	b.ShareOffline = a.flag("share_offline") || b.ShareOffline
	b.Wills = a.number("wills", bit(b.Wills)) == 1
	b.WillOnTakeOver = a.flag("will_on_takeover") || b.WillOnTakeOver
	b.SysInterval = int64(a.duration("sys", time.Duration(b.SysInterval)))
	o.Targeting = choice(a, "share", targetings, o.Targeting)
	b.Auth = access(a)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func setSessionOptions(b *broker.Options, a *arguments) {
	l := &b.Limits
	l.Window = a.number("window", l.Window)
	l.QueuedMessages = a.number("queue", l.QueuedMessages)
	l.QueuedBytes = a.number("queue_bytes", l.QueuedBytes)
	l.DropOldest = a.flag("drop_oldest") || l.DropOldest
	b.MaxSessions = a.number("max_sessions", b.MaxSessions)
	b.MaxSubscriptions = a.number("max_subscriptions", b.MaxSubscriptions)
	b.MaxTopicLevels = a.number("max_levels", b.MaxTopicLevels)
	b.ExpireSessions = uint32(a.number("expire_sessions", int(b.ExpireSessions)))
}

func setClientOptions(o *Options, a *arguments) {
	c := &o.Client
	c.MaxQoS = mqtt.QoS(a.number("max_qos", int(c.MaxQoS)))
	c.ExceedDrops = a.flag("exceed_drops") || c.ExceedDrops
	c.AllowAnonymous = a.number("anonymous", bit(c.AllowAnonymous)) == 1
	c.AllowUnsafeClientID = a.flag("unsafe_ids") || c.AllowUnsafeClientID
	c.AllowUnsafeUsername = a.flag("unsafe_users") || c.AllowUnsafeUsername
	c.EmptyUsernameIsAnonymous = a.flag("empty_user_is_anonymous") || c.EmptyUsernameIsAnonymous
	c.MaxPacket = uint32(a.number("max_packet", int(c.MaxPacket)))
	c.MaxFirstPacket = uint32(a.number("max_first", int(c.MaxFirstPacket)))
	c.MaxString = a.number("max_string", c.MaxString)
	c.MaxUserProperties = a.number("max_users", c.MaxUserProperties)
	c.ReceiveMaximum = uint16(a.number("receive_maximum", int(c.ReceiveMaximum)))
	c.EnforceReceiveMaximum = a.number("enforce", bit(c.EnforceReceiveMaximum)) == 1
	c.TopicAliasMaximum = uint16(a.number("alias_in", int(c.TopicAliasMaximum)))
	c.MaxOutgoingAliases = uint16(a.number("alias_out", int(c.MaxOutgoingAliases)))
	c.WriteLimit = a.number("write_limit", c.WriteLimit)
	c.LoginTimeout = int64(a.duration("login", time.Duration(c.LoginTimeout)))
	c.MinimumKeepAlive = uint16(a.number("min_keepalive", int(c.MinimumKeepAlive)))
	c.ReasonStrings = a.number("reasons", bit(c.ReasonStrings)) == 1
}

func setRetainedOptions(o *Options, a *arguments) {
	o.Broker.Retained = choice(a, "retained_mode", modes, o.Broker.Retained)
	o.Broker.RetainedSearchLimit = a.number("retained_nodes", o.Broker.RetainedSearchLimit)
	r := &o.Retained
	r.MaxPayload = a.number("retained_payload", r.MaxPayload)
	r.MaxMessages = int64(a.number("retained_messages", int(r.MaxMessages)))
	r.MaxBytes = int64(a.number("retained_bytes", int(r.MaxBytes)))
	r.MaxLifetime = int64(a.duration("retained_lifetime", time.Duration(r.MaxLifetime)))
	if a.has("retained_creation") {
		r.NodeCreationLimit = a.number("retained_creation", 0)
		r.EnforcementDepth = a.number("retained_depth", 0)
	}
}

// choice reads an option that is one of a list of words.
func choice[T any](a *arguments, name string, words map[string]T, usual T) T {
	word := a.text(name, "")
	if word == "" {
		return usual
	}
	v, ok := words[word]
	if !ok {
		a.fail("%s=%s: no such value", name, word)
	}
	return v
}

// denial is an authorizer made of Topic Filters, and an authenticator that knows whom to refuse.
type denial struct {
	filters map[auth.Action][]string
	user    string
}

// access reads deny_write=FILTER, deny_read, deny_subscribe, deny_will, and refuse_user=NAME.
func access(a *arguments) *auth.Chain {
	d := &denial{filters: map[auth.Action][]string{}, user: a.text("refuse_user", "")}
	chain := &auth.Chain{}
	if d.user != "" {
		chain.Authenticators = append(chain.Authenticators, d)
	}
	for name, action := range map[string]auth.Action{
		"deny_write": auth.Write, "deny_read": auth.Read,
		"deny_subscribe": auth.Subscribe, "deny_will": auth.RegisterWill,
	} {
		d.filters[action] = append(d.filters[action], a.all(name)...)
		if a.has(name) {
			chain.Authorizers = []auth.Authorizer{d}
		}
	}
	return chain
}

// Authenticate implements auth.Authenticator.
func (d *denial) Authenticate(id auth.Identity) auth.Decision {
	if id.Username == d.user {
		return auth.Deny
	}
	return auth.Next
}

// Authorize implements auth.Authorizer.
func (d *denial) Authorize(a auth.Access) auth.Decision {
	for _, f := range d.filters[a.Action] {
		if f == a.Topic || topic.Matches(f, a.Topic) {
			return auth.Deny
		}
	}
	return auth.Next
}
