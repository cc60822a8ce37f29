// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/reactor"
	"github.com/flashmq/flashmq/pkg/timer"
	"github.com/flashmq/flashmq/pkg/transport"
)

// layered is a connection with layers between its socket and its Client: the PROXY protocol, TLS,
// WebSocket. It is the layers' transport.Upper. What an idle one does not need is behind pointers.
type layered struct {
	connection
	stack transport.Stack
	entry *entry // nil: the layers have said all about themselves
	told  *told  // nil: they had nothing to tell about the Client
	// moving, not nil while the Client goes to another loop, are bytes it has not taken.
	moving *[]byte

	held     bool // reading pauses for the handshake
	farewell bool // Close was called: the layers say goodbye when all is sent
	gone     bool // Closed was called
	counted  bool // what ended it was counted
}

// told is what the layers have told about the Client.
type told struct {
	// address is the Client's when a proxy has told it.
	address netip.AddrPort
	// name is the user name in the Client's certificate, unless unnamed says why there is none.
	name    string
	unnamed error
}

// entry is what a connection needs while its layers still talk to the peer about themselves.
type entry struct {
	x     *layered // nil when it is over: x may be on another loop then
	rules *rules
	timer timer.Timer
	// stage is what ends at the deadline.
	stage    transport.Reason
	deadline int64
	// What is still known when the connection is no more; it has not moved before.
	loop     *reactor.Loop
	listener net.Addr
	peer     netip.AddrPort
}

// Reasons of ours, beside those of the layers.
const (
	proxyTimeout   transport.Reason = "proxy_timeout"   // the PROXY header did not come in time
	proxyUntrusted transport.Reason = "proxy_untrusted" // it came from a peer that is not trusted
	tlsTimeout     transport.Reason = "tls_timeout"     // the handshake did not end in time
)

// openLayered takes in a connection whose listener has layers.
func (s *Server) openLayered(c *reactor.Conn, r *rules) {
	loop, l := c.Loop(), of(c.Loop())
	x := &layered{connection: connection{Conn: c}}
	e := &entry{x: x, rules: r, loop: loop, listener: c.Listener().Addr(), peer: c.RemoteAddr()}
	e.timer.Bind(e)
	x.entry, c.Context = e, x
	var notify func()
	if r.layers.TLS != nil {
		notify = func() { loop.Post(e, 0) }
	}
	x.stack.Start(r.layers, x, notify)
	l.add(&x.connection)
	x.client.Start(l.clients, x, r.options, loop.Now())
	switch {
	case r.layers.Proxy != nil && !r.block.TrustsProxy(c.RemoteAddr().Addr()):
		x.door().headers.untrusted.Add(1)
		x.giveUp(&transport.Error{Reason: proxyUntrusted,
			Err: errors.New("this peer may not send a PROXY header (haproxy_trusted_from)")})
	case r.layers.Proxy != nil:
		e.limit(proxyTimeout, r.block.HAProxyHeaderTimeout)
	case r.layers.TLS != nil:
		e.limit(tlsTimeout, r.block.TLSHandshakeTimeout)
	}
}

// limit gives the present stage so much time.
func (e *entry) limit(stage transport.Reason, time time.Duration) {
	now := e.loop.Now()
	e.stage, e.deadline = stage, now+int64(time)
	e.setTimer(now)
}

func (e *entry) setTimer(now int64) {
	of(e.loop).shard.Timers.Set(&e.timer, min(e.deadline, now+int64(time.Second)))
}

func (e *entry) stopTimer() { of(e.loop).shard.Timers.Stop(&e.timer) }

// Expire implements timer.Expirer.
func (e *entry) Expire(_ *timer.Timer, now int64) {
	if now < e.deadline {
		e.x.stack.Remind(now)
		e.setTimer(now)
		return
	}
	e.x.giveUp(&transport.Error{Reason: e.stage, Err: errors.New("nothing useful came in time")})
}

// receive takes bytes from the socket.
func (x *layered) receive(in []byte) {
	x.after(x.stack.Receive(x.layers(), in, x.Loop().Now()))
}

// settle is called when a handshake of TLS has something to say, or has ended; maybe once more
// after that.
func (e *entry) settle() {
	x := e.x
	if x == nil {
		return
	}
	if x.gone {
		x.inquest()
		return
	}
	of(x.Loop()).shard.Turn(x.Loop().Now())
	x.after(x.stack.Settle(x.layers()))
}

// resume goes on after a move.
func (x *layered) resume() {
	unread := *x.moving
	x.moving = nil
	if x.client.Receive(unread); x.moving != nil {
		return
	}
	x.after(x.stack.Resume(x.layers()))
}

// after does what every turn of the layers ends with.
func (x *layered) after(err error) {
	switch {
	case err != nil:
		x.giveUp(err)
	case x.stack.Congested() != x.held:
		if x.held = !x.held; x.held {
			x.PauseRead()
		} else {
			x.ResumeRead()
		}
	}
	if x.entry != nil && x.stack.Ready() {
		x.entry.x, x.entry = nil, nil
	}
	if x.stack.Wire().Len() > 0 || x.stack.Unsent() {
		x.Schedule()
	}
}

// giveUp ends the connection because of a layer.
func (x *layered) giveUp(err error) {
	var why *transport.Error
	switch {
	case !errors.As(err, &why):
	case why.Reason == transport.WebSocketClosed, why.Reason == transport.ACMERedirected:
		err = io.EOF // as if the socket had been closed without DISCONNECT
	default:
		x.count(why)
	}
	x.farewell = true
	x.Conn.Close(err)
}

