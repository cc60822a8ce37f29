// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// critic is a test whose complaints are kept.
type critic struct {
	testing.TB
	heard []string
}

func (c *critic) Helper() {}

func (c *critic) Errorf(format string, a ...any) {
	c.heard = append(c.heard, fmt.Sprintf(format, a...))
}

// want checks that there was one complaint with text in it, or none when it is empty.
func (c *critic) want(t *testing.T, text string) {
	t.Helper()
	all := strings.Join(c.heard, "\n")
	if text == "" && all != "" || text != "" && !strings.Contains(all, text) {
		t.Errorf("complaints are %q, want %q", all, text)
	}
}

// trial is one subscriber, whose subscription lived from 10 to 20, and one publisher's stream.
func trial(k kind, q mqtt.QoS) (*actor, *critic) {
	c := &critic{}
	w := &world{t: c, roomy: true, topics: make(map[string]*stream)}
	topic, filter := "p/0/x", "p/#"
	if k == shared {
		topic, filter = "s/0/x", "$share/g0/s/#"
	}
	w.stream(topic, 99, q, k)
	a := newActor(w, 1, 1) // of version 3.1.1
	a.group = 0
	a.all = []*interval{{filter: filter, qos: q, identifier: 1,
		quiet: 5, from: 10, until: 20, over: 25}}
	w.actors = []*actor{a}
	return a, c
}

// deliver lets messages arrive, "message transmission" each, with DUP when it ends in '!'. An empty
// one is a reconnection.
func deliver(a *actor, q mqtt.QoS, arrivals []string) {
	for i, s := range arrivals {
		if s == "" {
			a.restart()
			continue
		}
		number, dup := strings.CutSuffix(s, "!")
		a.receive(&packet.Publish{Topic: []byte(a.world.streams[0].topic), QoS: q, Dup: dup,
			ID: mqtt.PacketID(i + 1), Payload: []byte(number + " ")})
	}
}

// The oracle complains about what breaks a promise, and about nothing else.
func TestOracle(t *testing.T) {
	in := message{begun: 11, done: 12, epoch: 1}
	tests := []struct {
		name     string
		qos      mqtt.QoS
		messages []message
		arrivals []string
		want     string
	}{
		{"all well", 1, []message{in, in}, []string{"0 1", "1 1"}, ""},
		{"lost", 1, []message{in, in}, []string{"0 1"}, "message 1: 0 copies"},
		{"lost at QoS 2", 2, []message{in}, nil, "message 0: 0 copies"},
		{"lost at QoS 0 by a witness", 0, []message{in}, nil, "message 0: 0 copies"},
		{"twice without DUP", 1, []message{in}, []string{"0 1", "0 1"}, "2 copies of QoS 1"},
		{"twice with DUP", 1, []message{in}, []string{"0 1", "", "0 1!"}, ""},
		{"twice at QoS 2", 2, []message{in}, []string{"0 1", "", "0 1!"}, "2 copies of QoS 2"},
		{"twice at QoS 0", 0, []message{in}, []string{"0 1", "0 1"}, "2 copies of QoS 0"},
		{"DUP at QoS 0", 0, []message{in}, []string{"0 1!"}, "with DUP"},
		{"sent twice by the publisher", 1, []message{{begun: 11, done: 12, epoch: 2}},
			[]string{"0 1", "0 2"}, ""},
		{"only what was not acknowledged", 1, []message{{begun: 11, done: 12, epoch: 2}},
			[]string{"0 1"}, "message 0: 0 copies"},
		{"wrong order", 1, []message{in, in}, []string{"1 1", "0 1"}, "after"},
		{"again out of order", 1, []message{in, in},
			[]string{"0 1", "1 1", "", "1 1!", "0 1!"}, "on one connection"},
		{"again in order", 1, []message{in, in},
			[]string{"0 1", "1 1", "", "0 1!", "1 1!"}, ""},
		{"before the subscription", 1, []message{{begun: 1, done: 4, epoch: 1}},
			[]string{"0 1"}, "at most 0"},
		{"about the time of SUBSCRIBE", 1, []message{{begun: 1, done: 6, epoch: 1}}, nil, ""},
		{"about the time of UNSUBSCRIBE", 1, []message{{begun: 15, done: 21, epoch: 1}}, nil, ""},
		{"after UNSUBACK", 1, []message{{begun: 26, done: 27, epoch: 1}},
			[]string{"0 1"}, "at most 0"},
		{"nobody knows", 1, []message{{begun: 11}}, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, c := trial(plain, test.qos)
			a.world.streams[0].messages = test.messages
			deliver(a, test.qos, test.arrivals)
			a.judge()
			c.want(t, test.want)
		})
	}
}

// So it does about shares.
func TestOracleOfShares(t *testing.T) {
	in := message{begun: 11, done: 12, epoch: 1}
	tests := []struct {
		name     string
		qos      mqtt.QoS
		arrivals []string
		confirm  bool
		want     string
	}{
		{"once", 1, []string{"0 1"}, true, ""},
		{"lost", 1, nil, false, "came 0 times"},
		{"to another member", 1, []string{"0 1", "0 1"}, false, ""},
		{"acknowledged by two", 1, []string{"0 1", "0 1"}, true, "acknowledged by 2 members"},
		{"twice at QoS 2", 2, []string{"0 1", "0 1"}, false, "came 2 times"},
		{"twice at QoS 0", 0, []string{"0 1", "0 1"}, false, "came 2 times"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, c := trial(shared, test.qos)
			a.world.streams[0].messages = []message{in}
			deliver(a, test.qos, test.arrivals)
			for _, o := range a.owed {
				a.unconfirmed = append(a.unconfirmed, o.of)
			}
			if test.confirm {
				a.confirm(0, len(a.unconfirmed))
			}
			a.world.judgeShare(0)
			c.want(t, test.want)
		})
	}
}

