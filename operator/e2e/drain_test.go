// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// TestNodeDrain empties the node of a broker, as an upgrade of Kubernetes does, while a Client with
// a Session sends itself numbered messages.
func TestNodeDrain(t *testing.T) {
	r := newRoom(t)
	r.create(t, "moved", nil)
	r.ready(t, "moved")
	pod := get(t, r, "moved-0", &corev1.Pod{})
	l := newLedger(r.address(t, "moved", "mqtt"))
	stop := l.keep(t)
	l.grows(t, 100)

	node := pod.Spec.NodeName
	t.Cleanup(func() {
		if _, err := command(kubeContext, "kubectl", "uncordon", node); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	execute(t, "kubectl", "drain", node, "--ignore-daemonsets", "--delete-emptydir-data",
		"--force", "--timeout=3m")
	r.podReady(t, "moved-0", pod)
	l.grows(t, 100)
	stop()
	if after := get(t, r, "moved-0", &corev1.Pod{}); after.Spec.NodeName == node {
		t.Errorf("the pod is on %s again", node)
	}
	if l.connections < 2 {
		t.Errorf("the Client connected %d times", l.connections)
	}
	lost := 0
	for n := range l.acknowledged {
		if !l.received[n] {
			lost++
		}
	}
	figure(t, "%-52s %8.1f s, %d messages, lost: %d", "node drained, until the broker was back",
		l.back.Sub(began).Seconds(), len(l.acknowledged), lost)
	if lost > 0 {
		t.Errorf("%d of %d messages were acknowledged and never arrived", lost,
			len(l.acknowledged))
	}
	r.ready(t, "moved")
}

// ledger is what a Client with a Session has sent itself at QoS 1. It repeats what was not
// acknowledged, as Clients do.
type ledger struct {
	address     string
	connections int
	back        time.Time // when it connected last
	next        int
	// acknowledged and received hold the numbers of messages.
	acknowledged, received map[int]bool
	grown                  chan int // how many were received
}

func newLedger(address string) *ledger {
	return &ledger{address: address, acknowledged: map[int]bool{}, received: map[int]bool{},
		grown: make(chan int, 1)}
}

// keep sends, connects again when it has to, and goes on until it is stopped.
func (l *ledger) keep(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			conn, err := net.DialTimeout("tcp", l.address, time.Second)
			if err != nil {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			l.talk(ctx, rawclient.Wrap(t, conn))
			_ = conn.Close()
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// talk is one connection.
func (l *ledger) talk(ctx context.Context, c *rawclient.Client) {
	c.Version = mqtt.V50
	if c.TrySend(rawclient.Connect(mqtt.V50, "ledger", rawclient.Resume)) != nil ||
		c.TrySend(rawclient.Subscribe(mqtt.V50, 1, "ledger", 1)) != nil {
		return
	}
	for {
		p, err := c.TryNext()
		if err != nil {
			return
		}
		if _, ok := p.(*packet.Suback); ok {
			break
		}
		l.take(c, p)
	}
	l.connections++
	l.back = time.Now()
	for ctx.Err() == nil {
		if !l.exchange(c) {
			return
		}
	}
}

// exchange sends one message, and waits until it is acknowledged and here.
func (l *ledger) exchange(c *rawclient.Client) bool {
	payload := []byte(fmt.Sprint(l.next))
	if c.TrySend(rawclient.Publish(mqtt.V50, 2, "ledger", payload, mqtt.AtLeastOnce)) != nil {
		return false
	}
	for !l.acknowledged[l.next] || !l.received[l.next] {
		p, err := c.TryNext()
		if err != nil {
			if l.acknowledged[l.next] {
				l.next++ // it is the broker's now
			}
			return false
		}
		if a, ok := p.(*rawclient.Puback); ok && !a.Code.Failed() {
			l.acknowledged[l.next] = true
		}
		l.take(c, p)
	}
	l.next++
	select {
	case l.grown <- len(l.received):
	default:
	}
	return true
}

// take acknowledges a message that has come.
func (l *ledger) take(c *rawclient.Client, p any) {
	m, ok := p.(*packet.Publish)
	if !ok {
		return
	}
	var n int
	if _, err := fmt.Sscan(string(m.Payload), &n); err != nil {
		n = -1
	}
	l.received[n] = true
	ack, err := packet.AppendAck(nil, c.Version, packet.PUBACK, &packet.Ack{ID: m.ID})
	if err == nil {
		_ = c.TrySend(ack) // when that fails, so does the next read
	}
}

// grows waits until so many more messages have come.
func (l *ledger) grows(t *testing.T, more int) {
	t.Helper()
	first := -1
	for late := time.After(patience); ; {
		select {
		case n := <-l.grown:
			if first < 0 {
				first = n
			}
			if n >= first+more {
				return
			}
		case <-late:
			t.Fatalf("messages do not arrive any more")
		}
	}
}
