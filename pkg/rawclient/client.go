// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Patience bounds every wait of a Client. It is long because it only ends tests that fail.
const Patience = 60 * time.Second

// TB is the part of testing.TB that a Client needs, so that programs that test can use it, too.
type TB interface {
	Helper()
	Cleanup(func())
	Fatal(...any)
	// Fatalf does not return: it ends the goroutine.
	Fatalf(format string, a ...any)
}

// Client is a raw socket with a decoder. Its methods end the test when something else happens
// than what they wait for. It belongs to one goroutine at a time; where that is not the test's
// own, methods end that goroutine only, so whoever waits for it must use defer.
type Client struct {
	net.Conn
	// Version is what packets are encoded and decoded for.
	Version mqtt.Version
	// Wait bounds each wait for the server; Patience if 0.
	Wait time.Duration

	tb     TB
	aside  []any // packets Await passed over
	lastID mqtt.PacketID
}

// Dial opens a connection. Nothing is sent. It is closed when the test ends.
func Dial(tb TB, network, address string) *Client {
	tb.Helper()
	c, err := TryDial(tb, network, address)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// TryDial is Dial where the server may refuse the connection, which package net sometimes hears
// before it has handed it over.
func TryDial(tb TB, network, address string) (*Client, error) {
	conn, err := net.DialTimeout(network, address, Patience)
	if err != nil {
		return nil, err
	}
	return Wrap(tb, conn), nil
}

// Wrap makes a Client of a connection that the test opened in a way of its own.
func Wrap(tb TB, conn net.Conn) *Client {
	tb.Cleanup(func() { _ = conn.Close() }) // usually the second time
	return &Client{Conn: conn, Version: mqtt.V50, tb: tb}
}

// Send writes bytes, which stay the caller's.
func (c *Client) Send(b []byte) {
	c.tb.Helper()
	if err := c.TrySend(b); err != nil {
		c.tb.Fatalf("sending %d bytes: %v", len(b), err)
	}
}

// TrySend is Send for connections that the server may close at any time.
func (c *Client) TrySend(b []byte) error {
	if err := c.SetWriteDeadline(c.deadline()); err != nil {
		return err
	}
	_, err := c.Write(b)
	return err
}

// deadline is when a wait that begins now ends.
func (c *Client) deadline() time.Time {
	if c.Wait == 0 {
		return time.Now().Add(Patience)
	}
	return time.Now().Add(c.Wait)
}

// Next returns the next packet, decoded: a pointer to a struct of pkg/packet or of this
// one. Its slices stay valid.
func (c *Client) Next() any {
	c.tb.Helper()
	p, err := c.TryNext()
	if err != nil {
		c.tb.Fatalf("waiting for a packet: %v", err)
	}
	return p
}

// TryNext is Next for connections that the server may close at any time.
func (c *Client) TryNext() (any, error) {
	if len(c.aside) > 0 {
		p := c.aside[0]
		c.aside = c.aside[1:]
		return p, nil
	}
	return c.receive()
}

func (c *Client) receive() (any, error) {
	raw, err := c.NextRaw()
	if err != nil {
		return nil, err
	}
	return decode(c.Version, raw)
}

// NextRaw reads one packet and returns its bytes, which are the caller's. Packets that Await put
// aside are not looked at.
func (c *Client) NextRaw() ([]byte, error) {
	if err := c.SetReadDeadline(c.deadline()); err != nil {
		return nil, err
	}
	head := make([]byte, 2, 5)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	length, shift := int(head[1]&0x7f), 0
	for head[len(head)-1]&0x80 != 0 {
		if len(head) == 5 {
			return nil, errLength
		}
		shift += 7
		head = head[:len(head)+1]
		if _, err := io.ReadFull(c, head[len(head)-1:]); err != nil {
			return nil, err
		}
		length |= int(head[len(head)-1]&0x7f) << shift
	}
	raw := make([]byte, len(head)+length)
	copy(raw, head)
	_, err := io.ReadFull(c, raw[len(head):])
	return raw, err
}

var errLength = errors.New("rawclient: Remaining Length of more than four bytes")

// ExpectClosed waits for the server to close the connection. Any packet before that is an error;
// bytes still on their way from us may turn the end into a reset.
func (c *Client) ExpectClosed() {
	c.tb.Helper()
	p, err := c.TryNext()
	switch {
	case err == nil:
		c.tb.Fatalf("got %s instead of the end of the connection", Describe(p))
	case !Ended(err):
		c.tb.Fatalf("waiting for the end of the connection: %v", err)
	}
	_ = c.Close() // our side of it
}

// Ended tells the end of a connection, which an error of TryNext may be, from a deadline that
// passed and from bytes that are no packet.
func Ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE)
}

// Drain reads and throws away everything until the connection ends, and returns how many bytes
// that were. It is for connections whose packets do not matter.
func (c *Client) Drain() int64 {
	c.tb.Helper()
	if err := c.SetReadDeadline(c.deadline()); err != nil {
		c.tb.Fatal(err)
	}
	n, err := io.Copy(io.Discard, c.Conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.tb.Fatalf("the server does not close the connection")
	}
	return n
}

// Quiet makes sure that the server has sent nothing else up to now: the answer to a PINGREQ must
// be the next packet.
func (c *Client) Quiet() {
	c.tb.Helper()
	c.Send(packet.AppendPingreq(nil))
	Expect[*Pingresp](c)
}

// Cut ends the connection at once, without a FIN: the server hears a reset, and nothing of TLS or
// WebSocket before it.
func (c *Client) Cut() {
	socket := c.Conn
	for {
		layer, ok := socket.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		socket = layer.NetConn()
	}
	if t, ok := socket.(interface{ SetLinger(seconds int) error }); ok {
		_ = t.SetLinger(0) // an open socket takes it
	}
	_ = socket.Close() // nobody reads any more
	_ = c.Close()
}
