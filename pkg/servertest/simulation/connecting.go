// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// connect opens a connection and logs in, resuming the Session unless clean. A connection there
// still is gets taken over. It goes on where the last one ended.
func (a *actor) connect(clean bool) bool {
	for {
		l := a.world.dial(a.random, a.version, a.calm)
		if l == nil {
			return false
		}
		a.epoch++
		a.draw()
		w := a.drawWill()
		l.watched = a.fate.watched()
		if a.vague(l, w, clean) {
			continue
		}
		l.send(a.connectPacket(clean, w))
		resumed := a.session && !clean && a.persistent
		if !a.connack(l, resumed) {
			return false
		}
		a.begins(l, w, resumed)
		// A clean Session of 3.x ends with its connection.
		a.session = a.persistent && (!clean || a.version == mqtt.V50)
		return a.goOn(resumed)
	}
}

// connack waits for the connection to be accepted, with the right Session Present [MQTT-3.2.2-2].
func (a *actor) connack(l *link, present bool) bool {
	select {
	case p, ok := <-l.packets:
		c, is := p.(*packet.Connack)
		if ok && is && c.Code == mqtt.Success {
			if c.SessionPresent != present && a.version != mqtt.V31 {
				a.failf("Session Present is %v", c.SessionPresent)
			}
			return true
		}
		a.failf("instead of CONNACK: %T %v, %v", p, p, l.err)
	case <-time.After(patience):
		a.failf("no CONNACK in %v", patience)
	}
	l.close()
	return false
}

// begins makes l the actor's connection.
func (a *actor) begins(l *link, w *will, resumed bool) {
	a.will.next(resumed)
	if a.link != nil {
		a.world.takeOvers.Add(1)
		a.world.mourn(a.link, a.id, mqtt.KeepAliveTimeout)
	}
	a.link, a.will = l, w
	a.pings, a.pongs = 0, 0
	a.answers = make(map[mqtt.PacketID][]mqtt.ReasonCode)
	a.restart()
}

// goOn repeats what was not finished.
func (a *actor) goOn(resumed bool) bool {
	var gone []*interval
	if !resumed {
		gone = a.forget()
	}
	a.again()
	for _, v := range gone {
		a.subscribe(v.filter, v.qos)
	}
	a.repair()
	return a.link != nil || a.connect(false)
}

// vague loses a connection while it logs in. The Server has the CONNECT or part of it, and has
// closed the connection when this returns: a CONNECT that is still on its way could take over the
// one that comes next.
func (a *actor) vague(l *link, w *will, clean bool) bool {
	same := a.persistent == a.session && !clean // the Session before and after
	if a.calm || !same || a.world.resting.Load() || a.random.IntN(10) > 0 {
		return false
	}
	b := a.connectPacket(clean, w)
	if n := a.random.IntN(2 * len(b)); n < len(b) {
		b = b[:n]
		w.deleted() // it never arrives
	}
	l.send(b)
	_ = l.conn.CloseWrite() // the Server may have been faster
	l.drain()
	return true
}

// drawWill makes a Will Message for most connections.
func (a *actor) drawWill() *will {
	if a.calm || a.random.IntN(3) == 0 && a.fate != vanishes {
		return nil
	}
	w := &will{payload: fmt.Sprintf("%d %d", a.index, a.epoch)}
	if a.version == mqtt.V50 && a.persistent && a.fate != vanishes {
		w.delay = [...]time.Duration{0, time.Second, time.Minute}[a.random.IntN(3)]
	}
	a.world.wills.add(w)
	return w
}

// connectPacket returns a CONNECT packet of this actor.
func (a *actor) connectPacket(clean bool, w *will) []byte {
	return rawclient.Connect(a.version, a.id, func(p *packet.Connect) {
		p.CleanStart = clean || !a.persistent
		if w != nil {
			p.Will, p.WillQoS = true, mqtt.QoS(1+len(w.payload)%2)
			p.WillTopic, p.WillPayload = fmt.Appendf(nil, "w/%d", a.index), []byte(w.payload)
			if w.delay > 0 {
				p.WillProperties.SetWillDelayInterval(uint32(w.delay.Seconds()))
			}
		}
		if a.fate.watched() {
			p.KeepAlive = 1
		}
		if a.version == mqtt.V50 {
			p.Properties.SetReceiveMaximum(a.receiveMaximum)
			p.Properties.SetTopicAliasMaximum(a.aliasMaximum)
			if a.persistent {
				p.Properties.SetSessionExpiryInterval(3600)
			}
		}
	})
}
