// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The same work for each implementation. The clients of one benchmark are one goroutine with its
// own epoll, so that they cost as little as they can beside the loop that is measured.

// peers are client sockets in one epoll.
type peers struct {
	epoll  int
	fds    []int
	events []unix.EpollEvent
	buffer []byte
}

func dialPeers(b *testing.B, address string, n int) *peers {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	p := &peers{epoll: epoll, events: make([]unix.EpollEvent, 1024), buffer: make([]byte, 64<<10)}
	b.Cleanup(func() { _ = unix.Close(epoll) })
	for range n {
		nc := connect(b, address)
		_ = nc.SetDeadline(time.Time{})
		raw, err := nc.SyscallConn()
		if err != nil {
			b.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
			err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(fd), &ev)
			p.fds = append(p.fds, int(fd))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return p
}

// read reads what has come, at least something, and says to each socket how much.
func (p *peers) read(each func(fd, n int)) {
	n := epollNow(p.epoll, p.events)
	if n == 0 {
		n, _ = unix.EpollWait(p.epoll, p.events, 1000)
	}
	for _, ev := range p.events[:max(n, 0)] {
		if k, errno := read(ev.Fd, p.buffer); errno == 0 {
			each(int(ev.Fd), k)
		}
	}
}

// BenchmarkEcho: every connection sends 64 bytes again as soon as it has its echo. An operation is
// one echo.
func BenchmarkEcho(b *testing.B) {
	for _, i := range implementations {
		for _, clients := range []int{1, 64, 1000} {
			b.Run(fmt.Sprintf("%s/connections=%d", i.name, clients), func(b *testing.B) {
				p := dialPeers(b, i.serve(b, 1, echo()), clients)
				packet := make([]byte, 64)
				left, waiting := b.N, 0
				b.ReportAllocs()
				b.ResetTimer()
				for _, fd := range p.fds[:min(clients, left)] {
					_, _ = write(int32(fd), packet)
					left--
					waiting++
				}
				for waiting > 0 {
					p.read(func(fd, n int) {
						waiting--
						if left > 0 {
							left--
							waiting++
							_, _ = write(int32(fd), packet)
						}
					})
				}
			})
		}
	}
}

// BenchmarkFanOut: 16 small messages at a time for each of a hundred connections. An operation is
// one message for one connection.
func BenchmarkFanOut(b *testing.B) {
	const clients, burst, size = 100, 16, 64
	for _, i := range implementations {
		b.Run(i.name, func(b *testing.B) {
			var mu sync.Mutex
			var conns []woken
			var opened atomic.Int64
			message := make([]byte, burst*size)
			address := i.serve(b, 1, program{
				opened: func(c woken) []byte {
					mu.Lock()
					defer mu.Unlock()
					conns = append(conns, c)
					opened.Add(1)
					return nil
				},
				// evio cannot be told to send 16 things, only one 16 times as large.
				data: func(woken, []byte) ([]byte, bool) { return message, false },
			})
			p := dialPeers(b, address, clients)
			eventually(b, "all connections", func() bool { return opened.Load() == clients })
			b.ReportAllocs()
			b.ResetTimer()
			for done := 0; done < b.N; done += clients * burst {
				for _, c := range conns {
					c.Wake()
				}
				for got := 0; got < clients*burst*size; {
					p.read(func(_, n int) { got += n })
				}
			}
		})
	}
}

// BenchmarkPost is a batch of mail from another loop, and its share of a turn.
func BenchmarkPost(b *testing.B) {
	var got atomic.Int64
	batch := new(int)
	r, _ := start(b, Options{Loops: 1}, &funcs{mail: func(*Loop, any) { got.Add(1) }})
	l := r.Loops()[0]
	b.ReportAllocs()
	for b.Loop() {
		l.Post(batch, 100)
	}
	b.StopTimer()
	posted := int64(b.N)
	eventually(b, "all mail", func() bool { return got.Load() >= posted })
}

// BenchmarkConnect is a connection's life: accepted, one byte each way, closed.
func BenchmarkConnect(b *testing.B) {
	for _, i := range implementations {
		b.Run(i.name, func(b *testing.B) {
			address := i.serve(b, 1, echo())
			for b.Loop() {
				nc := connect(b, address)
				roundTrip(b, nc, "x")
				_ = nc.SetLinger(0)
				_ = nc.Close()
			}
		})
	}
}
