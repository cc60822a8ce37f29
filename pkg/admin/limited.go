// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"net"
	"sync"
)

// limited is a listener with room for some connections; further ones wait in the backlog.
type limited struct {
	net.Listener
	room   chan struct{}
	closed chan struct{}
	close  func() error
}

func limit(l net.Listener, connections int) *limited {
	x := &limited{Listener: l, room: make(chan struct{}, connections),
		closed: make(chan struct{})}
	x.close = sync.OnceValue(func() error {
		close(x.closed)
		return l.Close()
	})
	return x
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &guest{Conn: c, leave: sync.OnceFunc(func() { <-l.room })}, nil
}

// Close implements net.Listener.
func (l *limited) Close() error { return l.close() }

// guest gives its place back.
type guest struct {
	net.Conn
	leave func()
}

func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}
