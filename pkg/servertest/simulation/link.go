// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"bufio"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// link is one Network Connection of an actor. A goroutine of its own reads.
type link struct {
	world   *world
	conn    *net.TCPConn
	raw     *rawclient.Client
	packets chan any // closed at the end of the connection
	err     error    // why it ended; valid once packets is closed
	quit    chan struct{}
	once    sync.Once
	// frozen stops reading, as on a machine that has vanished.
	frozen atomic.Bool
	// watched says that the Server may end it because of its Keep Alive.
	watched bool
}

// Ours.
const (
	tinyBuffer  = 4096 // of the kernel, for what an actor does not read
	tinySegment = 536  // of TCP
	ahead       = 16   // packets read and not looked at
)

// dial opens a connection. Some of those that are not brisk read little by little.
func (w *world) dial(random *rand.Rand, v mqtt.Version, brisk bool) *link {
	slow := !brisk && random.IntN(4) == 0
	d := net.Dialer{Timeout: patience}
	if !brisk && random.IntN(2) == 0 {
		d.Control = smallBuffer
	}
	conn, err := d.Dial("tcp", w.server.Addr())
	if err != nil {
		w.failf("connecting: %v", err)
		return nil
	}
	l := &link{world: w, conn: conn.(*net.TCPConn), packets: make(chan any, ahead),
		quit: make(chan struct{})}
	r := &reader{TCPConn: l.conn, link: l, slow: slow,
		random: rand.New(rand.NewPCG(random.Uint64(), 1))}
	r.buffered = bufio.NewReaderSize(readFunc(r.little), 4096)
	l.raw = rawclient.Wrap(lonely{}, r)
	l.raw.Version = v
	w.mourners.Go(l.read)
	return l
}

// smallBuffer makes the kernel hold little, in segments small enough to fit: a sender with larger
// ones would wait for a timer each time.
func smallBuffer(_, _ string, c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = errors.Join(
			syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, tinyBuffer),
			syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, tinySegment))
	}), err)
}

// read hands over packets until the connection ends.
func (l *link) read() {
	defer close(l.packets)
	for {
		p, err := l.raw.TryNext()
		if err != nil {
			l.err = err
			return
		}
		select {
		case l.packets <- p:
		case <-l.quit:
			return
		}
	}
}

// send writes bytes. An error shows at the reading side as well.
func (l *link) send(b []byte) {
	_ = l.conn.SetWriteDeadline(time.Now().Add(patience)) // fails with the write
	if _, err := l.conn.Write(b); errors.Is(err, os.ErrDeadlineExceeded) {
		l.world.failf("the server does not read for %v", patience)
	}
}

// reset ends the connection without a FIN, close with one.
func (l *link) reset() {
	_ = l.conn.SetLinger(0) // an open socket takes it
	l.close()
}

func (l *link) close() {
	l.once.Do(func() {
		l.frozen.Store(false)
		close(l.quit)
		_ = l.conn.Close() // nothing to be heard from it
	})
}

// drain waits until the Server has closed the connection.
func (l *link) drain() {
	end := time.After(patience)
	for open := true; open; {
		select {
		case _, open = <-l.packets:
		case <-end:
			l.world.failf("the server does not close a connection that has ended")
			open = false
		}
	}
	l.close()
}

// mourn waits in the background until the Server has closed a connection of which the actor has
// let go. A DISCONNECT in it must be one of those expected, or tell of the next connection.
func (w *world) mourn(l *link, who string, expected ...mqtt.ReasonCode) {
	l.frozen.Store(false)
	w.mourners.Go(func() {
		defer l.close()
		end := time.After(patience)
		for {
			select {
			case p, ok := <-l.packets:
				if !ok {
					return
				}
				if d, is := p.(*packet.Disconnect); is && d.Code != mqtt.SessionTakenOver &&
					!slices.Contains(expected, d.Code) {
					w.failf("%s: DISCONNECT %v, want %v", who, d.Code, expected)
				}
			case <-end:
				w.failf("%s: the server does not close an ended connection", who)
				return
			}
		}
	})
}

// reader is a socket that is read slowly, or not at all.
type reader struct {
	*net.TCPConn
	link     *link
	buffered *bufio.Reader
	random   *rand.Rand
	slow     bool
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

func (r *reader) Read(b []byte) (int, error) { return r.buffered.Read(b) }

func (r *reader) little(b []byte) (int, error) {
	for r.link.frozen.Load() {
		time.Sleep(time.Millisecond)
	}
	if r.slow && !r.link.world.resting.Load() {
		b = b[:min(len(b), 1+r.random.IntN(600))]
		if r.random.IntN(50) == 0 {
			time.Sleep(time.Duration(r.random.IntN(100)) * time.Millisecond)
		}
		time.Sleep(time.Duration(r.random.IntN(1500)) * time.Microsecond)
	}
	return r.TCPConn.Read(b)
}

// lonely is for connections that end with their actor, not with the test.
type lonely struct{}

func (lonely) Helper()               {}
func (lonely) Cleanup(func())        {}
func (lonely) Fatal(...any)          { panic("simulation: a raw Client gave up") }
func (lonely) Fatalf(string, ...any) { panic("simulation: a raw Client gave up") }
