// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// A connection that does not log in is closed, however it passes the time; one that did is not.
func TestLoginTimeout(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2), func(c *config.Config) {
		c.LoginTimeout = time.Second
	})
	good := s.Connect(t, mqtt.V50, "good")
	silent, trickling := s.Dial(t), s.Dial(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		trickling.Drain()
	}()
	will := rawclient.Will("topic", string(make([]byte, 60000)))
	connect := rawclient.Connect(mqtt.V50, "slow", will)
trickle:
	for i := range connect[:len(connect)-1] {
		_ = trickling.TrySend(connect[i : i+1]) // until it fails
		select {
		case <-ended:
			break trickle
		case <-time.After(10 * time.Millisecond):
		}
	}
	<-ended
	silent.ExpectClosed()
	good.Quiet()
	servertest.Wait(t, "two login timeouts are counted", func() bool {
		return s.Count(metrics.LoginTimeouts) == 2
	})
}

// Before CONNECT is accepted little is taken in: what is longer ends the connection as soon as its
// length is known, without waiting for its bytes.
func TestFirstPacketTooLarge(t *testing.T) {
	const limit = 64 << 10
	s := servertest.Start(t)
	sized := func(v mqtt.Version, size int) []byte {
		b := rawclient.Connect(v, "large", rawclient.Will("topic", ""))
		filling := string(make([]byte, size-len(b)-2)) // a longer length of the packet: 2 bytes
		b = rawclient.Connect(v, "large", rawclient.Will("topic", filling))
		if len(b) != size {
			t.Fatalf("a CONNECT of %d bytes, want %d", len(b), size)
		}
		return b
	}
	for _, v := range rawclient.Versions {
		t.Run(v.String(), func(t *testing.T) {
			fits := s.Dial(t)
			fits.Version = v
			fits.Send(sized(v, limit))
			if a := rawclient.Expect[*packet.Connack](fits); a.Code != mqtt.Success {
				t.Errorf("a CONNECT of 64 KiB: %v", a.Code)
			}
			fits.Disconnect()

			above := s.Dial(t)
			above.Version = v
			above.Send(sized(v, limit+1)[:100])
			if v == mqtt.V50 {
				if a := rawclient.Expect[*packet.Connack](above); a.Code != mqtt.PacketTooLarge {
					t.Errorf("a CONNECT above 64 KiB: %v, want %v", a.Code, mqtt.PacketTooLarge)
				}
			}
			above.ExpectClosed()
		})
	}
}

// [MQTT-3.1.0-1]
func TestFirstPacketIsNotConnect(t *testing.T) {
	s := servertest.Start(t)
	first := map[string][]byte{
		"PUBLISH":   rawclient.Publish(mqtt.V311, 1, "topic", []byte("x"), mqtt.AtLeastOnce),
		"SUBSCRIBE": rawclient.Subscribe(mqtt.V311, 1, "#", 0),
		"PINGREQ":   packet.AppendPingreq(nil),
		"type 0":    {0x00, 0x00},
		"HTTP":      []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"TLS":       {0x16, 0x03, 0x01, 0x00, 0xf8, 0x01, 0x00, 0x00, 0xf4, 0x03, 0x03},
		"flags":     {0x11, 0x00},
		"length":    {0x10, 0xff, 0xff, 0xff, 0xff, 0x7f},
	}
	for name, b := range first {
		t.Run(name, func(t *testing.T) {
			c := s.Dial(t)
			c.Send(b)
			c.ExpectClosed()
		})
	}
}

// The log tells people who have come to the wrong listener.
func TestOtherProtocolsAreNamed(t *testing.T) {
	t.Parallel()
	for want, sent := range map[string]string{
		"HTTP":               "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"TLS":                "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03",
		"the PROXY protocol": "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
	} {
		s := servertest.Start(t)
		c := s.Dial(t)
		c.Send([]byte(sent))
		c.ExpectClosed()
		s.WaitLogged("this listener expects MQTT but the peer speaks " + want)
	}
}
