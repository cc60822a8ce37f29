// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/pkg/timer"
)

// Listener accepts connections on one address, with a socket in every loop; a unix socket has one,
// in loop 0, which hands the connections out in turn.
type Listener struct {
	// Context is the owner's, as given to Listen.
	Context any

	reactor *Reactor
	addr    net.Addr
	shared  bool
	closed  atomic.Bool
	// file is the unix socket's file, to remove it only if it is still ours.
	file os.FileInfo

	mu      sync.Mutex // guards the fd of each socket against Close
	sockets []*listenSocket
}

// listenSocket is what a listener has in one loop, and that loop's own except where it says.
type listenSocket struct {
	listener *Listener
	loop     *Loop
	// fd is written by the loop under listener.mu; -1 when closed.
	fd    int
	index int
	// generation tells this socket's events from those of an earlier one at the same index.
	generation uint32
	// short: the system ran short of something and has not recovered; it has been logged.
	short bool
	// again ends a rest.
	again timer.Timer
}

// Addr is the address listened on, with the port the kernel chose if it was asked to.
func (ln *Listener) Addr() net.Addr { return ln.addr }

// SetNoDelay sets TCP_NODELAY for the connections accepted from now on. From any goroutine.
func (ln *Listener) SetNoDelay(on bool) {
	value := 0
	if on {
		value = 1
	}
	ln.mu.Lock()
	defer ln.mu.Unlock()
	for _, s := range ln.sockets {
		if s.fd >= 0 && !ln.shared {
			_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
		}
	}
}

// Close stops listening: when it returns, no connection is taken in any more, but those already
// accepted stay. From any goroutine; further calls do nothing.
func (ln *Listener) Close() error {
	ln.reactor.mu.Lock()
	delete(ln.reactor.listeners, ln)
	ln.reactor.mu.Unlock()
	ln.close()
	return nil
}

func (ln *Listener) close() {
	if ln.closed.Swap(true) {
		return
	}
	ln.unlink()
	ln.mu.Lock()
	for _, s := range ln.sockets {
		if s.fd >= 0 {
			_ = unix.Shutdown(s.fd, unix.SHUT_RD) // closing it is the loop's business
		}
	}
	ln.mu.Unlock()
	for _, s := range ln.sockets {
		s.loop.Post(command(s.remove), 0)
	}
}

// unlink removes a unix socket's file unless somebody has replaced it.
func (ln *Listener) unlink() {
	if ln.file == nil {
		return
	}
	now, err := os.Lstat(ln.addr.String())
	if err == nil && os.SameFile(now, ln.file) {
		_ = os.Remove(ln.addr.String())
	}
}

// add makes the loop watch a new listening socket.
func (s *listenSocket) add(l *Loop) {
	s.again.Bind(s)
	l.conns.generation++
	s.generation = l.conns.generation
	s.index = l.seatListener(s)
	if err := l.watchListener(s); err != nil {
		l.reactor.log.Error("epoll refuses a listener", "loop", l.index, "error", err)
		l.Timers.Set(&s.again, l.now+int64(acceptRest))
	}
}

// remove closes a listening socket.
func (s *listenSocket) remove(l *Loop) {
	l.Timers.Stop(&s.again)
	l.listening[s.index] = nil
	s.listener.mu.Lock()
	_ = unix.Close(s.fd)
	s.fd = -1
	s.listener.mu.Unlock()
}

func (l *Loop) seatListener(s *listenSocket) int {
	for i, other := range l.listening {
		if other == nil {
			l.listening[i] = s
			return i
		}
	}
	l.listening = append(l.listening, s)
	return len(l.listening) - 1
}

func (l *Loop) watchListener(s *listenSocket) error {
	mark := int32(-1 - s.index)
	return l.control(unix.EPOLL_CTL_ADD, int32(s.fd), unix.EPOLLIN, mark, s.generation)
}

// listener finds the listening socket an event is about; nil when it is gone.
func (l *Loop) listener(index int) *listenSocket {
	if index < len(l.listening) {
		return l.listening[index]
	}
	return nil
}
