// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// guest is a well-behaved Client with a clean Session that answers everything at once.
type guest struct {
	world *world
	who   string
	link  *link
	heard []*packet.Publish // put aside while something else was waited for
}

// guest connects one; nil when that fails.
func (w *world) guest(who string, v mqtt.Version) *guest {
	l := w.dial(rand.New(rand.NewPCG(0, 0)), v, true)
	if l == nil {
		return nil
	}
	g := &guest{world: w, who: who, link: l}
	l.send(rawclient.Connect(v, who))
	if c, ok := g.next().(*packet.Connack); !ok || c.Code != mqtt.Success {
		w.failf("%s: not accepted", who)
		l.close()
		return nil
	}
	return g
}

// next returns the next packet, nil at the end of the connection, and acknowledges it.
func (g *guest) next() any {
	v := g.link.raw.Version
	select {
	case p := <-g.link.packets:
		switch p := p.(type) {
		case *packet.Publish:
			switch p.QoS {
			case mqtt.AtLeastOnce:
				g.link.send(acknowledgement(v, packet.PUBACK, p.ID))
			case mqtt.ExactlyOnce:
				g.link.send(acknowledgement(v, packet.PUBREC, p.ID))
			}
		case *rawclient.Pubrel:
			g.link.send(acknowledgement(v, packet.PUBCOMP, p.ID))
		}
		return p
	case <-time.After(patience):
		g.world.failf("%s: nothing comes", g.who)
		return nil
	}
}

// publish returns the next message, nil at the end of the connection.
func (g *guest) publish() *packet.Publish {
	if len(g.heard) > 0 {
		p := g.heard[0]
		g.heard = g.heard[1:]
		return p
	}
	for {
		switch p := g.next().(type) {
		case *packet.Publish:
			return p
		case nil:
			return nil
		}
	}
}

// until reads up to a packet that is wanted; messages are put aside.
func (g *guest) until(wanted func(any) bool) bool {
	for {
		next := g.next()
		if p, ok := next.(*packet.Publish); ok {
			g.heard = append(g.heard, p)
		}
		if next == nil || wanted(next) {
			return next != nil
		}
	}
}

func (g *guest) fence() bool {
	g.link.send(packet.AppendPingreq(nil))
	return g.until(func(p any) bool { _, ok := p.(*rawclient.Pingresp); return ok })
}

func (g *guest) subscribe(filter string, q mqtt.QoS) bool {
	g.link.send(rawclient.Subscribe(g.link.raw.Version, 1, filter, mqtt.SubscriptionOptions(q)))
	return g.until(func(p any) bool { _, ok := p.(*packet.Suback); return ok })
}

// watcher hears of wills, and of what the server says about itself.
type watcher struct {
	*guest
	mu     sync.Mutex
	figure map[string]string // below $SYS/broker/
}

// watch starts a watcher; it ends with its connection.
func (w *world) watch() *watcher {
	g := w.guest("watcher", mqtt.V50)
	if g == nil || !g.subscribe("w/#", mqtt.ExactlyOnce) ||
		!g.subscribe("$SYS/broker/#", mqtt.AtMostOnce) {
		return nil
	}
	x := &watcher{guest: g, figure: make(map[string]string)}
	w.mourners.Go(func() {
		for p := x.publish(); p != nil; p = x.publish() {
			x.hear(string(p.Topic), string(p.Payload))
		}
	})
	return x
}

func (x *watcher) hear(name, payload string) {
	if figure, ok := strings.CutPrefix(name, "$SYS/broker/"); ok {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.figure[figure] = payload
		return
	}
	if !x.world.wills.arrived(payload) {
		x.world.failf("a will that nobody has: %q on %q", payload, name)
	}
}

// says reports whether the server's own figure is n.
func (x *watcher) says(figure string, n int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.figure[figure] == fmt.Sprint(n)
}

// ownNodes is how many retained messages and nodes $SYS itself takes.
func (x *watcher) own() (messages, nodes int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	prefixes := map[string]bool{"$SYS": true, "$SYS/broker": true}
	for f := range x.figure {
		for i, c := range f {
			if c == '/' {
				prefixes[f[:i]] = true
			}
		}
		prefixes[f] = true
	}
	return len(x.figure), len(prefixes)
}
