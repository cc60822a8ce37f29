// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// fate is how a connection is going to end.
type fate uint8

const (
	resets     fate = iota // RST
	closes                 // FIN
	halfCloses             // FIN, but goes on reading
	tears                  // in the middle of a PUBLISH
	vanishes               // neither reads nor writes any more; Keep Alive finds out
	takenOver              // by another connection of the same Client
	discards               // by another one that wants no Session
	partsWell              // DISCONNECT
	partsBadly             // DISCONNECT that keeps the will
	breaks                 // sends what is no packet
	fates
)

// watched says that the connection has a Keep Alive.
func (f fate) watched() bool { return f == vanishes }

// draw decides about a new connection.
func (a *actor) draw() {
	a.fate = fate(a.random.IntN(int(fates)))
	a.turns = 5 + a.random.IntN(120)
	a.storm = a.world.storms.Load()
	switch {
	case a.calm || a.world.resting.Load():
		a.fate = resets // which never comes
	case a.fate == vanishes && a.random.IntN(3) > 0:
		a.fate = takenOver // the other one takes long
	case a.fate == discards && (a.group >= 0 || !a.persistent):
		a.fate = takenOver // members of a share must come back for what they have
	case a.fate == partsBadly && a.version != mqtt.V50:
		a.fate = partsWell
	}
}

// suffer lets the connection end.
func (a *actor) suffer() {
	a.world.cuts.Add(1)
	l := a.link
	switch a.fate {
	case resets:
		a.cut((*link).reset)
		a.outlast()
	case closes:
		a.cut((*link).close)
	case halfCloses:
		a.cut(func(*link) {})
		_ = l.conn.CloseWrite() // the Server may have been faster
		a.world.mourn(l, a.id)
	case tears:
		a.tear()
	case vanishes:
		a.vanish()
	case takenOver:
		l.frozen.Store(a.random.IntN(2) == 0)
		a.connect(false)
	case discards:
		if a.random.IntN(2) == 0 {
			a.cut((*link).reset)
		}
		a.connect(true)
	case partsWell:
		a.goodbye(mqtt.Success)
	case partsBadly:
		a.goodbye(mqtt.DisconnectWithWill)
	case breaks:
		a.cut(func(l *link) { l.send([]byte{0x36, 2, 0, 0}) }) // a QoS that does not exist
		a.world.mourn(l, a.id, mqtt.MalformedPacket, mqtt.ProtocolError)
	}
}

// cut ends the connection without a word of MQTT.
func (a *actor) cut(how func(*link)) {
	a.will.ends(a.session)
	how(a.link)
	a.link = nil
}

// outlast sometimes stays away until a delayed will is published.
func (a *actor) outlast() {
	w := a.will
	if w == nil || w.delay != time.Second || a.random.IntN(2) == 0 {
		return
	}
	w.verdict = must
	a.world.wait("a delayed will", func() bool { return a.world.wills.seen(w) })
}

// tear sends the beginning of a PUBLISH. The message is under way: a kept Session sends it again.
func (a *actor) tear() {
	st := a.mine[a.random.IntN(len(a.mine))]
	if st.qos > mqtt.AtMostOnce && len(a.under) < window && !a.busy(st) {
		b := a.packet(a.begin(st), false)
		a.link.send(b[:1+a.random.IntN(len(b)-1)])
	}
	if a.random.IntN(2) == 0 {
		a.cut((*link).reset)
		return
	}
	a.cut((*link).close)
}

// vanish leaves the connection open and does nothing on it, until the Server publishes the will
// [MQTT-3.1.2-22].
func (a *actor) vanish() {
	l, w := a.link, a.will
	l.frozen.Store(true)
	a.cut(func(*link) {})
	a.world.wait("the end of a connection nothing is heard from", func() bool {
		return a.world.wills.seen(w)
	})
	a.world.mourn(l, a.id, mqtt.KeepAliveTimeout)
}

// goodbye sends DISCONNECT and waits for the Server to close the connection. Sometimes it ends the
// Session as well.
func (a *actor) goodbye(code mqtt.ReasonCode) {
	p := &packet.Disconnect{Code: code}
	if a.version == mqtt.V50 && a.session && a.group < 0 && !a.calm && a.random.IntN(3) == 0 {
		p.Properties.SetSessionExpiryInterval(0)
		a.session = false
	}
	if code != mqtt.Success {
		a.will.ends(a.session)
	}
	a.link.send(encoded(packet.AppendDisconnect(nil, a.version, p)))
	a.link.drain()
	if code == mqtt.Success {
		a.will.deleted()
	}
	a.link = nil
}
