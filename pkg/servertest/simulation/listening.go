// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// take handles a packet, or the end of the connection.
func (a *actor) take(p any, ok bool) {
	if !ok {
		a.lost()
		return
	}
	switch p := p.(type) {
	case *packet.Publish:
		a.receive(p)
	case *rawclient.Pubrel:
		a.release(p.ID)
	case *rawclient.Puback:
		a.acknowledged(p.Ack)
	case *rawclient.Pubrec:
		a.received(p.Ack)
	case *rawclient.Pubcomp:
		a.completed(p.Ack)
	case *rawclient.Pingresp:
		a.pongs++
	case *packet.Suback:
		a.answers[p.ID] = p.Codes
	case *packet.Unsuback:
		a.answers[p.ID] = p.Codes
	case *packet.Disconnect:
		if !a.link.watched || p.Code != mqtt.KeepAliveTimeout {
			a.failf("the server disconnects: %v %s", p.Code, p.Properties.ReasonString)
		}
	default:
		a.failf("got %T", p)
	}
}

// lost notes that the Server has closed the connection.
func (a *actor) lost() {
	if !a.link.watched {
		a.failf("the server closed the connection: %v", a.link.err)
	}
	a.will.ends(a.session)
	a.link.close()
	a.link = nil
}

// await handles packets until something has happened; false when the connection ended before.
func (a *actor) await(what string, happened func() bool) bool {
	end := time.After(patience)
	for !happened() {
		if a.link == nil {
			return false
		}
		a.acknowledge(len(a.owed))
		select {
		case p, ok := <-a.link.packets:
			a.take(p, ok)
		case <-end:
			a.failf("no %s in %v", what, patience)
			a.will.ends(a.session)
			a.link.close()
			a.link = nil
			return false
		}
	}
	return true
}

// fence sends PINGREQ and waits for the answer. What others had got acknowledged before the instant
// it returns has reached the Session then; so have our own messages and acknowledgements.
func (a *actor) fence() (instant int64, ok bool) {
	if a.link == nil {
		return 0, false
	}
	instant = a.world.now()
	zeros, acks := len(a.zeros), len(a.unconfirmed)
	a.pings++
	want := a.pings
	a.link.send(packet.AppendPingreq(nil))
	if !a.await("PINGRESP", func() bool { return a.pongs >= want }) {
		return 0, false
	}
	a.confirm(zeros, acks)
	return instant, true
}
