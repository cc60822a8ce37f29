// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"math"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// subscribing is what an actor subscribed to.
type subscribing struct {
	all     []*interval
	answers map[mqtt.PacketID][]mqtt.ReasonCode // SUBACK and UNSUBACK that came
}

// interval is the life of one subscription, in instants of world.now.
type interval struct {
	filter     string // "$share/name/" included
	qos        mqtt.QoS
	noLocal    bool
	identifier uint32

	quiet int64 // what the Server had before is not for it
	from  int64 // SUBACK: what begins later is; 0: it has not come
	until int64 // what the Server had before is, what it got later may be
	over  int64 // UNSUBACK, or the Session's end: what begins later is not
	// lossy: its Session has ended, whatever was on its way then is gone.
	lossy bool
	// leaving: UNSUBSCRIBE was sent.
	leaving bool
}

const open = math.MaxInt64

// Ours: Packet Identifiers of SUBSCRIBE and UNSUBSCRIBE, apart from those of messages.
const subscribeID = 1000

// wants reports whether the subscription is one for messages of st delivered at a level.
func (v *interval) wants(a *actor, st *stream, q mqtt.QoS) bool {
	share, filter := cutShare(v.filter)
	return share == (st.kind == shared) && min(v.qos, st.qos) == q &&
		matches(filter, st.topic) && !(v.noLocal && st.publisher == a.index)
}

func cutShare(s string) (share bool, filter string) {
	rest, share := strings.CutPrefix(s, "$share/")
	if share {
		_, rest, _ = strings.Cut(rest, "/")
	}
	return share, rest
}

// must says that m has to come through the subscription.
func (v *interval) must(m *message) bool {
	return !v.lossy && v.from > 0 && m.begun > v.from && m.done > 0 && m.done < v.until
}

// may says that m is allowed to.
func (v *interval) may(m *message) bool {
	return m.begun < v.over && (m.done == 0 || m.done > v.quiet)
}

// copies is the number of subscriptions a message can have come through, ever.
func (a *actor) copies(c copied) (n int) {
	if c.subscription != 0 || c.stream.kind == shared {
		return 1
	}
	for _, v := range a.all {
		if v.wants(a, c.stream, c.qos) {
			n++
		}
	}
	return n
}

func (a *actor) shareFilter() string { return fmt.Sprintf("$share/g%d/s/#", a.group) }

// anyFilter draws one of many that overlap.
func (a *actor) anyFilter() string {
	someone, level := a.random.IntN(len(a.world.actors)), a.random.IntN(3)
	switch a.random.IntN(8) {
	case 0:
		return "p/#"
	case 1:
		return fmt.Sprintf("p/+/%d/#", level)
	case 2:
		return "p/+/+/a"
	case 3:
		return fmt.Sprintf("+/%d/%d/b", someone, level)
	case 4:
		return fmt.Sprintf("p/%d/%d/a", someone, level)
	}
	return fmt.Sprintf("p/%d/#", someone)
}

// find returns the open interval of a filter.
func (a *actor) find(filter string) *interval {
	for _, v := range a.all {
		if v.filter == filter && v.over == open {
			return v
		}
	}
	return nil
}

// subscribe makes a subscription, unless there is one to that filter.
func (a *actor) subscribe(filter string, q mqtt.QoS) {
	if a.find(filter) != nil {
		return
	}
	quiet, ok := a.fence()
	if !ok {
		return
	}
	v := &interval{filter: filter, qos: q, identifier: uint32(len(a.all) + 1), quiet: quiet,
		until: open, over: open}
	v.noLocal = a.version == mqtt.V50 && !strings.HasPrefix(filter, "$") && a.random.IntN(3) == 0
	a.all = append(a.all, v)
	a.request(v)
}

