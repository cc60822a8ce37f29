// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// A Client that has nothing more to say and closes its side, as scripts do, still gets what it is
// answered; its end without DISCONNECT brings its will.
func TestHalfClosedConnection(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	watcher := s.Connect(t, mqtt.V50, "watcher")
	watcher.Subscribe("will/#", mqtt.AtLeastOnce)
	for i := range 20 {
		v := rawclient.Versions[i%3]
		id := fmt.Sprint("half-", i)
		c := s.Dial(t)
		c.Version = v
		b := rawclient.Connect(v, id, rawclient.Will("will/"+id, "gone"))
		b = append(b, rawclient.Subscribe(v, 1, id, 0)...)
		b = append(b, rawclient.Publish(v, 2, id, []byte("hello"), mqtt.AtLeastOnce)...)
		c.Send(b)
		if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		rawclient.Expect[*packet.Connack](c)
		rawclient.Expect[*packet.Suback](c)
		rawclient.Await[*packet.Publish](c)
		rawclient.Await[*rawclient.Puback](c)
		c.ExpectClosed()
		watcher.ExpectMessage("will/"+id, "gone")
	}
}

// The will of a lost connection goes to other loops with the turn that finds it lost, not when the
// loop happens to wake up for something else.
func TestWillsTravelAtOnce(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	watcher := s.Connect(t, mqtt.V50, "watcher")
	watcher.Subscribe("will/#", mqtt.AtLeastOnce)
	ctx, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	const wills = 400 // at half a second for each, patience ends far earlier
	for i := range wills {
		id := fmt.Sprint("lost-", i)
		c := s.Connect(t, rawclient.Versions[i%3], id, rawclient.Will("will/"+id, "gone"))
		if i%2 == 0 {
			c.Cut()
		} else {
			_ = c.Close() // without DISCONNECT
		}
		watcher.ExpectMessage("will/"+id, "gone")
		if ctx.Err() != nil {
			t.Fatalf("%d of %d wills in %v", i+1, wills, servertest.Patience)
		}
	}
}

// A Client that falls silent is disconnected, others are not [MQTT-3.1.2-22].
func TestKeepAlive(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	watcher := s.Connect(t, mqtt.V50, "watcher")
	watcher.Subscribe("will", mqtt.AtLeastOnce)
	for _, v := range rawclient.Versions {
		t.Run(v.String(), func(t *testing.T) {
			silent := s.Connect(t, v, "silent", rawclient.Will("will", v.String()),
				func(p *packet.Connect) { p.KeepAlive = 1 })
			silent.ExpectDisconnect(mqtt.KeepAliveTimeout)
			watcher.ExpectMessage("will", v.String())
			watcher.Quiet()
		})
	}
}

// DISCONNECT with unread bytes on their way must not cost the Client what it has not read yet.
func TestLastWordsArrive(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2))
	for i := range 20 {
		c := s.Connect(t, mqtt.V50, fmt.Sprint("chatty-", i))
		b := rawclient.Connect(mqtt.V50, "again") // a Protocol Error
		for range 1000 {
			b = append(b, rawclient.Publish(mqtt.V50, 1, "x", make([]byte, 1000), 0)...)
		}
		_ = c.TrySend(b) // the server may have closed by then
		c.ExpectDisconnect(mqtt.ProtocolError)
	}
}
