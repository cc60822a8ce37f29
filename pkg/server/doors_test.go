// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// door is a way in: which layers a listener has.
type door struct{ proxy, tls, web bool }

func (d door) String() string {
	var layers []string
	for _, l := range []struct {
		name string
		has  bool
	}{{"PROXY", d.proxy}, {"TLS", d.tls}, {"WebSocket", d.web}} {
		if l.has {
			layers = append(layers, l.name)
		}
	}
	return strings.Join(append(layers, "MQTT"), "+")
}

// doors are all of them.
func doors() (all []door) {
	for i := range 8 {
		all = append(all, door{i&1 != 0, i&2 != 0, i&4 != 0})
	}
	return all
}

// house is a server with one listener, and what its Clients need to get in.
type house struct {
	*servertest.Server
	door    door
	trusted *tls.Config
}

func open(t *testing.T, d door, o ...servertest.Option) *house {
	t.Helper()
	authority := credentialstest.New(t, "authority")
	chain, key := authority.Server().Write(t, t.TempDir(), "server")
	set := servertest.Config(func(c *config.Config) {
		l := &c.Listeners[0]
		if d.proxy {
			l.HAProxy = config.HAProxyOn
		}
		if d.tls {
			l.Fullchain, l.Privkey = chain, key
		}
		if d.web {
			l.Protocol = config.ProtocolWebSockets
		}
	})
	s := servertest.Start(t, append([]servertest.Option{servertest.Loops(3), set}, o...)...)
	return &house{s, d, &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"}}
}

// enter goes in by the first door.
func (h *house) enter(t *testing.T, pieces int) net.Conn {
	t.Helper()
	return h.enterAt(t, h.Addrs()[0], pieces)
}

// enterAt dials and goes through all layers. pieces are the bytes of one write; 0: any number.
func (h *house) enterAt(t *testing.T, address net.Addr, pieces int) net.Conn {
	t.Helper()
	nc, err := net.Dial(address.Network(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if pieces > 0 {
		nc = &chopped{nc, pieces}
	}
	if h.door.proxy {
		if _, err := fmt.Fprint(nc, "PROXY TCP4 192.0.2.9 192.0.2.1 4711 1883\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	if h.door.tls {
		nc = tls.Client(nc, h.trusted)
	}
	if !h.door.web {
		return nc
	}
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return nc, nil },
	}}
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://localhost/mqtt", &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{"mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(-1)
	return websocket.NetConn(context.Background(), ws, websocket.MessageBinary)
}

// chopped writes a few bytes at a time.
type chopped struct {
	net.Conn
	size int
}

func (c *chopped) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		var m int
		m, err = c.Conn.Write(b[:min(len(b), 1+rand.IntN(c.size))])
		n += m
		b = b[m:]
	}
	return n, err
}

// TestEveryDoor has Clients of all loops talk to each other through every stack of layers.
func TestEveryDoor(t *testing.T) {
	for _, d := range doors() {
		for _, pieces := range []int{0, 3} {
			t.Run(fmt.Sprintf("%v, pieces of %d", d, pieces), func(t *testing.T) {
				t.Parallel()
				h := open(t, d)
				size := 2 << 20
				if pieces > 0 {
					size = 20_000
				}
				large := string(bytes.Repeat([]byte("large "), size/6))
				var clients []*rawclient.Client
				for i := range 6 { // some of them move to another loop
					c := rawclient.Wrap(t, h.enter(t, pieces))
					c.Connect(rawclient.Versions[i%3], fmt.Sprint("client", i))
					c.Subscribe("to/everybody", mqtt.AtMostOnce)
					clients = append(clients, c)
				}
				for i, c := range clients {
					text := fmt.Sprint("from ", i)
					if i == 0 {
						text = large
					}
					c.Publish("to/everybody", text, mqtt.QoS(i%2))
					for _, to := range clients {
						to.ExpectMessage("to/everybody", text)
					}
				}
				for _, c := range clients {
					c.Disconnect()
				}
			})
		}
	}
}

const (
	// proxy2 is how a header of version 2 of the PROXY protocol begins.
	proxy2 = "\r\n\r\n\x00\r\nQUIT\n"
	// upgrade is a good request for a WebSocket.
	upgrade = "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Protocol: mqtt\r\n\r\n"
)

