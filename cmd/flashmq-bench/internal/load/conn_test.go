// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// pipe returns a loop with one connection that is ready, and the descriptor of its other end.
func pipe(t *testing.T) (l *loop, c *conn, other int) {
	t.Helper()
	r, err := newRun(Options{Scenario: Pairs, Host: "127.0.0.1", Port: 1, Threads: 1, Version: 4})
	if err != nil {
		t.Fatal(err)
	}
	if l, err = r.newLoop(1, 0); err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	c = l.add("")
	c.fd, c.state = pair[0], ready
	if err := l.watch(c, unix.EPOLL_CTL_ADD, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.end()
		unix.Close(pair[1])
	})
	return l, c, pair[1]
}

// What a socket does not take at once leaves later, before what is written after it.
func TestWriteKeepsItsOrder(t *testing.T) {
	t.Parallel()
	l, c, other := pipe(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	l.write(c, large)
	want := bytes.Clone(large)
	b := make([]byte, 10000)
	// Now there is room again, and still the rest has to go first.
	var got []byte
	for range 20 {
		if n, err := unix.Read(other, b); err == nil {
			got = append(got, b[:n]...)
		}
	}
	for i := range 100 {
		l.write(c, []byte{byte(i)})
		want = append(want, byte(i))
	}
	if len(c.out) == 0 || !c.writing {
		t.Fatal("the socket took everything at once")
	}
	for turn := 0; len(got) < len(want) && turn < 10*len(want)/len(b); turn++ {
		n, err := unix.Read(other, b)
		if err == nil {
			got = append(got, b[:n]...)
		}
		l.step(0)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived, want %d, or they are others", len(got), len(want))
	}
	if len(c.out) > 0 || c.writing {
		t.Errorf("%d bytes wait still, writing %v", len(c.out), c.writing)
	}
}

// Packets may arrive in pieces, of any size.
func TestPacketsInPieces(t *testing.T) {
	t.Parallel()
	o := Options{Version: 4, Size: 300}
	m, err := newTemplate(&o, "topic", false)
	if err != nil {
		t.Fatal(err)
	}
	var stream []byte
	const messages = 50
	for n := range uint32(messages) {
		stream = m.stamp(stream, 0, 0, n, 1)
		stream = append(stream, 0xD0, 0) // PINGRESP
	}
	for _, piece := range []int{1, 2, 3, 7, 100, 311, len(stream)} {
		l, c, other := pipe(t)
		g := &group{copies: 1}
		c.hears = &hearing{group: g, from: make([]track, 1)}
		for rest := stream; len(rest) > 0; {
			n, err := unix.Write(other, rest[:min(piece, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			l.step(0)
		}
		for turn := 0; turn < 100 && l.count.pongs < messages; turn++ {
			l.step(0)
		}
		if l.count.received != messages || l.count.pongs != messages || l.count.gaps != 0 ||
			l.count.duplicates != 0 || l.count.closed != 0 || len(c.rest) != 0 {
			t.Errorf("in pieces of %d: %+v, %d bytes left", piece, l.count, len(c.rest))
		}
	}
}

// A client is ready when all it asked for was granted, and a SUBACK that does not answer its
// SUBSCRIBE is none.
func TestSuback(t *testing.T) {
	t.Parallel()
	granted := func(n int) []byte { return make([]byte, n) }
	tests := []struct {
		name    string
		version mqtt.Version
		body    []byte // behind the Packet Identifier
		want    state
		granted int
	}{
		{"the first of two", mqtt.V311, granted(200), asking, 200},
		{"the first of two, 5.0", mqtt.V50, append([]byte{0}, granted(200)...), asking, 200},
		{"with a Reason String", mqtt.V50,
			append([]byte{5, 0x1F, 0, 2, 0x99, 0x99}, granted(200)...), asking, 200},
		{"too few codes", mqtt.V311, granted(199), closed, 0},
		{"too many codes", mqtt.V311, granted(201), closed, 0},
		{"none", mqtt.V311, nil, closed, 0},
		{"the length of properties counts for none", mqtt.V50, granted(200), closed, 0},
		{"no properties", mqtt.V50, nil, closed, 0},
		{"properties that are not there", mqtt.V50, append([]byte{0xFF, 1}, granted(200)...),
			closed, 0},
		{"refused in the middle", mqtt.V311, append(append(granted(9), 0x80), granted(190)...),
			closed, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, c, _ := pipe(t)
			l.options.Topics, l.options.Version, l.five = 201, test.version, test.version == 5
			c.filter, c.hears = topic(l.options, 0, 0), &hearing{group: &group{}}
			l.ready, l.opening, c.state = 0, 1, greeting
			l.ask(c)
			l.suback(c, append([]byte{0, 1}, test.body...))
			if c.state != test.want || c.granted != test.granted {
				t.Fatalf("state %d, %d granted, want %d, %d", c.state, c.granted, test.want,
					test.granted)
			}
			if c.state == closed {
				return
			}
			rest := granted(1)
			if l.five {
				rest = granted(2)
			}
			l.suback(c, append([]byte{0, 2}, rest...))
			if c.state != ready || c.granted != 201 {
				t.Errorf("state %d, %d granted after the last", c.state, c.granted)
			}
			// Nobody asked for this one.
			if l.suback(c, append([]byte{0, 2}, rest...)); c.state != closed {
				t.Errorf("state %d after one too many", c.state)
			}
		})
	}
}

// A broker that sends nonsense is left, and the run does not break.
func TestNonsense(t *testing.T) {
	t.Parallel()
	for _, nonsense := range [][]byte{
		{0x30, 0},                   // PUBLISH without anything
		{0x30, 1, 0},                // without a whole topic length
		{0x30, 3, 0xFF, 0xFF, 'a'},  // with a topic that is not there
		{0x32, 3, 0, 1, 'a'},        // without a Packet Identifier
		{0x20, 1, 0},                // CONNACK of one byte
		{0x40, 0},                   // PUBACK without anything
		{0xE0, 0},                   // DISCONNECT
		{0x30, 0xFF, 0xFF, 0xFF, 1}, // larger than anything it was sent: what follows is read
	} {
		l, c, other := pipe(t)
		c.hears = &hearing{group: &group{copies: 1}, from: make([]track, 1)}
		for range 2 * len(l.in) / len(nonsense) {
			if _, err := unix.Write(other, nonsense); err != nil {
				break
			}
		}
		for turn := 0; turn < 50 && c.state != closed; turn++ {
			l.step(0)
			_, _ = unix.Write(other, make([]byte, 50000))
		}
		if c.state != closed || l.count.closed != 1 || l.failure == nil {
			t.Errorf("%v: state %d, %v", nonsense, c.state, l.failure)
		}
	}
}
