// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// certificate makes a self-signed certificate and a pool that trusts it.
var certificate = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

func serverConfig() *tls.Config {
	c, _ := certificate()
	return &tls.Config{Certificates: []tls.Certificate{c}, DynamicRecordSizingDisabled: true}
}

func clientConfig() *tls.Config {
	_, pool := certificate()
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 60 * time.Second

// peer is the other end of a TLS layer: its loop is a goroutine that reads one side of a pipe, some
// bytes at a time, and writes what the layer says.
type peer struct {
	t        *testing.T
	tls      *TLS
	pool     *buffer.Pool
	pipe     net.Conn
	notified chan struct{}
	piece    int                  // bytes of one Receive; 0: any number
	got      func(b []byte) error // plaintext
	out      buffer.Out
	delay    time.Duration // of what notify says
}

func (p *peer) notify() {
	go func() {
		time.Sleep(p.delay)
		p.notified <- struct{}{}
	}()
}

// serve is the loop. It returns why it ended.
func (p *peer) serve() error {
	reads := make(chan []byte)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		defer close(reads)
		for {
			b := make([]byte, 4096)
			if p.piece > 0 {
				b = b[:p.piece]
			}
			n, err := p.pipe.Read(b)
			if err != nil {
				return
			}
			select {
			case reads <- b[:n]:
			case <-ended:
				return
			}
		}
	}()
	defer p.pipe.Close()
	defer p.tls.Abandon()
	for {
		var err error
		select {
		case b, more := <-reads:
			if !more {
				return io.ErrUnexpectedEOF
			}
			err = p.tls.Receive(b, 0, p.notify)
		case <-p.notified:
			err = p.tls.Settle(p.pool, &p.out)
		case <-time.After(patience):
			return errors.New("nothing happened")
		}
		if err == nil {
			err = p.drain()
		}
		p.flush()
		if err != nil {
			return err
		}
	}
}

func (p *peer) drain() error {
	b := make([]byte, 16<<10)
	for {
		n, err := p.tls.Read(p.pool, b, &p.out)
		if n == 0 || err != nil {
			return err
		}
		if err := p.got(b[:n]); err != nil {
			return err
		}
	}
}

func (p *peer) flush() {
	for _, b := range p.out.Chunks(nil, 1<<20) {
		if _, err := p.pipe.Write(b); err != nil {
			break
		}
	}
	p.out.Reset(p.pool)
}

// newPeer returns an echoing server's end and the client's side of the pipe.
func newPeer(t *testing.T, o *TLSOptions, piece int) (*peer, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = theirs.Close() })
	_ = theirs.SetDeadline(time.Now().Add(patience))
	p := &peer{t: t, tls: NewTLS(o), pool: buffer.NewPool(1 << 20), pipe: ours, piece: piece,
		notified: make(chan struct{}, 64)}
	p.got = func(b []byte) error { return p.tls.Write(p.pool, b, &p.out) }
	return p, theirs
}

func handshakes(t *testing.T, limit int) *Handshakes {
	t.Helper()
	h := NewHandshakes(limit, 2)
	t.Cleanup(h.Stop)
	return h
}

// TestTLSEcho has both versions, large and small messages, and bytes that come a few at a time.
func TestTLSEcho(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, piece := range []int{0, 1, 7} {
			o := &TLSOptions{serverConfig(), handshakes(t, 4)}
			p, pipe := newPeer(t, o, piece)
			ended := make(chan error, 1)
			go func() { ended <- p.serve() }()
			config := clientConfig()
			config.MinVersion, config.MaxVersion = version, version
			client := tls.Client(pipe, config)
			for _, size := range []int{1, 100, 20_000} {
				want := bytes.Repeat([]byte("x"), size)
				var writes sync.WaitGroup
				writes.Go(func() { _, _ = client.Write(want) })
				got := make([]byte, size)
				if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%x, %d at a time: %d bytes: %v", version, piece, size, err)
				}
				writes.Wait() // a Close during a Write says no goodbye
			}
			if state := p.tls.State(); state.Version != version || !state.HandshakeComplete {
				t.Errorf("agreed on %x, want %x", state.Version, version)
			}
			go func() { _ = client.Close() }()
			if err := <-ended; !errors.Is(err, io.EOF) {
				t.Errorf("after the goodbye: %v", err)
			}
		}
	}
}

// TestTLSReasons has peers that make the handshake fail, or what comes after it.
func TestTLSReasons(t *testing.T) {
	t.Parallel()
	_, trusted := certificate()
	stranger := tls.Certificate{}
	for _, tt := range []struct {
		name   string
		server func(c *tls.Config)
		client func(c *tls.Config)
		then   func(pipe net.Conn)
		reason Reason
	}{
		{"old version", nil,
			func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			nil, TLSHandshake},
		{"the client trusts nobody", nil,
			func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, nil, TLSAlert},
		{"no certificate",
			func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, nil, nil,
			TLSHandshake},
		{"certificate of a stranger", func(c *tls.Config) {
			c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
		}, func(c *tls.Config) {
			stranger, _ = certificate()
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &stranger, nil
			}
		}, nil, TLSCertificate},
		{"garbage later", nil, nil, func(pipe net.Conn) {
			_, _ = pipe.Write(append([]byte{23, 3, 3, 0, 40}, make([]byte, 40)...))
		}, TLSRecord},
		{"no TLS later", nil, nil, func(pipe net.Conn) { _, _ = pipe.Write([]byte("GET / HTTP")) },
			TLSRecord},
	} {
		o := &TLSOptions{serverConfig(), handshakes(t, 1)}
		o.Config.ClientCAs = trusted
		client := clientConfig()
		if tt.server != nil {
			tt.server(o.Config)
		}
		if tt.client != nil {
			tt.client(client)
		}
		p, pipe := newPeer(t, o, 0)
		go func() {
			c := tls.Client(pipe, client)
			if c.Handshake() == nil && tt.then != nil {
				go func() { _, _ = io.Copy(io.Discard, c) }()
				tt.then(pipe)
				return
			}
			_, _ = io.Copy(io.Discard, pipe)
		}()
		var e *Error
		if err := p.serve(); !errors.As(err, &e) || e.Reason != tt.reason {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.reason)
		}
	}
}

// openSSL is a client's side of a pipe that answers the ServerHello with an alert in the clear.
type openSSL struct {
	net.Conn
	alert []byte
	said  bool
}

func (c *openSSL) Write(b []byte) (int, error) {
	if c.said {
		b = c.alert
	}
	c.said = true
	return c.Conn.Write(b)
}

// TestTLSPlainAlert: also when it comes one byte at a time, and only what is an alert.
func TestTLSPlainAlert(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		record, want string
		reason       Reason
	}{
		{"\x15\x03\x03\x00\x02\x02\x30", "remote error: tls: unknown certificate authority",
			TLSAlert},
		{"\x16\x03\x03\x00\x02\x02\x30", "", TLSHandshake},
	} {
		for _, piece := range []int{0, 1, 5} {
			p, pipe := newPeer(t, &TLSOptions{serverConfig(), handshakes(t, 1)}, piece)
			go func() {
				c := &openSSL{Conn: pipe, alert: []byte(tt.record)}
				_ = tls.Client(c, clientConfig()).Handshake()
				_, _ = io.Copy(io.Discard, pipe)
			}()
			var e *Error
			if err := p.serve(); !errors.As(err, &e) || e.Reason != tt.reason ||
				!strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q, %d at a time: %v, want %s %q", tt.record, piece, err, tt.reason,
					tt.want)
			}
		}
	}
}
