// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/timer"
)

// resident is a Session in its home Shard. While its Client is connected it is as small as it can
// be: that is what a connection costs.
type resident struct {
	session.Session
	away *absence // nil while the Client is connected
}

// absence is what time may do to a Session whose Client is away.
type absence struct {
	resident *resident
	shard    *Shard
	due      timer.Timer
	// willDue and endDue are the instants at which the will is to be published and the Session
	// ends; 0 means not awaited.
	willDue, endDue int64
}

// Arrival is a Client that asks for its Session with an acceptable CONNECT.
type Arrival struct {
	ID         mqtt.ClientID // borrowed until Admit returns
	Username   string        // borrowed until Admit returns
	Version    mqtt.Version
	Bridge     bool
	CleanStart bool
	// ExpiryInterval is the Session Expiry Interval asked for (5.0).
	ExpiryInterval uint32
	ReceiveMaximum uint16
	// Will is nil when there is none; kept by the Session.
	Will       *mqtt.Will
	Connection session.Connection
}

// Admit decides whether the Client may have its Session, discarding or taking over what is in the
// way, and tells whether one was present [MQTT-3.1.4-3]. The Session is attached to nothing yet:
// Attach follows once CONNACK is under way.
func (s *Shard) Admit(a Arrival) (who *session.Session, present bool, err error) {
	r := s.sessions[a.ID]
	if r != nil && r.Username != a.Username {
		// FlashMQ: a Session belongs to the user who made it.
		return nil, false, mqtt.Errorf(mqtt.NotAuthorized, "the session belongs to another user")
	}
	if limit := s.Options.MaxSessions; r == nil && limit > 0 && s.residents.Load() >= int64(limit) {
		return nil, false, mqtt.Errorf(mqtt.QuotaExceeded, "too many sessions (max_sessions)")
	}
	if r != nil {
		// A Session without Session Expiry Interval ends with the connection it had.
		ends := a.CleanStart || r.ExpiryInterval == 0
		s.takeOver(r, ends)
		if ends {
			s.end(r) // [MQTT-3.1.2-4]
			r = nil
		}
	}
	present = r != nil
	if !present {
		r = s.create(a)
	}
	s.comeBack(r) // [MQTT-3.1.3-9]
	r.Will, r.Bridge = a.Will, a.Bridge
	r.ExpiryInterval = s.expiryInterval(a)
	return &r.Session, present, nil
}

// takeOver takes the connection of r away, if it has one, for another that came with the same
// Client Identifier [MQTT-3.1.4-3]. ends says that the Session is about to end.
func (s *Shard) takeOver(r *resident, ends bool) {
	old := r.Connection
	if old == nil {
		return
	}
	s.detach(r)
	old.Disconnect(mqtt.SessionTakenOver)
	will := r.Will
	r.Will = nil
	if will == nil || will.Delay > 0 && !ends && !s.Options.WillOnTakeOver {
		return // the new connection comes before the will is due [MQTT-3.1.3-9]
	}
	s.publishWill(will)
}

// create makes the Session of a Client Identifier that has none.
func (s *Shard) create(a Arrival) *resident {
	id := mqtt.ClientID(strings.Clone(string(a.ID)))
	r := &resident{}
	r.Session = *session.New(id, strings.Clone(a.Username), &s.Options.Limits, &s.counters)
	s.sessions[id] = r
	s.residents.Add(1)
	s.Count.Add(metrics.Sessions, 1)
	return r
}

// expiryInterval is the Session Expiry Interval that applies: what was asked for up to the ceiling
// (5.0), or for 3.x the ceiling, unless the Session is clean.
func (s *Shard) expiryInterval(a Arrival) uint32 {
	ceiling := s.Options.ExpireSessions
	if ceiling == 0 {
		ceiling = session.NeverExpires
	}
	switch {
	case a.Version == mqtt.V50:
		return min(a.ExpiryInterval, ceiling)
	case a.CleanStart:
		return 0
	}
	return ceiling
}

// SetExpiryInterval changes the interval as DISCONNECT may (5.0, 3.14.2.2.2).
func (s *Shard) SetExpiryInterval(who *session.Session, seconds uint32) {
	who.ExpiryInterval = s.expiryInterval(Arrival{Version: mqtt.V50, ExpiryInterval: seconds})
}

// Attach connects the Session to the Client's connection and sends what waits for it.
func (s *Shard) Attach(who *session.Session, c session.Connection, receiveMaximum uint16) {
	who.Attach(c, receiveMaximum)
	s.setOnline(who, true)
	s.Count.Add(metrics.Clients, 1)
	s.Pump(who)
}

// Pump sends what waits for the Client and fits: the Client acknowledged, or there is room again.
func (s *Shard) Pump(who *session.Session) {
	who.Pump(&s.pumping, s.now)
	s.wake(who)
}

// Disconnected tells that the connection c of a Session is over. publishWill is false after a
// DISCONNECT that deletes the will [MQTT-3.14.4-3].
func (s *Shard) Disconnected(who *session.Session, c session.Connection, publishWill bool) {
	r := s.sessions[who.ID]
	if r == nil || &r.Session != who || who.Connection != c {
		return
	}
	s.detach(r)
	if !publishWill {
		r.Will = nil
	}
	s.leave(r)
}

// Abandon follows Admit when the Client was not connected to its Session after all. What Admit took
// over or cancelled stays so.
func (s *Shard) Abandon(who *session.Session, present bool) {
	r := s.sessions[who.ID]
	r.Will = nil
	if !present {
		s.end(r)
		return
	}
	s.leave(r)
}

