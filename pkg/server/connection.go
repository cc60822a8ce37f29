// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"errors"

	"github.com/flashmq/flashmq/pkg/client"
	"github.com/flashmq/flashmq/pkg/reactor"
)

// connection joins a socket and its Client; it is the Client's client.Socket.
type connection struct {
	*reactor.Conn
	client     client.Client
	next, prev *connection // neighbours in loop.open
}

// own returns what the server keeps for c; nil when it was not taken in.
func own(c *reactor.Conn) *connection {
	switch x := c.Context.(type) {
	case *connection:
		return x
	case *layered:
		return &x.connection
	}
	return nil
}

// errNoCertificate is what the Client is told who needs a certificate and has shown none.
var errNoCertificate = errors.New("no client certificate")

// CertifiedName implements client.Socket. There is no TLS here.
func (x *connection) CertifiedName() (string, error) { return "", errNoCertificate }

// Move implements client.Socket.
func (x *connection) Move(loop int, unread []byte) {
	l := of(x.Loop())
	l.remove(x)
	x.Conn.Move(l.reactor.Loops()[loop], unread)
}

// Close implements client.Socket. Without an error it was the Client that said DISCONNECT.
func (x *connection) Close(err error) {
	if err == nil {
		x.Conn.CloseAfterFarewell(nil)
		return
	}
	x.Conn.Close(err)
}

// add lists a connection as one of the loop's.
func (l *loop) add(x *connection) {
	x.prev, x.next = nil, l.open
	if l.open != nil {
		l.open.prev = x
	}
	l.open = x
}

// shutdown ends the connections of the Clients that which picks. reference names a server to use
// instead.
func (l *loop) shutdown(reference string, which func(c *client.Client) bool) {
	for x := l.open; x != nil; x = x.next {
		if which(&x.client) {
			x.client.Shutdown(reference)
		}
	}
}

// renewClients hands the options of their doors to the loop's open connections, after a reload.
func (l *loop) renewClients() {
	type origin struct {
		options *client.Options
		door    *door
	}
	renewed := map[origin]*client.Options{}
	for x := l.open; x != nil; x = x.next {
		from := origin{x.client.Options(), x.Listener().Context.(*door)}
		if renewed[from] == nil {
			renewed[from] = from.options.Renew(from.door.rules.Load().options)
		}
		x.client.SetOptions(renewed[from])
	}
}

func (l *loop) remove(x *connection) {
	if x.prev != nil {
		x.prev.next = x.next
	} else if l.open == x {
		l.open = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	}
	x.prev, x.next = nil, nil
}
