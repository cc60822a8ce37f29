// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/session"
	"github.com/flashmq/flashmq/pkg/timer"
)

// The way of bytes through a Client:
//
//	Receive    cuts packets, hands each to handle
//	handle     the switch: packet type to handler, one file each
//	fail       turns an error into what the Client is told, and ends the connection
//	Drained    the outbox was written: what had to wait goes on

// Socket is what a Client needs of the connection beneath it. All calls are made on its loop.
type Socket interface {
	// Schedule asks for the outbox to be written at the end of this turn.
	Schedule()
	// Close ends the connection after the outbox was written as far as possible. A nil error says
	// that the Client has sent DISCONNECT.
	Close(err error)
	// Move hands the connection, with bytes it has read but not handled, to another loop. The
	// Client must not be touched again in this one.
	Move(loop int, unread []byte)
	// PauseRead and ResumeRead stop and start reading.
	PauseRead()
	ResumeRead()
	// RemoteAddr is the Client's address, which a proxy may have told.
	RemoteAddr() netip.AddrPort
	// CertifiedName is the user name in the Client's certificate, or why there is none. It is
	// asked for only with Options.Certificate.
	CertifiedName() (string, error)
}

// state of a connection.
type state uint8

const (
	waiting   state = iota // for CONNECT
	connected              // CONNECT was accepted
	closing                // an end was decided; whatever arrives is ignored
	leaving                // on the way to another loop
)

// Client is one Network Connection. It belongs to one loop at a time.
type Client struct {
	loop    *Loop
	socket  Socket
	options *Options
	session *session.Session // nil until connected
	aliases *aliases         // nil until one is used
	out     buffer.Out
	framer  packet.Framer
	timer   timer.Timer // login deadline, then keep alive
	heard   int64       // instant of the last bytes; until CONNECT, of the accept

	answers         int    // bytes of answers that may still be in the outbox
	maxPacket       uint32 // the Client's Maximum Packet Size; 0: none
	keepAlive       uint16 // seconds; 0: off
	aliasMaximum    uint16 // topic aliases we may assign
	unreleased      uint16 // QoS 2 messages of this connection whose PUBREL has not come
	version         mqtt.Version
	state           state
	problemInfo     bool // Request Problem Information
	keepWill        bool // the end is no clean DISCONNECT
	throttled       bool // not read from, because it does not read our answers
	starved         bool // Room said no
	canChangeExpiry bool // Session Expiry Interval of CONNECT was not 0
	scheduled       bool // Socket.Schedule was called and the outbox not written since
}

// Start makes c the Client of a connection that was just accepted on loop at the instant now.
func (c *Client) Start(loop *Loop, s Socket, o *Options, now int64) {
	*c = Client{loop: loop, socket: s, options: o, heard: now, keepWill: true}
	c.framer.Max = o.MaxFirstPacket
	c.timer.Bind(c)
	loop.Shard.Timers.Set(&c.timer, now+o.LoginTimeout)
}

// Arrive goes on in another loop after Socket.Move; the unread bytes come with Receive.
func (c *Client) Arrive(loop *Loop) {
	c.loop, c.state = loop, waiting
	loop.Shard.Timers.Set(&c.timer, c.heard+c.options.LoginTimeout)
}

// SetOptions makes the Client obey other options from now on.
func (c *Client) SetOptions(o *Options) { c.options = o }

// Options are those the Client obeys.
func (c *Client) Options() *Options { return c.options }

// Outbox is what waits to be written.
func (c *Client) Outbox() *buffer.Out { return &c.out }

