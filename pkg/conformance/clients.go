// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"errors"
	"net"
	"os"
	"slices"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// Dial opens a connection on which nothing is sent. It is closed when the check ends.
func (t *T) Dial() *rawclient.Client {
	t.streams.flush()
	conn, err := t.o.Listener.dial(t.o.Timeout)
	if err != nil {
		t.Fatal(err)
	}
	return t.client(conn)
}

// client makes a Client of a connection.
func (t *T) client(conn net.Conn) *rawclient.Client {
	c := rawclient.Wrap(t, t.streams.wrap(conn))
	c.Version, c.Wait = t.version, t.o.Timeout
	return c
}

// Connect opens a connection and expects that the Server accepts a CONNECT with the Client
// Identifier ID(id): a clean Session without a Will and without Keep Alive, unless changed. A
// Session that outlives its connection is ended when the check ends.
func (t *T) Connect(id string, change ...func(*packet.Connect)) *rawclient.Client {
	c, _ := t.ConnectAnswer(id, change...)
	return c
}

// ConnectAnswer is Connect for checks that look at the CONNACK.
func (t *T) ConnectAnswer(id string,
	change ...func(*packet.Connect)) (*rawclient.Client, *packet.Connack) {
	c := t.Dial()
	return c, t.enter(c, id, change...)
}

// enter is Connect for a connection that is open.
func (t *T) enter(c *rawclient.Client, id string,
	change ...func(*packet.Connect)) *packet.Connack {
	var sent *packet.Connect
	keep := func(p *packet.Connect) { sent = p }
	a := c.Connect(t.version, t.ID(id), slices.Concat(
		[]func(*packet.Connect){t.Login}, change, []func(*packet.Connect){keep})...)
	t.connected[c] = true
	if !sent.CleanStart || sent.Properties.Has(packet.SessionExpiryInterval) {
		t.endSession(string(sent.ClientID))
	}
	return a
}

// Login is a change that gives a CONNECT the User Name and Password of the run, if there are any.
// Connect makes it before its own.
func (t *T) Login(p *packet.Connect) {
	if t.o.Username != "" {
		p.HasUsername, p.Username = true, []byte(t.o.Username)
	}
	if t.o.Password != "" {
		p.HasPassword, p.Password = true, []byte(t.o.Password)
	}
}

// endSession makes the Server forget a Session when the check has ended.
func (t *T) endSession(id string) {
	t.Cleanup(func() {
		c := t.Dial()
		c.Connect(t.version, id, t.Login)
		t.Disconnect(c)
	})
}

// Retained makes sure that no retained message of the topic is left when the check has ended.
func (t *T) Retained(topic string) {
	t.Cleanup(func() {
		c := t.Connect("clear")
		c.Publish(topic, "", mqtt.AtMostOnce, rawclient.Retain)
		t.Disconnect(c)
	})
}

// Disconnect says goodbye and waits a moment for the Server to close the connection, which it
// should but need not do (3.14.4). What arrives is passed over.
func (t *T) Disconnect(c *rawclient.Client) {
	before := c.Wait
	c.Wait = time.Second
	c.Send(frame(0xE0))
	for {
		if _, err := c.TryNext(); err != nil {
			break
		}
	}
	c.Wait = before
	_ = c.Close() // as a Client does after DISCONNECT
}

// Patient makes a Client wait for what the Server does only every few seconds: look at intervals
// that have passed.
func (t *T) Patient(c *rawclient.Client) { c.Wait = t.o.Timeout + patience }

// Closed expects that the Server ends the connection. With 5.0 a DISCONNECT, or on a connection
// that was not accepted a CONNACK, may come before, with one of the codes; any code that is a
// failure when none is given. Anything else is an error.
func (t *T) Closed(c *rawclient.Client, codes ...mqtt.ReasonCode) {
	p, err := c.TryNext()
	if err == nil && t.version == mqtt.V50 {
		switch p := p.(type) {
		case *packet.Disconnect:
			t.reason("DISCONNECT", p.Code, codes)
			p2, err2 := c.TryNext()
			t.over(c, p2, err2)
			return
		case *packet.Connack:
			if t.connected[c] {
				t.Fatalf("a second CONNACK")
			}
			t.reason("CONNACK", p.Code, codes)
			p2, err2 := c.TryNext()
			t.over(c, p2, err2)
			return
		}
	}
	t.over(c, p, err)
}

// reason expects one of the codes.
func (t *T) reason(what string, got mqtt.ReasonCode, codes []mqtt.ReasonCode) {
	if len(codes) == 0 && !got.Failed() || len(codes) > 0 && !slices.Contains(codes, got) {
		t.Fatalf("%s with 0x%02X (%v)", what, uint8(got), got)
	}
}

// over expects that what TryNext returned is the end of the connection.
func (t *T) over(c *rawclient.Client, p any, err error) {
	switch {
	case err == nil:
		t.Fatalf("got %s instead of the end of the connection", rawclient.Describe(p))
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.Fatalf("the server does not close the connection")
	case !rawclient.Ended(err):
		t.Fatalf("waiting for the end of the connection: %v", err)
	}
	_ = c.Close() // our side of it
}

// Silent expects that nothing arrives for a time: after it the answer to a PINGREQ must be the
// next packet, where the Server accepted a CONNECT through Connect.
func (t *T) Silent(c *rawclient.Client, d time.Duration) {
	if t.connected[c] {
		t.Sleep(d)
		c.Quiet()
		return
	}
	before := c.Wait
	c.Wait = d
	p, err := c.TryNext()
	c.Wait = before
	switch {
	case err == nil:
		t.Fatalf("got %s where nothing was expected", rawclient.Describe(p))
	case !errors.Is(err, os.ErrDeadlineExceeded):
		t.Fatalf("waiting where nothing was expected: %v", err)
	}
}
