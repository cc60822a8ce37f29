// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// walker is a Client with a Session of its own that loses its connection again and again: it keeps
// its promises of QoS 1 and 2, and notes what it gets.
type walker struct {
	t       *testing.T
	server  *servertest.Server
	random  *rand.Rand
	id      string
	version mqtt.Version
	*rawclient.Client
	// untilCut is how many packets are handled before the next cut, cuts how many there will be.
	// Each brings back up to two windows of messages, and costs the others duplicates of QoS 1: so
	// connections have to live for long enough that there is progress.
	untilCut, cuts int

	// Sending: number n of a topic is the n-th message.
	topic    string
	qos      mqtt.QoS
	total    int
	next     int        // number of the next message
	inFlight []exchange // in the order sent
	lastID   mqtt.PacketID

	// Receiving.
	received map[mqtt.PacketID]bool // QoS 2, until PUBREL
	got      map[string][]int       // by topic, in the order of arrival
	missing  int                    // messages still to come
}

// exchange is a message that was not acknowledged to the end.
type exchange struct {
	id       mqtt.PacketID
	number   int
	released bool // PUBREC has come, PUBREL was sent
}

// window is how many messages a walker has under way.
const window = 8

// connect logs in with the Session kept, and goes on where the last connection ended.
func (w *walker) connect() {
	w.Client = w.server.Dial(w.t)
	w.Connect(w.version, w.id, rawclient.Resume)
	w.untilCut = w.random.IntN(1000)
	// [MQTT-4.4.0-1], in the original order
	for _, x := range w.inFlight {
		if x.released {
			w.send(packet.AppendAck(nil, w.version, packet.PUBREL, &packet.Ack{ID: x.id}))
		} else {
			w.publish(x, true)
		}
	}
}

func (w *walker) send(b []byte, err error) {
	if err != nil {
		w.t.Fatal(err)
	}
	w.Send(b)
}

func (w *walker) publish(x exchange, dup bool) {
	w.Send(rawclient.Publish(w.version, x.id, w.topic, []byte(fmt.Sprint(x.number)), w.qos,
		func(p *packet.Publish) { p.Dup = dup }))
}

// subscribe makes the Session subscribe on a connection that is not cut.
func (w *walker) subscribe(filter string, q mqtt.QoS) {
	c := w.server.Connect(w.t, w.version, w.id, rawclient.Resume)
	c.Subscribe(filter, q)
	_ = c.Close() // the Session stays
}

// run publishes all messages and receives what others publish, until nothing is missing.
func (w *walker) run() {
	w.connect()
	for w.next < w.total || len(w.inFlight) > 0 || w.missing > 0 {
		for w.next < w.total && len(w.inFlight) < window {
			w.lastID = w.lastID%100 + 1 // used again soon
			x := exchange{id: w.lastID, number: w.next}
			w.next++
			w.inFlight = append(w.inFlight, x)
			w.publish(x, false)
		}
		w.handle(w.Next())
		if w.untilCut--; w.untilCut <= 0 && w.cuts > 0 {
			w.cuts--
			w.Cut()
			w.connect()
		}
	}
}

// settle takes in what is still on its way once nobody publishes any more.
func (w *walker) settle() {
	for range 3 { // an answer may bring another packet
		w.Send(packet.AppendPingreq(nil))
		for {
			next := w.Next()
			if _, ok := next.(*rawclient.Pingresp); ok {
				break
			}
			w.handle(next)
		}
	}
}

func (w *walker) handle(next any) {
	switch p := next.(type) {
	case *packet.Publish:
		w.receive(p)
	case *rawclient.Pubrel:
		delete(w.received, p.ID)
		w.SendAck(packet.PUBCOMP, p.ID)
	case *rawclient.Puback:
		w.complete(p.ID)
	case *rawclient.Pubrec:
		for i := range w.inFlight {
			if w.inFlight[i].id == p.ID {
				w.inFlight[i].released = true
			}
		}
		w.SendAck(packet.PUBREL, p.ID)
	case *rawclient.Pubcomp:
		w.complete(p.ID)
	default:
		w.t.Errorf("%s got %T", w.id, next)
	}
}

func (w *walker) complete(id mqtt.PacketID) {
	w.inFlight = slices.DeleteFunc(w.inFlight, func(x exchange) bool { return x.id == id })
}

// receive notes a message, unless it is one of QoS 2 that came before [MQTT-4.3.3-10].
func (w *walker) receive(p *packet.Publish) {
	if p.QoS == mqtt.ExactlyOnce {
		if !w.received[p.ID] {
			w.received[p.ID] = true
			w.note(p)
		}
		w.SendAck(packet.PUBREC, p.ID)
		return
	}
	w.note(p)
	w.SendAck(packet.PUBACK, p.ID)
}

func (w *walker) note(p *packet.Publish) {
	n, err := strconv.Atoi(string(p.Payload))
	if err != nil {
		w.t.Errorf("%s got %q", w.id, p.Payload)
		return
	}
	topic := string(p.Topic)
	if !slices.Contains(w.got[topic], n) {
		w.missing--
	}
	w.got[topic] = append(w.got[topic], n)
}

// check holds what arrived against the promise: QoS 1 at least once, QoS 2 exactly once, and for
// each publisher the first copies in the order published.
func (w *walker) check(total int) {
	for topic, list := range w.got {
		if strings.HasSuffix(topic, "/2") && len(list) != total {
			w.t.Errorf("%s: %d messages of QoS 2 on %s, want %d", w.id, len(list), topic, total)
		}
		next := 0
		for _, n := range list {
			if n > next {
				w.t.Errorf("%s: on %s got %d before %d: %v", w.id, topic, n, next, list)
				break
			}
			if n == next {
				next++
			}
		}
		if next != total {
			w.t.Errorf("%s: on %s %d of %d arrived", w.id, topic, next, total)
		}
	}
}
