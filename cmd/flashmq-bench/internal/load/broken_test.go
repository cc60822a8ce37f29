// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// broken is a broker of a few lines that does something wrong. It forwards messages as they come
// to subscribers of exactly their topic.
type broken struct {
	mu      sync.Mutex
	members map[string][]net.Conn
	count   int
	// deliver returns what becomes of the n-th message, counted from 0.
	deliver func(n int, publish []byte) [][]byte
	connack []byte
	silent  bool // sends no PUBACK
	// grant returns the return code for a Topic Filter; nil: it is granted.
	grant func(filter string) mqtt.ReasonCode
	asked []int // Topic Filters of each SUBSCRIBE
}

func (b *broken) start(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.members = map[string][]net.Conn{}
	if b.connack == nil {
		b.connack = []byte{0x20, 2, 0, 0}
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { b.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().(*net.TCPAddr)
}

// serve ends when the client is gone.
func (b *broken) serve(c net.Conn) {
	defer c.Close()
	in := make([]byte, 0, 1<<20)
	for {
		n, err := c.Read(in[len(in):cap(in)])
		if err != nil {
			return
		}
		in = in[:len(in)+n]
		for {
			var framer packet.Framer
			length, body := longLength(in, 1)
			if body == 0 || len(in) < body+length {
				break
			}
			frame, _, _, err := framer.Next(nil, in[:body+length])
			if err != nil {
				return
			}
			b.handle(c, frame)
			in = in[:copy(in, in[len(frame.Raw):])]
		}
	}
}

func (b *broken) handle(c net.Conn, f packet.Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := packet.Decoder{Version: mqtt.V311}
	switch f.Type {
	case packet.CONNECT:
		c.Write(b.connack)
	case packet.SUBSCRIBE:
		var s packet.Subscribe
		if d.Subscribe(f, &s) == nil {
			b.subscribe(c, &s)
		}
	case packet.PUBLISH:
		var p packet.Publish
		if d.Publish(f, &p) != nil {
			return
		}
		for _, out := range b.deliver(b.count, f.Raw) {
			for _, member := range b.members[string(p.Topic)] {
				member.Write(out)
			}
		}
		b.count++
		if p.QoS == mqtt.AtLeastOnce && !b.silent {
			c.Write([]byte{0x40, 2, byte(p.ID >> 8), byte(p.ID)})
		}
	case packet.DISCONNECT:
		c.Close()
	}
}

// subscribe answers SUBSCRIBE.
func (b *broken) subscribe(c net.Conn, s *packet.Subscribe) {
	ack := packet.Suback{ID: s.ID}
	for i := range s.Subscriptions {
		filter := strings.Clone(s.Subscriptions[i].Filter) // it borrows from the packet
		b.members[filter] = append(b.members[filter], c)
		code := mqtt.Success
		if b.grant != nil {
			code = b.grant(filter)
		}
		ack.Codes = append(ack.Codes, code)
	}
	b.asked = append(b.asked, len(ack.Codes))
	if out, err := packet.AppendSuback(nil, mqtt.V311, &ack); err == nil {
		c.Write(out)
	}
}

func try(t *testing.T, b *broken, change func(*Options)) (*result.Result, error) {
	t.Helper()
	to := b.start(t)
	o := Options{Scenario: Fanout, Host: "127.0.0.1", Port: to.Port, Version: mqtt.V311, Size: 16,
		Groups: 1, Publishers: 1, Subscribers: 2, Window: 64, Batch: 1, Threads: 1, Rate: 2000,
		Duration: 100 * time.Millisecond, Deadline: 20 * time.Second, SourceAddresses: 1}
	if change != nil {
		change(&o)
	}
	r, _, err := Run(context.Background(), o)
	return r, err
}

// What a broker does wrong is counted as what it is.
func TestWrongsAreCounted(t *testing.T) {
	t.Parallel()
	var held []byte
	tests := []struct {
		name    string
		deliver func(n int, publish []byte) [][]byte
		// What should be counted, for so many messages and two subscribers.
		want func(n int64) result.Messages
	}{
		{"nothing", forward,
			func(n int64) result.Messages { return result.Messages{Delivered: 2 * n} }},
		{"every tenth is lost", func(n int, p []byte) [][]byte {
			if n%10 == 3 {
				return nil
			}
			return [][]byte{p}
		}, func(n int64) result.Messages {
			lost := 2 * ((n + 6) / 10)
			return result.Messages{Delivered: 2*n - lost, Lost: lost}
		}},
		{"every tenth comes twice", func(n int, p []byte) [][]byte {
			if n%10 == 3 {
				return [][]byte{p, p}
			}
			return [][]byte{p}
		}, func(n int64) result.Messages {
			twice := 2 * ((n + 6) / 10)
			return result.Messages{Delivered: 2*n + twice, Duplicates: twice}
		}},
		{"the fifth comes after the sixth", func(n int, p []byte) [][]byte {
			switch n {
			case 5:
				held = append([]byte(nil), p...)
				return nil
			case 6:
				return [][]byte{p, held}
			}
			return [][]byte{p}
		}, func(n int64) result.Messages {
			return result.Messages{Delivered: 2 * n, Reordered: 2}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := try(t, &broken{deliver: test.deliver}, nil)
			if err != nil {
				t.Fatal(err)
			}
			m := r.Messages
			want := test.want(m.Sent)
			want.Sent, want.Expected, want.Unsent = m.Sent, 2*m.Sent, m.Unsent
			if m != want || m.Sent < 20 {
				t.Errorf("%+v, want %+v", m, want)
			}
		})
	}
}

// forward delivers everything.
func forward(_ int, p []byte) [][]byte { return [][]byte{p} }

// Latency at a fixed rate counts from when messages were due: a broker that holds up a publisher
// for a while has the waiting counted of all that were due meanwhile, not only of those under way.
func TestStandstillIsCounted(t *testing.T) {
	t.Parallel()
	const pause, window = 60 * time.Millisecond, 4
	b := &broken{deliver: func(n int, p []byte) [][]byte {
		if n == 40 {
			time.Sleep(pause)
		}
		return forward(n, p)
	}}
	r, err := try(t, b, func(o *Options) {
		o.Window, o.QoS, o.Duration = window, mqtt.AtLeastOnce, 200*time.Millisecond
	})
	if err != nil {
		t.Fatal(err)
	}
	late := int64(0)
	for _, step := range r.Latency.Curve {
		if step.Value < float64(pause.Microseconds())/4 {
			late = r.Latency.Count - step.Count
		}
	}
	// 120 were due meanwhile, most of them early enough; each has two subscribers.
	if late < 100 || r.Latency.Max < float64(pause.Microseconds()) {
		t.Errorf("%d of %d messages are late, the latest by %f us", late, r.Latency.Count,
			r.Latency.Max)
	}
}

// Above QoS 0 no more messages are under way than the window says, at a fixed rate, too.
func TestWindowOfAcknowledgements(t *testing.T) {
	t.Parallel()
	r, err := try(t, &broken{deliver: forward, silent: true}, func(o *Options) {
		o.Window, o.QoS = 4, mqtt.AtLeastOnce
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Messages; m.Sent != 4 || m.Delivered != 8 || m.Unsent < 50 {
		t.Errorf("%+v", m)
	}
}

// A closed loop that does not get on writes off what is missing and goes on.
func TestStuckLoopIsStartedAgain(t *testing.T) {
	t.Parallel()
	b := &broken{deliver: func(n int, p []byte) [][]byte {
		if n < 8 {
			return nil
		}
		return [][]byte{p}
	}}
	r, err := try(t, b, func(o *Options) {
		o.Rate, o.Window, o.Duration = 0, 8, 3*time.Second
	})
	if err != nil {
		t.Fatal(err)
	}
	m := r.Messages
	if m.Stalls != 1 || m.Lost != 16 || m.Delivered == 0 {
		t.Errorf("%+v", m)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	_, err := try(t, &broken{connack: []byte{0x20, 2, 0, 5}}, nil)
	if err == nil || !strings.Contains(err.Error(), "the broker refuses: not authorized") {
		t.Errorf("%v", err)
	}
}

// Many topics are asked for with several SUBSCRIBE packets, and are published to in turn.
func TestManyTopics(t *testing.T) {
	t.Parallel()
	const topics = 201
	var got []string
	b := &broken{deliver: func(_ int, p []byte) [][]byte {
		length := int(p[3]) // behind a fixed header of two bytes
		got = append(got, string(p[4:4+length]))
		return [][]byte{p}
	}}
	r, err := try(t, b, func(o *Options) {
		o.Scenario, o.Subscribers, o.Topics = Pairs, 1, topics
		o.Duration = 200 * time.Millisecond // each topic has its turn, some a second one
	})
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if want := []int{200, 1}; !slices.Equal(b.asked, want) {
		t.Errorf("SUBSCRIBE packets of %v Topic Filters, want %v", b.asked, want)
	}
	if m := r.Messages; m.Sent < 20 || m.Delivered != m.Sent || m.Reordered > 0 {
		t.Errorf("%+v", m)
	}
	for n, name := range got {
		if want := topic(&Options{Topics: topics}, 0, n%topics); name != want {
			t.Fatalf("message %d went to %q, want %q", n, name, want)
		}
	}
}

// One refusal among many subscriptions ends the run, in whichever SUBACK and place it is.
func TestRefusedSubscription(t *testing.T) {
	t.Parallel()
	for _, number := range []int{0, 7, 199, 200, 250, 449} {
		o := Options{Topics: 450, Filters: Mixed}
		refused := subscription(&o, 0, number)
		_, err := try(t, &broken{grant: func(filter string) mqtt.ReasonCode {
			if filter == refused {
				return mqtt.UnspecifiedError
			}
			return mqtt.Success
		}, deliver: forward}, func(o *Options) {
			o.Scenario, o.Subscribers, o.Topics, o.Filters = Pairs, 1, 450, Mixed
		})
		if err == nil || !strings.Contains(err.Error(), "the broker refuses: unspecified error") {
			t.Errorf("number %d: %v", number, err)
		}
	}
}

// A broker that never answers does not keep the run beyond its deadline.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for _, scenario := range []Scenario{Fanout, Idle, Retained, Offline, Storm} {
		_, err := try(t, &broken{connack: []byte{}}, func(o *Options) {
			o.Scenario, o.Deadline, o.Duration = scenario, 50*time.Millisecond, 20*time.Millisecond
			o.Clients, o.Messages = 2, 10
		})
		late := err != nil && strings.Contains(err.Error(), "deadline has passed")
		if err == nil || scenario != Storm && !late {
			t.Errorf("%s: %v", scenario, err)
		}
	}
}