// What does not belong to a door is turned away for a reason that is counted, and disturbs nobody.
func TestWrongDoor(t *testing.T) {
	t.Parallel()
	const connect = "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test"
	for _, tt := range []struct {
		door door
		sent string
		want string
	}{
		{door{tls: true}, connect, "tls_not_tls"},
		{door{tls: true}, "GET / HTTP/1.1\r\n", "tls_not_tls"},
		{door{tls: true}, "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "tls_handshake"},
		{door{proxy: true}, connect, "proxy_missing"},
		{door{tls: true}, "\x16\x03\x01\x00\x04\x02\x00\x00\x00", "tls_hello"},
		{door{proxy: true}, "PROXY TCP4 1 2 3 4\r\n", "proxy_malformed"},
		{door{proxy: true}, proxy2 + "\x21\x11\x00\x04\xc0\x00\x02\x09" + connect,
			"proxy_malformed"}, // a length that does not hold two addresses
		{door{proxy: true}, proxy2 + "\x21\x11\xff\xff", "proxy_too_large"},
		{door{proxy: true, tls: true}, "PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\n" + connect,
			"tls_not_tls"},
		{door{web: true}, connect, "http_malformed"},
		{door{web: true}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "http_not_upgrade"},
		{door{web: true}, "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 9000), "http_too_large"},
		{door{web: true}, upgrade + "\x83\x80\x00\x00\x00\x00", "websocket_opcode"},
		{door{web: true}, upgrade + "\xc2\x80\x00\x00\x00\x00", "websocket_reserved_bits"},
		{door{web: true}, upgrade + "\x82\x01x", "websocket_unmasked"},
		{door{web: true}, upgrade + "\x81\x81\x00\x00\x00\x00x", "websocket_text"},
		{door{web: true}, upgrade + "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
			"websocket_length"}, // 2^63
		{door{web: true}, upgrade + "\x89\xfe\x00\x7e\x00\x00\x00\x00", "websocket_control"},
		{door{web: true}, upgrade + "\x80\x80\x00\x00\x00\x00", "websocket_continuation"},
	} {
		t.Run(fmt.Sprintf("%v %s", tt.door, tt.want), func(t *testing.T) {
			t.Parallel()
			h := open(t, tt.door)
			good := rawclient.Wrap(t, h.enter(t, 0))
			good.Connect(mqtt.V50, "good")
			nc, err := net.Dial("tcp4", "127.0.0.1:"+h.Port())
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.SetDeadline(time.Now().Add(servertest.Patience))
			if _, err := nc.Write([]byte(tt.sent)); err != nil {
				t.Fatal(err)
			}
			rawclient.Wrap(t, nc).Drain()
			if n := h.Refusals(); len(n) != 1 || n[tt.want] != 1 {
				t.Errorf("refusals %v, want one: %s", n, tt.want)
			}
			h.WaitLogged("reason=" + tt.want)
			good.Subscribe("still/here", mqtt.AtLeastOnce)
			good.Disconnect()
		})
	}
}

// A PROXY header counts only from peers that are trusted.
func TestUntrustedProxy(t *testing.T) {
	t.Parallel()
	h := open(t, door{proxy: true}, servertest.Config(func(c *config.Config) {
		c.Listeners[0].HAProxyTrustedFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	}))
	from := func(address string) *rawclient.Client {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
		nc, err := d.Dial("tcp4", "127.0.0.1:"+h.Port())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprint(nc, "PROXY TCP4 192.0.2.9 192.0.2.1 4711 1883\r\n") // it may be closed
		return rawclient.Wrap(t, nc)
	}
	from("127.0.0.1").Drain()
	if n := h.Refusals(); len(n) != 1 || n["proxy_untrusted"] != 1 {
		t.Errorf("refusals %v", n)
	}
	from("127.0.0.2").Connect(mqtt.V50, "trusted")
	h.WaitLogged("client=trusted username=\"\" address=192.0.2.9:4711 ")
}

// Behind a proxy it is the addresses of Clients that may connect or not, and not the proxy's.
func TestAddressRulesBehindProxy(t *testing.T) {
	t.Parallel()
	h := open(t, door{proxy: true}, servertest.Config(func(c *config.Config) {
		l := &c.Listeners[0]
		l.OnlyAllowFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		l.DenyFrom = []netip.Prefix{netip.MustParsePrefix("192.0.2.66/32")}
	}))
	from := func(header string) *rawclient.Client {
		nc, err := net.Dial("tcp4", "127.0.0.1:"+h.Port())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprint(nc, header) // it may be closed
		return rawclient.Wrap(t, nc)
	}
	from("PROXY TCP4 192.0.2.9 192.0.2.1 4711 1883\r\n").Connect(mqtt.V50, "allowed")
	for i, header := range []string{
		"PROXY TCP4 192.0.2.66 192.0.2.1 4711 1883\r\n",
		"PROXY TCP4 203.0.113.9 192.0.2.1 4711 1883\r\n",
		"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", // LOCAL: the proxy itself
	} {
		from(header).Drain()
		if n := h.Refusals(); n["address_denied"] != int64(i+1) {
			t.Errorf("after %q: refusals %v", header, n)
		}
	}
}