// Receive takes bytes from the Network Connection. in is borrowed until the return.
func (c *Client) Receive(in []byte) {
	shard := c.loop.Shard
	shard.Count.Add(metrics.BytesReceived, int64(len(in)))
	if c.state == connected {
		c.heard = shard.Now()
	}
	for c.state < closing {
		frame, rest, ok, err := c.framer.Next(shard.Buffers, in)
		if err != nil {
			c.refuseFrame(in, err)
			return
		}
		if !ok {
			if c.state == waiting {
				c.expectConnect(in)
			}
			break
		}
		in = rest
		if err := c.handle(frame, rest); err != nil {
			c.fail(err)
			return
		}
	}
	if c.answers > c.options.WriteLimit && !c.throttled && c.state == connected {
		// It sends but does not read what it is answered. Messages for it are another matter:
		// they are dropped or wait in the queue when the outbox is full.
		c.throttled = true
		c.socket.PauseRead()
	}
}

// handle is the one switch from packet type to handler.
func (c *Client) handle(f packet.Frame, rest []byte) error {
	if c.state == waiting {
		return c.handleFirst(f, rest)
	}
	switch f.Type {
	case packet.PUBLISH:
		return c.handlePublish(f)
	case packet.PUBACK:
		return c.handlePuback(f)
	case packet.PUBREC:
		return c.handlePubrec(f)
	case packet.PUBREL:
		return c.handlePubrel(f)
	case packet.PUBCOMP:
		return c.handlePubcomp(f)
	case packet.SUBSCRIBE:
		return c.handleSubscribe(f)
	case packet.UNSUBSCRIBE:
		return c.handleUnsubscribe(f)
	case packet.PINGREQ:
		return c.handlePingreq(f)
	case packet.DISCONNECT:
		return c.handleDisconnect(f)
	case packet.AUTH:
		return c.handleAuth(f)
	case packet.CONNECT:
		return mqtt.Errorf(mqtt.ProtocolError, "second CONNECT") // [MQTT-3.1.0-2]
	}
	return mqtt.Errorf(mqtt.ProtocolError, "%v is not for Servers", f.Type)
}

// handleFirst insists on CONNECT [MQTT-3.1.0-1].
func (c *Client) handleFirst(f packet.Frame, rest []byte) error {
	c.loop.connect.ClientID = nil
	if f.Type != packet.CONNECT {
		return mqtt.Errorf(mqtt.ProtocolError, "first packet is %v", f.Type)
	}
	return c.handleConnect(f, rest)
}

// expectConnect does not wait for the rest of a first packet that is none [MQTT-3.1.0-1]: a peer
// that speaks another protocol may never send it.
func (c *Client) expectConnect(in []byte) {
	if t, some := c.framer.Pending(); some && t != packet.CONNECT {
		c.refuseFrame(in, mqtt.Errorf(mqtt.ProtocolError, "first packet is %v", t))
	}
}

// decoder returns what decodes this connection's packets. It is the loop's, and set up anew only
// when the packet before came from a Client of another version or other options.
func (c *Client) decoder() *packet.Decoder {
	l := c.loop
	if l.decoding != c.options || l.decoder.Version != c.version {
		l.decoding = c.options
		l.decoder = packet.Decoder{
			Version: c.version, Server: true, MaxString: c.options.MaxString,
			MaxUserProperties: c.options.MaxUserProperties, MaxFilters: c.options.MaxFilters,
		}
	}
	return &l.decoder
}

// refuseFrame fails because of bytes that cannot become a packet. When it is the first packet and
// a CONNECT that is too large, its version is looked at so that the Client can be told.
func (c *Client) refuseFrame(in []byte, err error) {
	if c.state == waiting {
		c.loop.connect.ClientID = nil
		c.version = packet.PeekVersion(in)
		if guess := c.options.Guess; guess != nil {
			if speaks := guess(in); speaks != "" && speaks != "MQTT" {
				err = mqtt.Errorf(mqtt.MalformedPacket,
					"this listener expects MQTT but the peer speaks %s", speaks)
			}
		}
	}
	c.fail(err)
}