// request sends the SUBSCRIBE of v and waits for SUBACK. When the connection ends before, it is
// sent again on the next one.
func (a *actor) request(v *interval) {
	o := mqtt.SubscriptionOptions(v.qos)
	if v.noLocal {
		o |= mqtt.OptionNoLocal
	}
	p := &packet.Subscribe{ID: a.subscribeID(),
		Subscriptions: []mqtt.Subscription{{Filter: v.filter, Options: o}}}
	if a.version == mqtt.V50 {
		p.Properties.AddSubscriptionIdentifier(v.identifier)
	}
	codes, ok := a.ask("SUBACK", p.ID, encoded(packet.AppendSubscribe(nil, a.version, p)))
	if !ok {
		return
	}
	if len(codes) != 1 || codes[0] != mqtt.ReasonCode(v.qos) {
		a.failf("SUBACK %v for QoS %d", codes, v.qos)
	}
	if v.from == 0 {
		v.from = a.world.now()
	}
}

func (a *actor) unsubscribe(v *interval) {
	if !v.leaving {
		until, ok := a.fence()
		if !ok {
			return
		}
		v.until, v.leaving = until, true
	}
	p := &packet.Unsubscribe{ID: a.subscribeID(), Filters: []string{v.filter}}
	if _, ok := a.ask("UNSUBACK", p.ID,
		encoded(packet.AppendUnsubscribe(nil, a.version, p))); ok {
		v.over = a.world.now()
	}
}

// ask sends a SUBSCRIBE or UNSUBSCRIBE and waits for the answer. Now and then the connection is
// lost at once, so that nobody knows whether it had arrived.
func (a *actor) ask(what string, id mqtt.PacketID, b []byte) ([]mqtt.ReasonCode, bool) {
	if a.link == nil {
		return nil, false
	}
	a.link.send(b)
	if !a.calm && a.epoch > 1 && !a.world.resting.Load() && a.random.IntN(8) == 0 {
		a.cut((*link).reset)
		return nil, false
	}
	delete(a.answers, id)
	ok := a.await(what, func() bool {
		_, answered := a.answers[id] // 3.x: without codes
		return answered
	})
	return a.answers[id], ok
}

func (a *actor) subscribeID() mqtt.PacketID {
	return subscribeID + mqtt.PacketID(a.random.IntN(1000))
}

// churn subscribes to something else or unsubscribes.
func (a *actor) churn() {
	var leaves []*interval
	for _, v := range a.all {
		if v.over == open && !(a.calm && v.filter == "p/#") &&
			!(a.anchor && v.filter == a.shareFilter()) {
			leaves = append(leaves, v)
		}
	}
	switch {
	case len(leaves) > 3 || len(leaves) > 1 && a.random.IntN(2) == 0:
		a.unsubscribe(leaves[a.random.IntN(len(leaves))])
	case a.group >= 0 && a.random.IntN(2) == 0:
		a.subscribe(a.shareFilter(), mqtt.ExactlyOnce)
	case a.random.IntN(3) == 0 && len(leaves) > 0 && !leaves[0].leaving:
		a.request(leaves[0]) // once more; nothing changes [MQTT-3.8.4-3]
	default:
		a.subscribe(a.anyFilter(), mqtt.QoS(a.random.IntN(3)))
	}
}

// repair makes sure, on a new connection, of what was requested on one that was lost.
func (a *actor) repair() {
	for _, v := range a.all {
		switch {
		case a.link == nil:
			return
		case v.over != open:
		case v.leaving:
			a.unsubscribe(v)
		case v.from == 0:
			a.request(v)
		}
	}
}

// forget notes that the Session was none of the old: its subscriptions are gone. It returns them.
func (a *actor) forget() (gone []*interval) {
	a.under = nil // nobody knows what has become of it
	a.holding = make(map[mqtt.PacketID]copied)
	now := a.world.now()
	for _, v := range a.all {
		v.lossy = true // also what it left in the queue
		if v.over == open {
			v.over = now
			gone = append(gone, v)
		}
	}
	return gone
}

func encoded(b []byte, err error) []byte {
	if err != nil {
		panic("simulation: a packet cannot be encoded: " + err.Error())
	}
	return b
}
