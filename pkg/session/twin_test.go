// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
)

// The naive twin of what a Session does with messages of QoS 1 and 2: two slices, searched from
// the front, and the rules of the specification said in the plainest way.

// flight is a message that was sent and is not acknowledged.
type flight struct {
	id      mqtt.PacketID
	message *mqtt.Message
	resend  bool // the present connection has not seen it yet
}

// release is a QoS 2 message whose PUBREC came: only PUBCOMP is awaited.
type release struct {
	id mqtt.PacketID
	// counted: its PUBLISH went out on the present connection, so it is in that one's quota.
	counted bool
}

// fake is the Connection of the Session under test.
type fake struct {
	room     bool
	tooLarge int // payloads of this many bytes or more do not fit
	sent     []string
	ids      []mqtt.PacketID // of the PUBLISH packets in sent, in order
}

func (f *fake) SendPublish(p *packet.Publication, d packet.Delivery) session.Sent {
	if len(p.Message.Payload) >= f.tooLarge {
		return session.TooLarge
	}
	f.sent = append(f.sent, fmt.Sprintf("PUBLISH %s qos=%d dup=%v",
		p.Message.Topic, d.Flags.QoS(), d.Flags.Dup()))
	f.ids = append(f.ids, d.ID)
	return session.Appended
}

func (f *fake) SendPubrel(id mqtt.PacketID, _ mqtt.ReasonCode) {
	f.sent = append(f.sent, fmt.Sprintf("PUBREL %d", id))
}

func (f *fake) Room() bool                   { return f.room }
func (f *fake) Disconnect(_ mqtt.ReasonCode) {}

// twin is the naive Session. Invariant: flights in the order first sent, those released behind
// in releases in the order of their PUBREC.
type twin struct {
	limits     *session.Limits
	connection *fake // nil while away
	queue      []*mqtt.Message
	flights    []*flight
	releases   []release
	quota      int
	maximum    int
	swept      int64
	dropped    int
	expired    int
	want       []string
	wantIDs    []mqtt.PacketID // 0: any that is free
}

func (w *twin) publish(m *mqtt.Message, id mqtt.PacketID, dup bool) (fits bool) {
	if len(m.Payload) >= w.connection.tooLarge {
		return false
	}
	w.want = append(w.want, fmt.Sprintf("PUBLISH %s qos=%d dup=%v", m.Topic, m.QoS, dup))
	w.wantIDs = append(w.wantIDs, id)
	return true
}

func (w *twin) used() int { return len(w.flights) + len(w.releases) }

func (w *twin) resending() *flight {
	for _, f := range w.flights {
		if f.resend {
			return f
		}
	}
	return nil
}

func (w *twin) mayStart() bool {
	return w.connection != nil && w.connection.room && w.resending() == nil &&
		w.quota > 0 && w.used() < w.limits.Window
}

// start sends m for the first time. Its identifier is learned from the Session afterwards.
func (w *twin) start(m *mqtt.Message) {
	if w.publish(m, 0, false) {
		w.quota--
		w.flights = append(w.flights, &flight{message: m})
	}
}

func (w *twin) size() (bytes int) {
	for _, m := range w.queue {
		bytes += m.Size()
	}
	return bytes
}

func (w *twin) full(m *mqtt.Message) bool {
	return len(w.queue) >= w.limits.QueuedMessages || w.size()+m.Size() > w.limits.QueuedBytes
}

func (w *twin) deliver(m *mqtt.Message, now int64) {
	if len(w.queue) == 0 && w.mayStart() {
		w.start(m)
		return
	}
	if len(w.queue) > 0 && w.full(m) && now-w.swept >= int64(time.Second) {
		w.swept = now
		before := len(w.queue)
		w.queue = slices.DeleteFunc(w.queue, func(m *mqtt.Message) bool { return m.Expired(now) })
		w.expired += before - len(w.queue)
	}
	for len(w.queue) > 0 && w.full(m) {
		w.dropped++
		if !w.limits.DropOldest {
			return
		}
		w.queue = w.queue[1:]
	}
	w.queue = append(w.queue, m)
}

func (w *twin) pump(now int64) {
	for w.connection != nil && w.connection.room && w.quota > 0 && w.resending() != nil {
		f := w.resending()
		f.resend = false
		if w.publish(f.message, f.id, true) {
			w.quota--
		} else {
			w.finish(f)
		}
	}
	for len(w.queue) > 0 && w.mayStart() {
		m := w.queue[0]
		w.queue = w.queue[1:]
		if m.Expired(now) {
			w.expired++
			continue
		}
		w.start(m)
	}
}

func (w *twin) finish(f *flight) {
	w.flights = slices.DeleteFunc(w.flights, func(x *flight) bool { return x == f })
}

// refill gives back what an acknowledged message took from the quota of this connection.
func (w *twin) refill(counted bool) {
	if counted {
		w.quota++
	}
}

func (w *twin) attach(c *fake, receiveMaximum uint16) {
	w.connection, w.quota, w.maximum = c, int(receiveMaximum), int(receiveMaximum)
	for i := range w.releases {
		w.releases[i].counted = false
		w.want = append(w.want, fmt.Sprintf("PUBREL %d", w.releases[i].id))
	}
	for _, f := range w.flights {
		f.resend = true
	}
}

func (w *twin) flight(id mqtt.PacketID) *flight {
	for _, f := range w.flights {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (w *twin) puback(id mqtt.PacketID) bool {
	f := w.flight(id)
	if f == nil || f.message.QoS != mqtt.AtLeastOnce {
		return false
	}
	w.finish(f)
	w.refill(!f.resend)
	return true
}

func (w *twin) pubrec(id mqtt.PacketID, code mqtt.ReasonCode) bool {
	if w.release(id) >= 0 {
		return true
	}
	f := w.flight(id)
	if f == nil || f.message.QoS != mqtt.ExactlyOnce {
		return false
	}
	w.finish(f)
	if code.Failed() {
		w.refill(!f.resend)
	} else {
		w.releases = append(w.releases, release{id, !f.resend})
	}
	return true
}

func (w *twin) pubcomp(id mqtt.PacketID) bool {
	at := w.release(id)
	if at < 0 {
		return false
	}
	w.refill(w.releases[at].counted)
	w.releases = slices.Delete(w.releases, at, at+1)
	return true
}

// release is the index in releases, or -1.
func (w *twin) release(id mqtt.PacketID) int {
	return slices.IndexFunc(w.releases, func(x release) bool { return x.id == id })
}
