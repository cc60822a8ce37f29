// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// dialect is a version of MQTT, as a Client or as a bridge speaks it.
type dialect struct {
	name    string
	version mqtt.Version
	bridge  bool
}

var dialects = []dialect{
	{"3.1", mqtt.V31, false}, {"3.1 bridge", mqtt.V31, true},
	{"3.1.1", mqtt.V311, false}, {"3.1.1 bridge", mqtt.V311, true},
	{"5.0", mqtt.V50, false}, {"5.0 bridge", mqtt.V50, true},
}

// says makes a CONNECT one of the dialect.
func (d dialect) says(p *packet.Connect) { p.Version, p.Bridge = d.version, d.bridge }

// padded gives CONNECT a Remaining Length of so many bytes.
func padded(bytes int) func(*packet.Connect) {
	return rawclient.Will("w", strings.Repeat("w", []int{0, 1, 200, 20000}[bytes]))
}

// The broker knows where Clients come from, whatever they speak and however long it takes.
func TestAddress(t *testing.T) {
	s := broker(t)
	p := start(t, before(portOf(s)))
	for i, d := range dialects {
		for n := 1; n <= 3; n++ {
			t.Run(fmt.Sprint(d.name, " ", n), func(t *testing.T) {
				id := fmt.Sprintf("here-%d-%d", i, n)
				c := p.dial(0, "127.0.0.7")
				c.Connect(d.version, id, d.says, padded(n))
				s.WaitLogged("client=" + id + " ")
				if !s.Logged("address=" + c.LocalAddr().String() + " ") {
					t.Error("the broker has another address in its log")
				}
				c.Subscribe("x", mqtt.AtLeastOnce)
				c.Publish("x", "there and back", mqtt.AtLeastOnce)
				if !d.bridge { // which do not hear themselves
					c.ExpectMessage("x", "there and back")
				}
			})
		}
	}
}

// A Client Identifier decides on the broker: in every dialect, in two HAProxys whose lists are in
// different orders, however often it comes.
func TestSameBroker(t *testing.T) {
	all, o := brokers(t)
	other := o
	other.Servers = slices.Clone(o.Servers)
	slices.Reverse(other.Servers)
	tiers := []*tier{start(t, o), start(t, other)}
	used := map[int]int{}
	for n := range 12 {
		id := fmt.Sprintf("device-%d", n)
		var first int
		for i, d := range dialects[:5] { // bridges that speak 5.0 have TestBridge50
			for j, p := range tiers {
				c := p.dial(0, loopback)
				c.Connect(d.version, id, d.says, padded(1+i%3))
				where := holder(t, all, id, c)
				if i+j == 0 {
					first = where
					used[where]++
				} else if where != first {
					t.Errorf("%s in %s by HAProxy %d went to %d, before to %d",
						id, d.name, j, where, first)
				}
			}
		}
	}
	if len(used) != len(all) {
		t.Errorf("brokers were used like this: %v", used)
	}
}

// holder is which broker has this Client, who is closed then.
func holder(t *testing.T, all []*servertest.Server, id string, c *rawclient.Client) int {
	t.Helper()
	text := "client=" + id + " username"
	address := "address=" + c.LocalAddr().String() + " "
	found := -1
	servertest.Wait(t, "a broker has "+id, func() bool {
		for i, s := range all {
			if s.Logged(text) && s.Logged(address) {
				found = i
			}
		}
		return found >= 0
	})
	c.Disconnect()
	return found
}

// Where the Client Identifier cannot be read, the address decides.
func TestBridge50(t *testing.T) {
	all, o := brokers(t)
	p := start(t, o)
	first := -1
	for n := range 6 {
		id := fmt.Sprintf("bridge-%d", n)
		c := p.dial(0, "127.0.0.9")
		c.Connect(mqtt.V50, id, dialects[5].says)
		if where := who(t, all, id); first < 0 {
			first = where
		} else if where != first {
			t.Errorf("%s went to %d, before to %d", id, where, first)
		}
	}
}

