// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package door

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 60 * time.Second

// peer is a server of crypto/tls whose socket is a pipe; what it says waits in said.
type peer struct {
	t    *testing.T
	pipe net.Conn // our end
	said chan []byte
}

// meet makes a door and a server that does what serve says.
func meet(t *testing.T, kind *Kind, serve func(net.Conn)) (*Door, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	p := &peer{t: t, pipe: ours, said: make(chan []byte, 1000)}
	go func() {
		defer theirs.Close()
		serve(theirs)
	}()
	go func() {
		defer close(p.said)
		for {
			b := make([]byte, 1<<16)
			n, err := ours.Read(b)
			if err != nil {
				return
			}
			p.said <- b[:n]
		}
	}()
	d := NewDoors(kind).New()
	t.Cleanup(func() {
		d.Close()
		ours.Close()
		for range p.said {
		}
	})
	if err := d.Begin(); err != nil {
		t.Fatal(err)
	}
	p.send(d)
	return d, p
}

// send brings the server what the door has for it.
func (p *peer) send(d *Door) {
	p.t.Helper()
	p.write(string(d.doors.Out()))
}

func (p *peer) write(out string) {
	p.t.Helper()
	if out == "" {
		return
	}
	_ = p.pipe.SetWriteDeadline(time.Now().Add(patience))
	if _, err := p.pipe.Write([]byte(out)); err != nil {
		p.t.Fatal(err)
	}
}

// until brings the door what the server says, in pieces, until something has happened. It returns
// the data, and how the door ended.
func (p *peer) until(d *Door, piece int, happened func(data string) bool) (data string, err error) {
	p.t.Helper()
	for !happened(data) {
		var said []byte
		select {
		case b, more := <-p.said:
			if !more {
				return data, io.EOF
			}
			said = b
		case <-time.After(patience):
			p.t.Fatal("the server says nothing")
		}
		for len(said) > 0 {
			n := min(piece, len(said))
			s := play(d, said[:n], 0)
			said = said[n:]
			data += s.data
			if s.err != nil {
				return data, s.err
			}
			p.write(s.out)
		}
	}
	return data, nil
}

func client(pool *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: pool, ServerName: "localhost", DynamicRecordSizingDisabled: true}
}

func server(a *credentialstest.Authority) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.Server().TLS()}}
}

// echo is a server that sends everything back, and says goodbye after "bye".
func echo(c *tls.Config) func(net.Conn) {
	return func(nc net.Conn) {
		s := tls.Server(nc, c)
		b := make([]byte, 100000)
		for {
			n, err := s.Read(b)
			if err != nil {
				return
			}
			if _, err := s.Write(b[:n]); err != nil {
				return
			}
			if bytes.HasSuffix(b[:n], []byte("bye")) {
				_ = s.CloseWrite()
			}
		}
	}
}

// A conversation goes well in both versions, in pieces of any size, and ends with goodbyes.
func TestTLS(t *testing.T) {
	t.Parallel()
	a := credentialstest.New(t, "authority")
	long := strings.Repeat("0123456789", 5000)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, piece := range []int{1, 100, 1 << 20} {
			k := &Kind{TLS: client(a.Pool())}
			k.TLS.MaxVersion = version
			d, p := meet(t, k, echo(server(a)))
			if d.Open() || d.Doing() != TLSHandshake {
				t.Error("open before the handshake")
			}
			if _, err := p.until(d, piece, func(string) bool { return d.Open() }); err != nil {
				t.Fatal(err)
			}
			if s := d.State(); s.Version != version || s.DidResume {
				t.Errorf("%+v", s)
			}
			if err := d.Write([]byte(long + "bye")); err != nil {
				t.Fatal(err)
			}
			p.send(d)
			// The server ends the connection only when its goodbye was answered.
			data, err := p.until(d, piece, func(string) bool { return false })
			if data != long+"bye" || err != io.EOF {
				t.Errorf("pieces of %d: %d bytes, %v", piece, len(data), err)
			}
			if err := d.Write([]byte("late")); err != nil || len(d.doors.Out()) > 0 {
				t.Errorf("%v, or it was sent", err)
			}
		}
	}
}

// What is wrong with a server is told.
func TestTLSFailures(t *testing.T) {
	t.Parallel()
	a, other := credentialstest.New(t, "authority"), credentialstest.New(t, "other")
	says := func(text string) func(net.Conn) {
		return func(nc net.Conn) {
			_, _ = nc.Read(make([]byte, 10000))
			_, _ = nc.Write([]byte(text))
			_, _ = nc.Read(make([]byte, 10000))
		}
	}
	garbage := func(nc net.Conn) {
		s := tls.Server(nc, server(a))
		_ = s.Handshake()
		_, _ = nc.Write([]byte("\x17\x03\x03\x00\x20garbage garbage garbage garbage!"))
		_, _ = nc.Read(make([]byte, 10000))
	}
	for _, test := range []struct {
		name  string
		trust *credentialstest.Authority
		host  string
		serve func(net.Conn)
		want  string
	}{
		{"another authority", other, "localhost", echo(server(a)), "unknown authority"},
		{"another name", a, "other.example", echo(server(a)), "is valid for localhost, not other"},
		{"not TLS", a, "localhost", says("HTTP/1.1 400 Bad Request\r\n\r\n"),
			"first record does not look like a TLS handshake"},
		{"an alert", a, "localhost", says("\x15\x03\x03\x00\x02\x02\x28"),
			"remote error: tls: handshake failure"},
		{"garbage behind it", a, "localhost", garbage, "TLS: local error: tls: bad record MAC"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k := &Kind{TLS: client(test.trust.Pool())}
			k.TLS.ServerName = test.host
			d, p := meet(t, k, test.serve)
			_, err := p.until(d, 7, func(string) bool { return false })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// A door that is closed in the middle of its handshake leaves nothing behind.
func TestCloseInTheMiddle(t *testing.T) {
	before := runtime.NumGoroutine()
	doors := NewDoors(&Kind{TLS: &tls.Config{ServerName: "localhost"}, Path: "/mqtt"})
	var open []*Door
	for range 50 {
		d := doors.New()
		if err := d.Begin(); err != nil {
			t.Fatal(err)
		}
		open = append(open, d)
	}
	doors.Out()
	for _, d := range open {
		d.Close()
		d.Close()
	}
	if out := doors.Out(); len(out) > 0 {
		t.Errorf("%d bytes for sockets that are gone", len(out))
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if _, err := open[0].wire.Write(nil); !errors.Is(err, errGivenUp) {
		t.Error(err)
	}
}
