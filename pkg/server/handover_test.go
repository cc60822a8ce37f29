// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// A Client that does not wait for CONNACK: everything it sends in one write is handled once and in
// order, although three of four connections move to another loop after CONNECT.
func TestHandOverKeepsPipelinedPackets(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	const clients, messages = 200, 40
	for i := range clients {
		v := rawclient.Versions[i%3]
		id := fmt.Sprintf("pipelined-%d", i)
		c := s.Dial(t)
		c.Version = v
		all := rawclient.Connect(v, id)
		all = append(all, rawclient.Subscribe(v, 1, id+"/#", mqtt.SubscriptionOptions(1))...)
		for m := range messages {
			all = append(all, rawclient.Publish(v, mqtt.PacketID(m+2), id+"/x",
				[]byte(fmt.Sprint(m)), mqtt.AtLeastOnce)...)
		}
		c.Send(all)
		rawclient.Expect[*packet.Connack](c)
		rawclient.Expect[*packet.Suback](c)
		for m := range messages {
			p := rawclient.Await[*packet.Publish](c)
			if string(p.Payload) != fmt.Sprint(m) {
				t.Fatalf("client %d: got message %s, want %d", i, p.Payload, m)
			}
			if a := rawclient.Await[*rawclient.Puback](c); a.ID != mqtt.PacketID(m+2) {
				t.Fatalf("client %d: got PUBACK %d, want %d", i, a.ID, m+2)
			}
			c.SendAck(packet.PUBACK, p.ID)
		}
		c.Disconnect()
	}
}

// The same with the packets arriving in pieces at any place.
func TestHandOverOfPieces(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	const clients = 64
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			v := rawclient.Versions[i%3]
			id := fmt.Sprintf("pieces-%d", i)
			c := s.Dial(t)
			c.Version = v
			b := rawclient.Connect(v, id)
			b = append(b, rawclient.Subscribe(v, 1, id, 0)...)
			b = append(b, rawclient.Publish(v, 0, id, []byte("whole"), 0)...)
			cut := 1 + i%(len(b)-1)
			c.Send(b[:cut])
			c.Send(b[cut:])
			rawclient.Expect[*packet.Connack](c)
			rawclient.Expect[*packet.Suback](c)
			c.ExpectMessage(id, "whole")
			c.Disconnect()
		})
	}
	all.Wait()
}