// CONNECT may come in pieces of any size.
func TestByteByByte(t *testing.T) {
	all, o := brokers(t)
	o.Timeouts.Inspect = 600
	p := start(t, o)
	for i, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			id := fmt.Sprintf("slow-%d", i)
			whole := p.dial(0, loopback)
			whole.Connect(d.version, id, d.says)
			first := holder(t, all, id, whole)
			c := p.dial(0, loopback)
			c.Version = d.version
			for _, b := range rawclient.Connect(d.version, id, d.says) {
				c.Send([]byte{b}) // Go sets TCP_NODELAY
			}
			rawclient.Expect[*packet.Connack](c)
			if where := holder(t, all, id, c); where != first {
				t.Errorf("in pieces it went to %d, before to %d", where, first)
			}
		})
	}
}

// A Client need not wait for CONNACK.
func TestPipelined(t *testing.T) {
	s := broker(t)
	o := before(portOf(s))
	o.Timeouts.Inspect = 600
	p := start(t, o)
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			c := p.dial(0, loopback)
			c.Version = d.version
			c.Send(slices.Concat(rawclient.Connect(d.version, "eager", d.says),
				rawclient.Subscribe(d.version, 1, "x", 0),
				rawclient.Publish(d.version, 0, "x", []byte("early"), mqtt.AtMostOnce)))
			rawclient.Expect[*packet.Connack](c)
			rawclient.Expect[*packet.Suback](c)
			if !d.bridge { // which do not hear themselves
				c.ExpectMessage("x", "early")
			}
		})
	}
}

// The broker says what it thinks of a Client without an identifier.
func TestEmptyClientID(t *testing.T) {
	s := broker(t)
	o := before(portOf(s))
	o.Timeouts.Inspect = 600
	p := start(t, o)
	direct := servertest.Start(t)
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			var answers []mqtt.ReasonCode
			for _, c := range []*rawclient.Client{direct.Dial(t), p.dial(0, loopback)} {
				c.Version = d.version
				c.Send(rawclient.Connect(d.version, "", d.says))
				answers = append(answers, rawclient.Expect[*packet.Connack](c).Code)
			}
			if answers[0] != answers[1] {
				t.Errorf("with HAProxy in between the answer is %v, not %v", answers[1], answers[0])
			}
		})
	}
}

