// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// Transport is what MQTT lies on.
func (o *Options) Transport() string {
	switch {
	case o.TLS != nil && o.WebSocket != "":
		return "WebSocket over TLS"
	case o.TLS != nil:
		return "TLS"
	case o.WebSocket != "":
		return "WebSocket"
	}
	return "TCP"
}

// door is what lies between socket and MQTT; nil: nothing.
func (o *Options) door() (*door.Kind, error) {
	if o.TLS == nil && o.WebSocket == "" {
		return nil, nil
	}
	k := &door.Kind{Host: net.JoinHostPort(o.Host, strconv.Itoa(o.Port)), Path: o.WebSocket}
	if o.TLS == nil {
		return k, nil
	}
	var err error
	k.TLS, err = o.TLS.config(o.Host)
	return k, err
}

// versions of TLS by what they are called; others are what both ends like best.
var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func (t *TLS) config(host string) (*tls.Config, error) {
	c := &tls.Config{
		ServerName: host, InsecureSkipVerify: t.Insecure, // #nosec G402 -- it was asked for
		MinVersion: tls.VersionTLS12, MaxVersion: versions[t.Version],
		// One write is one record, as of other clients; to begin with small ones is for browsers.
		DynamicRecordSizingDisabled: true,
	}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if v := versions[t.Version]; v != 0 {
		c.MinVersion = v
	}
	if t.Resume {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	if t.CAFile != "" {
		text, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("load: --cafile: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("load: --cafile: there is no certificate in %s: it has to be "+
				"PEM", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("load: --cert and --key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// enter goes through the layers above the socket, if there are any, and then greets.
func (l *loop) enter(c *conn) {
	if l.doors == nil {
		l.greet(c)
		return
	}
	c.state = entering
	c.door = l.doors.New()
	l.answer(c, c.door.Begin())
}

// answer sends what the layers have to say for themselves. An error of theirs ends the connection.
func (l *loop) answer(c *conn, err error) {
	out := l.doors.Out()
	if err == nil {
		l.transmit(c, out)
		return
	}
	if len(out) > 0 && len(c.out) == 0 {
		_, _ = send(c.fd, out) // tells the broker why, if it listens still
	}
	l.lose(c, err)
}

// readThrough is readable for a connection with layers.
func (l *loop) readThrough(c *conn) {
	n, errno := receive(c.fd, l.raw)
	if !l.brought(c, n, errno) {
		return
	}
	l.now = l.run.clock()
	c.door.Receive(l.raw[:n])
	for more := true; more && c.state != closed; {
		more = l.takeThrough(c)
	}
}

// Ours: with so much unread the broker's WebSocket pings get no answer.
const maxUnread = 64 << 10

// takeThrough handles what the layers bring of MQTT, as much as fits, and tells whether there may
// be more.
func (l *loop) takeThrough(c *conn) (more bool) {
	kept := copy(l.in, c.rest)
	if kept == len(l.in) {
		l.lose(c, errTooLarge)
		return false
	}
	c.door.Unread = len(c.out) > maxUnread
	n, err := c.door.Read(l.in[kept:])
	if n == 0 && err != nil {
		l.answer(c, err)
		return false
	}
	l.answer(c, nil)
	if c.state == entering && c.door.Open() {
		l.entered(c)
	}
	if n > 0 && c.state != closed {
		l.handle(c, l.in[:kept+n])
	}
	if err != nil {
		l.lose(c, err)
	}
	return kept+n == len(l.in)
}

// entered is called when the layers are there.
func (l *loop) entered(c *conn) {
	if s := c.door.State(); s != nil {
		l.count.handshakes++
		if s.DidResume {
			l.count.resumed++
		}
		if l.agreed == nil {
			l.agreed = &result.TLS{Version: tls.VersionName(s.Version),
				Cipher: tls.CipherSuiteName(s.CipherSuite)}
			if s.CurveID != 0 {
				l.agreed.Group = s.CurveID.String()
			}
		}
	}
	l.greet(c)
}

// agreed sums what the loops say of TLS.
func (r *run) agreed() *result.TLS {
	var sum *result.TLS
	for _, l := range r.loops {
		if l.agreed == nil {
			continue
		}
		if sum == nil {
			sum = l.agreed
		}
		sum.Handshakes += l.count.handshakes
		sum.Resumed += l.count.resumed
	}
	return sum
}