// count notes, once, why the connection is given up.
func (x *layered) count(why *transport.Error) {
	if x.counted {
		return
	}
	x.counted = true
	if why.Reason == transport.ProxyMissing {
		x.door().headers.absent.Add(1)
	}
	if e := x.entry; e != nil {
		of(e.loop).server.refuse(e.loop, e.listener, x.RemoteAddr(), why)
		return
	}
	of(x.Loop()).server.refuse(x.Loop(), x.Listener().Addr(), x.RemoteAddr(), why)
}

// door is where the connection, which is still open, came in.
func (x *layered) door() *door { return x.Listener().Context.(*door) }

// Remote implements transport.Upper.
func (x *layered) Remote() netip.Addr { return x.RemoteAddr().Addr() }

// Proxied implements transport.Upper.
func (x *layered) Proxied(h *transport.ProxyHeader) error {
	x.entry.stopTimer()
	block := x.entry.rules.block
	x.door().headers.count(h)
	if h.Source.IsValid() {
		x.tell().address = h.Source
	}
	if !block.Admits(x.RemoteAddr().Addr()) {
		return errAddressDenied
	}
	if block.HAProxy.Verifies() && h.TLS != nil && h.TLS.CommonName != "" {
		x.tell().name, x.tell().unnamed = h.TLS.CommonName, nil
	}
	if x.entry.rules.layers.TLS != nil {
		x.entry.limit(tlsTimeout, block.TLSHandshakeTimeout)
	}
	return nil
}

// Secured implements transport.Upper.
func (x *layered) Secured(state *tls.ConnectionState) error {
	x.entry.stopTimer()
	r := x.entry.rules
	shown := len(state.PeerCertificates) > 0
	switch {
	case shown && r.block.CertificateNames():
		x.tell().name, x.tell().unnamed = r.identity.Of(state.PeerCertificates[0])
	case !shown && r.block.VerifiesClients() && !r.block.CertificateNames():
		// Nobody asks for a name later on, so that its lack would not be noticed.
		return &transport.Error{Reason: transport.TLSCertificate, Err: errNoCertificate}
	}
	return nil
}

// Upgraded implements transport.Upper.
func (x *layered) Upgraded(client netip.Addr) error {
	if client.IsValid() {
		x.tell().address = netip.AddrPortFrom(client, 0)
	}
	return nil
}

// tell returns where to write what the layers tell.
func (x *layered) tell() *told {
	if x.told == nil {
		x.told = &told{unnamed: errNoCertificate}
	}
	return x.told
}

// Receive implements transport.Upper.
func (x *layered) Receive(in []byte) bool {
	x.client.Receive(in)
	return x.moving == nil
}

// RemoteAddr implements client.Socket.
func (x *layered) RemoteAddr() netip.AddrPort {
	switch {
	case x.told != nil && x.told.address.IsValid():
		return x.told.address
	case x.entry != nil:
		return x.entry.peer
	}
	return x.Conn.RemoteAddr()
}

// CertifiedName implements client.Socket.
func (x *layered) CertifiedName() (string, error) {
	if x.told == nil {
		return "", errNoCertificate
	}
	return x.told.name, x.told.unnamed
}

// Move implements client.Socket. The Client's unread bytes are plain, and so do not go the way of
// those from the socket again.
func (x *layered) Move(loop int, unread []byte) {
	kept := append([]byte(nil), unread...)
	x.moving = &kept
	x.connection.Move(loop, nil)
}

// Close implements client.Socket.
func (x *layered) Close(err error) {
	x.farewell = true
	x.connection.Close(err)
}

// flush writes what the layers have made of the Client's output.
func (x *layered) flush() {
	l := x.layers()
	wire, out := x.stack.Wire(), x.client.Outbox()
	for round := 0; x.Send(wire) == nil && wire.Len() == 0; round++ {
		if round == maxRounds {
			x.Schedule() // goes on in the next turn
			break
		}
		if !x.wrap(l, out) {
			break
		}
	}
	if x.farewell && wire.Len() == 0 && out.Len() == 0 {
		x.stack.Close(l)
		_ = x.Send(wire)
	}
	if of(x.Loop()).shard.Busy() {
		x.Loop().Again() // room for a replay that waited for it
	}
}

// Ours: a Flush makes at most so many writes.
const maxRounds = 8

// wrap hands some of the Client's output to the layers, and tells whether anything is to be
// written.
func (x *layered) wrap(l *transport.Loop, out *buffer.Out) bool {
	before := out.Len()
	if before == 0 && !x.stack.Unsent() {
		return false
	}
	if err := x.stack.Send(l, out); err != nil {
		x.giveUp(err)
		return false
	}
	if before > out.Len() {
		x.client.Drained(before - out.Len())
	}
	return x.stack.Wire().Len() > 0
}

// closed is the end. A peer that refuses our certificate says so and is gone: the handshake that is
// under way has still to find that out.
func (x *layered) closed() {
	x.gone = true
	if x.entry != nil {
		x.entry.stopTimer()
	}
	if x.stack.End() {
		return
	}
	x.stack.Reset(x.layers())
}

// inquest counts why a handshake has failed whose connection is no more.
func (x *layered) inquest() {
	l := of(x.entry.loop).layers
	var why *transport.Error
	if errors.As(x.stack.Verdict(l), &why) {
		x.count(why)
	}
	x.stack.Reset(l)
}

// layers is what the layers of the loop share.
func (x *layered) layers() *transport.Loop { return of(x.Loop()).layers }