// What is no CONNECT is closed without waiting for more of it, and what may become one is not
// waited for longer than we say. Nothing reaches a broker: there is none.
func TestGarbage(t *testing.T) {
	hello := "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"
	connect := string(rawclient.Connect(mqtt.V311, "c"))
	mqttOnly := []struct{ name, text string }{
		{"http", "GET / HTTP/1.1\r\n\r\n"},
		{"tls", hello},
		{"publish", string(rawclient.Publish(mqtt.V311, 0, "x", nil, mqtt.AtMostOnce))},
		{"ping", "\xc0\x00"},
		{"one byte", "x"},
		{"zeros", strings.Repeat("\x00", 20)},
		{"proxy header", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + connect},
		{"connect with flags", "\x11" + connect[1:]},
		{"other protocol", strings.Replace(connect, "MQTT", "MQTX", 1)},
		{"level 7", strings.Replace(connect, "MQTT\x04", "MQTT\x07", 1)},
		{"endless length", "\x10\xff\xff\xff\xff\xff" + connect},
		{"too short", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x09"},
	}
	silent := fake(t)
	o := before(silent)
	o.Timeouts.Inspect = 600
	o.Listeners = append(o.Listeners,
		Listener{Name: "ws", BrokerPort: silent, Protocol: WebSocket, Balance: Source},
		Listener{Name: "either", BrokerPort: silent, Protocol: Both, Balance: ClientID},
		Listener{Name: "tls", BrokerPort: silent, Protocol: MQTT, Balance: Source,
			TLS: TLS{Mode: Passthrough}})
	p := start(t, o)
	closed := func(t *testing.T, listener int, text string) {
		t.Helper()
		c := p.dial(listener, loopback)
		c.Send([]byte(text))
		c.ExpectClosed()
	}
	for _, test := range mqttOnly {
		t.Run(test.name, func(t *testing.T) {
			closed(t, 0, test.text)
			if test.name != "http" {
				closed(t, 2, test.text)
			}
		})
	}
	t.Run("mqtt for websocket", func(t *testing.T) { closed(t, 1, connect) })
	t.Run("mqtt for tls", func(t *testing.T) { closed(t, 3, connect) })
	t.Run("http for tls", func(t *testing.T) { closed(t, 3, mqttOnly[0].text) })
	t.Run("server hello for tls", func(t *testing.T) {
		closed(t, 3, strings.Replace(hello, "\x01\x00\x00\x01\x03", "\x02\x00\x00\x01\x03", 1))
	})
}

// What begins well has to go on.
func TestUnfinished(t *testing.T) {
	connect := rawclient.Connect(mqtt.V50, "slow")
	old := rawclient.Connect(mqtt.V31, "slow")
	tests := []struct {
		name     string
		listener int
		text     string
	}{
		{"nothing", 0, ""},
		{"a byte", 0, string(connect[:1])},
		{"all but one", 0, string(connect[:len(connect)-1])},
		{"all but one of 3.1", 0, string(old[:len(old)-1])},
		{"no request", 1, ""},
		{"half a request", 1, "GET / HTTP/1.1\r\nHost: x\r\n"},
		{"half a packet for both", 2, string(connect[:9])},
		{"half a request for both", 2, "GET / HTTP/1.1\r\nHost: x\r\n"},
		{"no hello", 3, ""},
		{"half a hello", 3, "\x16\x03\x01"},
	}
	silent := fake(t)
	o := before(silent)
	o.Timeouts.Inspect = 1
	o.Listeners = append(o.Listeners,
		Listener{Name: "ws", BrokerPort: silent, Protocol: WebSocket, Balance: Source},
		Listener{Name: "either", BrokerPort: silent, Protocol: Both, Balance: ClientID},
		Listener{Name: "tls", BrokerPort: silent, Protocol: MQTT, Balance: Source,
			TLS: TLS{Mode: Passthrough}})
	p := start(t, o)
	var open []*rawclient.Client
	for _, test := range tests {
		c := p.dial(test.listener, loopback)
		if test.text != "" {
			c.Send([]byte(test.text))
		}
		open = append(open, c)
	}
	for i, c := range open {
		t.Run(tests[i].name, func(*testing.T) { c.ExpectClosed() })
	}
}

// A CONNECT as large as Options say passes; a larger one is closed, not held.
func TestLargeConnect(t *testing.T) {
	s := broker(t)
	tests := []struct {
		name        string
		limit, size int
		passes      bool
	}{
		{"will of 60 KiB", 0, 60 << 10, true},
		{"limit", 131072, 131072, true},
		{"odd limit", 70001, 70001, true},
		{"small limit", 4096, 4096, true},
		{"above", 70001, 80000, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := before(portOf(s))
			o.MaxConnectBytes, o.Timeouts.Inspect = test.limit, 600
			p := start(t, o)
			for _, d := range dialects {
				c := p.dial(0, loopback)
				c.Version = d.version
				_ = c.TrySend(sized(t, d, test.size)) // it may be closed before the end
				if !test.passes {
					c.ExpectClosed()
				} else if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.Success {
					t.Errorf("%s: %s", d.name, rawclient.Describe(a))
				}
			}
		})
	}
}

// sized is a CONNECT of so many bytes. A Will and a Password have at most 65535 each.
func sized(t *testing.T, d dialect, size int) []byte {
	t.Helper()
	connect := func(will, password int) []byte {
		return rawclient.Connect(d.version, "large", d.says,
			rawclient.Will("w", strings.Repeat("w", will)), func(p *packet.Connect) {
				p.HasUsername, p.Username = true, []byte("u")
				p.HasPassword, p.Password = true, bytes.Repeat([]byte("p"), password)
			})
	}
	will := min(size/2, 65535)
	for password := max(0, size-will-100); password <= 65535; password++ {
		if b := connect(will, password); len(b) == size {
			return b
		}
	}
	t.Fatalf("no CONNECT of %d bytes", size)
	return nil
}
