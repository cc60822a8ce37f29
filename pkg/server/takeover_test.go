// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Of connections that race for one Client Identifier exactly one survives, all others are told
// [MQTT-3.1.4-3].
func TestTakeOverRace(t *testing.T) {
	const racing = 200
	tests := []struct {
		name   string
		change []func(*packet.Connect)
	}{
		{"clean", nil},
		{"resumed", []func(*packet.Connect){rawclient.Resume}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := servertest.Start(t, servertest.Loops(4))
			var clients []*rawclient.Client
			for range racing {
				clients = append(clients, s.Dial(t))
			}
			ended := make(chan int, racing)
			pong := make(chan int, racing)
			var all sync.WaitGroup
			for i, c := range clients {
				all.Go(func() {
					c.Version = rawclient.Versions[i%3]
					c.Send(rawclient.Connect(c.Version, "same", test.change...))
					rawclient.Expect[*packet.Connack](c)
					contend(t, c, func() { pong <- i })
					ended <- i
				})
			}
			alive := map[int]bool{}
			for i := range clients {
				alive[i] = true
			}
			for range racing - 1 {
				delete(alive, <-ended)
			}
			for i := range alive {
				clients[i].Send(packet.AppendPingreq(nil))
				select {
				case got := <-pong:
					if got != i {
						t.Errorf("connection %d lives as well as %d", got, i)
					}
				case <-ended:
					t.Error("nobody survived")
				}
				_ = clients[i].Close() // its reader ends
			}
			all.Wait()
		})
	}
}

// contend reads until the connection ends. A 5.0 Client is told why.
func contend(t *testing.T, c *rawclient.Client, pong func()) {
	told := false
	for {
		next, err := c.TryNext()
		if err != nil {
			ours := errors.Is(err, net.ErrClosed) // the survivor's, closed by the test
			if !ours && told != (c.Version == mqtt.V50) {
				t.Errorf("version %v: told %v", c.Version, told)
			}
			return
		}
		switch p := next.(type) {
		case *packet.Disconnect:
			told = true
			if p.Code != mqtt.SessionTakenOver {
				t.Errorf("DISCONNECT with %v", p.Code)
			}
		case *rawclient.Pingresp:
			pong()
		}
	}
}
