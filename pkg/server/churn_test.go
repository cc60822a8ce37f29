// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Clients that come and go, politely and not, leave nothing behind while the server goes on.
func TestChurn(t *testing.T) {
	const workers = 8
	each := 1250
	if raceDetector {
		each = 250
	}
	s := servertest.Start(t, servertest.Loops(4))
	stays := s.Connect(t, mqtt.V50, "stays")
	sockets := openSockets(t)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				comeAndGo(t, s, w*each+i)
			}
		})
	}
	all.Wait()
	stays.Quiet()
	servertest.Wait(t, "all sockets of the server are closed", func() bool {
		return openSockets(t) <= sockets
	})
	servertest.Wait(t, "only one Session is left", func() bool {
		return s.Count(metrics.Sessions) == 1 && s.Count(metrics.Clients) == 1
	})
	if n := s.Count(metrics.Inflight) + s.Count(metrics.Queued); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

// comeAndGo is one of the ways in which a short connection can go.
func comeAndGo(t *testing.T, s *servertest.Server, n int) {
	v := rawclient.Versions[n%3]
	c := s.Dial(t)
	defer c.Close()
	c.Version = v
	id := fmt.Sprint("short-", n)
	switch n / 3 % 5 {
	case 0:
		c.Cut()
	case 1:
		c.Send(rawclient.Connect(v, id))
		c.Cut() // perhaps in the middle of the hand-over
	case 2:
		c.Connect(v, id)
		c.Subscribe(id+"/#", mqtt.ExactlyOnce)
		c.Disconnect()
	case 3:
		c.Connect(v, id, rawclient.Will("will/"+id, "gone"))
		c.Subscribe(id+"/#", mqtt.ExactlyOnce)
		c.Send(rawclient.Publish(v, 1, id+"/x", []byte("x"), mqtt.ExactlyOnce))
		c.Cut()
	case 4:
		all := rawclient.Connect(v, id)
		all = append(all, rawclient.Subscribe(v, 1, id, 1)...)
		all = append(all, rawclient.Publish(v, 2, id, []byte("x"), mqtt.AtLeastOnce)...)
		c.Send(all)
		rawclient.Expect[*packet.Connack](c)
		rawclient.Expect[*packet.Suback](c)
		rawclient.Await[*packet.Publish](c)
		rawclient.Await[*rawclient.Puback](c)
	}
}

// openSockets is how many sockets this process has.
func openSockets(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}
