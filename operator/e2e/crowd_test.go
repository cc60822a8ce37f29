// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// crowd is many Clients of one broker, each subscribed to a topic of its own.
type crowd struct {
	address string
	clients []*rawclient.Client
}

// Ours: how many Clients there are, and how many of them do something at a time.
const (
	crowdSize = 1000
	atOnce    = 50
)

// address is that of a Service's port, by the name of the listener.
func (r *room) address(t *testing.T, service, listener string) string {
	t.Helper()
	s := get(t, r, service, &corev1.Service{})
	for _, p := range s.Spec.Ports {
		if p.Name == listener {
			return net.JoinHostPort(s.Spec.ClusterIP, strconv.Itoa(int(p.Port)))
		}
	}
	t.Fatalf("Service %s has no port %s: %v", service, listener, s.Spec.Ports)
	return ""
}

// gather connects a crowd, with Sessions that outlive connections.
func gather(t *testing.T, address string, n int) *crowd {
	t.Helper()
	c := &crowd{address, make([]*rawclient.Client, n)}
	c.each(t, atOnce, func(i int) {
		if c.clients[i] = dial(t, address); c.clients[i] != nil {
			c.join(i, rawclient.Resume)
		}
	})
	return c
}

// dial connects as soon as that is possible: kube-proxy may be a moment behind a broker that is
// Ready. It returns nil when the test has failed.
func dial(t *testing.T, address string) *rawclient.Client {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err == nil {
			return rawclient.Wrap(t, conn)
		}
		if time.Now().After(end) {
			t.Errorf("cannot connect: %v", err)
			return nil
		}
	}
}

// join logs a Client in and subscribes it, unless its Session has that.
func (c *crowd) join(i int, change ...func(*packet.Connect)) (present bool) {
	a := c.clients[i].Connect(mqtt.V50, "crowd-"+strconv.Itoa(i), change...)
	if !a.SessionPresent {
		c.clients[i].Subscribe(topicOf(i), mqtt.AtLeastOnce)
	}
	return a.SessionPresent
}

func topicOf(i int) string { return fmt.Sprintf("crowd/%d", i) }

// each does something for every Client, some at a time.
func (c *crowd) each(t *testing.T, atOnce int, do func(i int)) {
	t.Helper()
	hadFailed := t.Failed()
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			ended := true
			defer func() {
				for ended { // by rawclient, which has told t; nobody shall wait for this one
					if _, more := <-next; !more {
						return
					}
				}
			}()
			for i := range next {
				do(i)
			}
			ended = false
		})
	}
	for i := range c.clients {
		next <- i
	}
	close(next)
	workers.Wait()
	if t.Failed() && !hadFailed {
		t.FailNow()
	}
}

// allThere makes sure that every Client has the connection it had, and gets what it subscribed to.
func (c *crowd) allThere(t *testing.T, after string) {
	t.Helper()
	publisher := dial(t, c.address)
	if publisher == nil {
		t.FailNow()
	}
	publisher.Connect(mqtt.V50, "publisher")
	for i := range c.clients {
		publisher.Publish(topicOf(i), after, mqtt.AtLeastOnce)
	}
	publisher.Disconnect()
	c.each(t, atOnce, func(i int) {
		c.clients[i].ExpectMessage(topicOf(i), after)
		c.clients[i].Quiet()
	})
}

// farewell is when and how connections ended.
type farewell struct {
	first, last time.Time
	told        int // how many Clients were told why
}

// leave waits until every connection has ended.
func (c *crowd) leave(t *testing.T) (f farewell) {
	t.Helper()
	var mu sync.Mutex
	c.each(t, len(c.clients), func(i int) {
		told := false
		c.clients[i].Wait = patience
		for {
			p, err := c.clients[i].TryNext()
			if err != nil {
				if !rawclient.Ended(err) {
					t.Errorf("Client %d: %v", i, err)
				}
				break
			}
			if d, ok := p.(*packet.Disconnect); ok && d.Code == mqtt.ServerShuttingDown {
				told = true
			}
		}
		_ = c.clients[i].Close()
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if f.first.IsZero() {
			f.first = now
		}
		f.last = now
		if told {
			f.told++
		}
	})
	return f
}

// comeBack connects every Client again, as soon as that is possible, and tells how many found
// their Session.
func (c *crowd) comeBack(t *testing.T) (present int) {
	t.Helper()
	var mu sync.Mutex
	c.each(t, atOnce, func(i int) {
		if c.clients[i] = dial(t, c.address); c.clients[i] == nil {
			return
		}
		if c.join(i, rawclient.Resume) {
			mu.Lock()
			present++
			mu.Unlock()
		}
	})
	return present
}