// leave lets time decide about the will and the end of a Session without connection.
func (s *Shard) leave(r *resident) {
	if r.ExpiryInterval == 0 {
		s.end(r)
		return
	}
	s.comeBack(r)
	x := &absence{resident: r, shard: s}
	x.due.Bind(x)
	r.away = x
	if r.ExpiryInterval != session.NeverExpires {
		x.endDue = s.now + int64(r.ExpiryInterval)*int64(time.Second)
	}
	if r.Will != nil {
		x.willDue = s.now + int64(r.Will.Delay)*int64(time.Second)
	}
	s.await(x)
}

// comeBack ends the absence of r, if it is away.
func (s *Shard) comeBack(r *resident) {
	if r.away != nil {
		s.Timers.Stop(&r.away.due)
		r.away = nil
	}
}

// detach separates r from its connection and gives away what its shares had handed it.
func (s *Shard) detach(r *resident) {
	r.Detach()
	s.unlist(&r.Session)
	s.Count.Add(metrics.Clients, -1)
	s.setOnline(&r.Session, false)
	s.reroute(&r.Session)
}

// setOnline tells the Session's shares whether it can take messages at once.
func (s *Shard) setOnline(who *session.Session, online bool) {
	if who.Shares == 0 {
		return
	}
	for h := range who.Subscriptions.All {
		s.Index.SetOnline(h, online || s.Options.ShareOffline)
	}
}

// reroute gives messages of shared subscriptions that a Client did not acknowledge to members that
// are there, if any are [MQTT-4.8.2-4].
func (s *Shard) reroute(who *session.Session) {
	if who.Shares == 0 || s.Options.ShareOffline && s.sessions[who.ID] != nil {
		return
	}
	who.Reroute(func(m *packet.Held, g *session.Share) bool {
		if g.Online() == 0 {
			return false
		}
		s.publication.ResetHeld(m, s.now)
		s.published++
		s.share(&s.publication, g, 0)
		return true
	})
}

// end gives up a Session: its subscriptions, its messages, and its will, which is published now at
// the latest [MQTT-3.1.2-8].
func (s *Shard) end(r *resident) {
	s.comeBack(r)
	delete(s.sessions, r.ID)
	s.residents.Add(-1)
	s.Count.Add(metrics.Sessions, -1)
	s.endSubscriptions(r)
	s.reroute(&r.Session)
	s.forget(&r.Session)
	r.Subscriptions.Clear()
	will := r.Will
	r.End()
	if will != nil {
		s.publishWill(will)
	}
}

// Ours.
const (
	// endNow is how many subscriptions of a Session end with it; a larger number is worked off
	// turn by turn, endPerTurn at a time, so that the loop is not held up. Who has ended is
	// given nothing meanwhile.
	endNow     = 64
	endPerTurn = 512
	// maxEnding is how many may be left over in all. Above it they end with their Session, so that
	// who makes and ends Sessions faster than that waits for it himself.
	maxEnding = 64 << 10
)

// endSubscriptions takes the Session's subscriptions out of the index, those of shares at once,
// so that no message is given to a member that is gone.
func (s *Shard) endSubscriptions(r *resident) {
	var rest []*session.Handle
	few := r.Subscriptions.Len() <= endNow || s.endings >= maxEnding
	for h := range r.Subscriptions.All {
		if few || h.Shared() {
			s.Index.Unsubscribe(h)
		} else {
			rest = append(rest, h)
		}
	}
	if len(rest) > 0 {
		s.ending = append(s.ending, rest)
		s.endings += len(rest)
	}
}

// workOffEndings ends subscriptions that are left of Sessions.
func (s *Shard) workOffEndings() {
	for budget := endPerTurn; budget > 0 && len(s.ending) > 0; budget-- {
		last := len(s.ending) - 1
		handles := s.ending[last]
		s.Index.Unsubscribe(handles[len(handles)-1])
		s.endings--
		handles[len(handles)-1] = nil
		s.ending[last] = handles[:len(handles)-1]
		if len(s.ending[last]) == 0 {
			s.ending[last] = nil
			s.ending = s.ending[:last]
		}
	}
}

// await arms the timer of an absence for what comes first, the will or the end.
func (s *Shard) await(x *absence) {
	when := x.endDue
	if x.willDue != 0 && (when == 0 || x.willDue < when) {
		when = x.willDue
	}
	switch {
	case when == 0:
		s.Timers.Stop(&x.due)
	case when <= s.now:
		s.absenceDue(x)
	default:
		s.Timers.Set(&x.due, when)
	}
}

// Expire implements timer.Expirer: the will or the end of the Session is due.
func (x *absence) Expire(_ *timer.Timer, now int64) {
	x.shard.now = now
	x.shard.absenceDue(x)
}

func (s *Shard) absenceDue(x *absence) {
	r := x.resident
	if x.endDue != 0 && x.endDue <= s.now {
		s.end(r)
		return
	}
	if x.willDue != 0 && x.willDue <= s.now {
		will := r.Will
		r.Will, x.willDue = nil, 0
		s.publishWill(will)
	}
	s.await(x)
}

// Ours.
const (
	generatedLength   = 23 // of Client Identifiers we assign: what every 3.1 client takes
	generatedAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// AssignID makes a Client Identifier for a Client that brought none; its home is this shard.
func (s *Shard) AssignID() mqtt.ClientID {
	var id [generatedLength]byte
	for {
		_, _ = rand.Read(id[:]) // never fails (crypto/rand)
		for i := range id {
			id[i] = generatedAlphabet[int(id[i])%len(generatedAlphabet)]
		}
		if s.Home(id[:]) == s.Number && s.sessions[mqtt.ClientID(id[:])] == nil {
			return mqtt.ClientID(id[:])
		}
	}
}