// What a subscriber sees at once.
func TestComplaintsOnArrival(t *testing.T) {
	publish := func(id mqtt.PacketID, change func(*packet.Publish)) *packet.Publish {
		p := &packet.Publish{Topic: []byte("p/0/x"), QoS: 2, ID: id, Payload: []byte("0 1 ")}
		change(p)
		return p
	}
	same := func(*packet.Publish) {}
	tests := []struct {
		name string
		do   func(a *actor)
		want string
	}{
		{"Receive Maximum", func(a *actor) {
			a.receiveMaximum = 1
			a.receive(publish(1, same))
			a.receive(publish(2, func(p *packet.Publish) { p.Payload = []byte("1 1 ") }))
		}, "Receive Maximum is 1"},
		{"identifier in use", func(a *actor) {
			a.receive(publish(1, same))
			a.receive(publish(1, func(p *packet.Publish) { p.Payload = []byte("1 1 ") }))
		}, "is in use"},
		{"identifiers run away", func(a *actor) { a.receive(publish(65, same)) }, "loses them"},
		{"RETAIN", func(a *actor) {
			a.receive(publish(1, func(p *packet.Publish) { p.Retain = true }))
		}, "retain true"},
		{"unknown topic", func(a *actor) {
			a.receive(publish(1, func(p *packet.Publish) { p.Topic = []byte("q") }))
		}, `got topic "q"`},
		{"unknown Topic Alias", func(a *actor) {
			a.receive(publish(1, func(p *packet.Publish) { p.Properties.SetTopicAlias(3) }))
		}, "Topic Alias 3, maximum is 0"},
		{"again after its PUBACK", func(a *actor) {
			one := func(p *packet.Publish) { p.QoS = 1 }
			a.receive(publish(1, one))
			a.unconfirmed = []copied{a.owed[0].of}
			a.confirm(0, 1)
			a.receive(publish(1, func(p *packet.Publish) { p.QoS, p.Dup = 1, true }))
		}, "after its PUBACK"},
		{"PUBACK out of order", func(a *actor) {
			st := &stream{qos: 1, messages: make([]message, 2)}
			a.under = []exchange{{place: place{st, 0}, id: 1}, {place: place{st, 1}, id: 2}}
			a.acknowledged(packet.Ack{ID: 2})
		}, "none that comes next"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, c := trial(plain, mqtt.ExactlyOnce)
			test.do(a)
			c.want(t, test.want)
		})
	}
}

// What becomes of a will depends on how its connection ended, and on what came next.
func TestVerdictOnWills(t *testing.T) {
	const second, minute = time.Second, time.Minute
	tests := []struct {
		name  string
		delay time.Duration
		do    func(w *will)
		want  verdict
	}{
		{"DISCONNECT", 0, (*will).deleted, never},
		{"cut", 0, func(w *will) { w.ends(true) }, must},
		{"cut, waits", minute, func(w *will) { w.ends(true) }, may},
		{"cut, the Session ends", minute, func(w *will) { w.ends(false) }, must},
		{"cut, resumed in time", minute, func(w *will) { w.ends(true); w.next(true) }, never},
		{"cut, resumed late", second, func(w *will) {
			w.ends(true)
			w.cut = w.cut.Add(-minute)
			w.next(true)
		}, may},
		{"cut, then discarded", minute, func(w *will) { w.ends(true); w.next(false) }, must},
		{"taken over", 0, func(w *will) { w.next(true) }, must},
		{"taken over, waits", minute, func(w *will) { w.next(true) }, never},
		{"taken over by a clean Session", minute, func(w *will) { w.next(false) }, must},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &will{payload: "x", delay: test.delay}
			test.do(w)
			if w.verdict != test.want {
				t.Errorf("it %s be published, want %s", verdicts[w.verdict], verdicts[test.want])
			}
			for seen := range 3 {
				c := &critic{}
				ws := &wills{}
				ws.add(w)
				w.seen = seen
				ws.judge(c.Errorf)
				wrong := seen > 1 || test.want == must && seen == 0 ||
					test.want == never && seen == 1
				if wrong != (len(c.heard) > 0) {
					t.Errorf("published %d times: complaints %q", seen, c.heard)
				}
			}
		})
	}
}

// The oracle's own matching.
func TestMatches(t *testing.T) {
	for filter, names := range map[string]string{
		"a/#": "a a/ a/b a/b/c", "a/+": "a/b a/", "+/b": "a/b /b", "#": "a a/b", "a/b": "a/b",
	} {
		for _, name := range strings.Fields("a a/b a/b/c a/ /b b c/d") {
			want := strings.Contains(" "+names+" ", " "+name+" ") || filter == "#"
			if matches(filter, name) != want {
				t.Errorf("%q matches %q: %v", filter, name, !want)
			}
		}
	}
}