// fail ends the connection because of err, telling the Client if its version can be told.
func (c *Client) fail(err error) {
	var reason *mqtt.ReasonError
	if !errors.As(err, &reason) {
		reason = &mqtt.ReasonError{Code: mqtt.UnspecifiedError, Reason: err.Error()}
	}
	switch {
	case c.state == connected:
		c.loop.Shard.Count.Add(metrics.ProtocolErrors, 1)
		c.sendDisconnect(reason)
	case c.version != 0 || reason.Code == mqtt.UnsupportedProtocolVersion: // even level 0
		c.loop.Shard.Count.Add(metrics.ConnectsRefused, 1)
		c.logRefusal(reason)
		c.refuse(reason)
	default:
		c.loop.Shard.Count.Add(metrics.ProtocolErrors, 1)
		c.logRefusal(reason)
	}
	c.end(reason)
}

// logRefusal writes the one line about a connection that never got a Session.
func (c *Client) logRefusal(reason *mqtt.ReasonError) {
	if c.loop.Log.Enabled(context.Background(), slog.LevelInfo) {
		c.loop.Log.Info("client refused", "client", string(c.loop.connect.ClientID),
			"address", c.address(), "reason", reason.Error())
	}
}

// end lets go of the Session and closes the connection.
func (c *Client) end(reason error) {
	c.state = closing
	c.logEnd(reason)
	c.letGo()
	c.socket.Close(reason)
}

// logEnd writes the one line about the end of a connection, if there was a Session on it.
func (c *Client) logEnd(reason error) {
	if c.session == nil || !c.loop.Log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	why := "DISCONNECT"
	if reason != nil {
		why = reason.Error()
	}
	c.loop.Log.Info("client disconnected", "client", string(c.session.ID), "reason", why)
}

// address is the peer's, for logs.
func (c *Client) address() string {
	if a := c.socket.RemoteAddr(); a.IsValid() {
		return a.String()
	}
	return "unix socket"
}

// letGo separates the Client from its Session and its timer.
func (c *Client) letGo() {
	shard := c.loop.Shard
	shard.Timers.Stop(&c.timer)
	if s := c.session; s != nil {
		c.session = nil
		shard.Disconnected(s, c, c.keepWill)
	}
}

// Closed tells that the connection is gone, whoever ended it, because of reason.
func (c *Client) Closed(reason error) {
	c.state = closing
	c.logEnd(reason)
	c.letGo()
	c.framer.Release(c.loop.Shard.Buffers)
	c.out.Reset(c.loop.Shard.Buffers)
}

// Connected reports whether CONNECT was accepted and the connection is not about to end.
func (c *Client) Connected() bool { return c.state == connected }

// Shutdown ends the connection because the server stops [MQTT-3.14.4-1], after the broker has
// published the wills by itself. reference names a server to use instead; it may be empty.
func (c *Client) Shutdown(reference string) {
	c.keepWill = false
	c.Dismiss(reference)
}

// Dismiss ends the connection because the server is about to stop. That is no DISCONNECT of the
// Client, so its will is published (3.1.2.5). reference is as of Shutdown.
func (c *Client) Dismiss(reference string) {
	switch c.state {
	case connected:
		code := c.sendFarewell(reference)
		c.end(&mqtt.ReasonError{Code: code})
	case waiting:
		c.end(&mqtt.ReasonError{Code: mqtt.ServerShuttingDown})
	}
}

// Drained tells that n bytes of the outbox were written; what had to wait for room goes on.
func (c *Client) Drained(n int) {
	c.scheduled = false
	c.loop.Shard.Count.Add(metrics.BytesSent, int64(n))
	c.answers = min(c.answers, c.out.Len())
	if c.out.Len() > c.options.WriteLimit/2 {
		return
	}
	if c.throttled {
		c.throttled = false
		c.socket.ResumeRead()
	}
	if c.starved {
		c.starved = false
		if c.session != nil {
			c.loop.Shard.Pump(c.session)
		}
	}
}

// answer takes back the outbox's tail with an answer appended to it at the position at.
func (c *Client) answer(out []byte, at int) {
	c.answers += len(out) - at
	c.out.Commit(out)
	c.schedule()
}

// schedule has the outbox written at the end of this turn.
func (c *Client) schedule() {
	if !c.scheduled {
		c.scheduled = true
		c.socket.Schedule()
	}
}
