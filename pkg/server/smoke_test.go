// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

var levels = []mqtt.QoS{mqtt.AtMostOnce, mqtt.AtLeastOnce, mqtt.ExactlyOnce}

// Every version publishes to every version, at every QoS to every granted QoS.
func TestPublishReachesSubscriber(t *testing.T) {
	for _, loops := range []int{1, 4} {
		s := servertest.Start(t, servertest.Loops(loops))
		for _, from := range rawclient.Versions {
			for _, to := range rawclient.Versions {
				t.Run(fmt.Sprintf("loops=%d/%v to %v", loops, from, to), func(t *testing.T) {
					publishAtEveryLevel(t, s, from, to)
				})
			}
		}
	}
}

func publishAtEveryLevel(t *testing.T, s *servertest.Server, from, to mqtt.Version) {
	publisher := s.Connect(t, from, "publisher")
	for _, granted := range levels {
		subscriber := s.Connect(t, to, "subscriber")
		subscriber.Subscribe("smoke/#", granted)
		for _, q := range levels {
			text := fmt.Sprintf("published at %d", q)
			publisher.Publish("smoke/a", text, q)
			p := subscriber.ExpectMessage("smoke/a", text)
			if want := min(q, granted); p.QoS != want || p.Dup || p.Retain {
				t.Errorf("published at %d, granted %d: got QoS %d, dup %v, retain %v",
					q, granted, p.QoS, p.Dup, p.Retain)
			}
		}
		subscriber.Unsubscribe("smoke/#")
		publisher.Publish("smoke/a", "nobody is there", mqtt.AtLeastOnce)
		subscriber.Quiet()
		subscriber.Disconnect()
	}
	publisher.Disconnect()
}

func TestRetained(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	for _, v := range rawclient.Versions {
		t.Run(v.String(), func(t *testing.T) {
			publisher := s.Connect(t, v, "publisher")
			publisher.Publish("kept/x", "first", mqtt.AtLeastOnce, rawclient.Retain)
			publisher.Publish("kept/x", "second", mqtt.AtLeastOnce, rawclient.Retain)
			subscriber := s.Connect(t, v, "subscriber")
			subscriber.Subscribe("kept/+", mqtt.AtLeastOnce)
			if p := subscriber.ExpectMessage("kept/x", "second"); !p.Retain {
				t.Error("a retained message for a new subscription has no RETAIN flag")
			}
			publisher.Publish("kept/x", "", mqtt.AtLeastOnce, rawclient.Retain)
			if p := subscriber.ExpectMessage("kept/x", ""); p.Retain {
				t.Error("a live message has the RETAIN flag")
			}
			late := s.Connect(t, v, "late")
			late.Subscribe("kept/+", mqtt.AtLeastOnce)
			late.Quiet()
		})
	}
}

// A Session keeps what is published while its Client is away, in order.
func TestSessionWaits(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	for _, v := range rawclient.Versions {
		t.Run(v.String(), func(t *testing.T) {
			c := s.Connect(t, v, "sleeper", rawclient.Resume)
			c.Subscribe("away/#", mqtt.ExactlyOnce)
			c.Cut()
			publisher := s.Connect(t, v, "publisher")
			const n = 50
			for i := range n {
				publisher.Publish("away/x", fmt.Sprint(i), levels[1+i%2])
			}
			c = s.Dial(t)
			if a := c.Connect(v, "sleeper", rawclient.Resume); v != mqtt.V31 && !a.SessionPresent {
				t.Error("no Session Present")
			}
			for i := range n {
				p := rawclient.Await[*packet.Publish](c)
				if string(p.Payload) != fmt.Sprint(i) {
					t.Fatalf("got message %s, want %d", p.Payload, i)
				}
				c.Acknowledge(p)
			}
			c.Quiet()
			c.Disconnect()
			s.Connect(t, v, "sleeper").Disconnect() // a clean one ends the Session
		})
	}
}

func TestWillOfLostConnection(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(4))
	for _, v := range rawclient.Versions {
		t.Run(v.String(), func(t *testing.T) {
			watcher := s.Connect(t, v, "watcher")
			watcher.Subscribe("will/#", mqtt.AtLeastOnce)
			s.Connect(t, v, "polite", rawclient.Will("will/polite", "never")).Disconnect()
			s.Connect(t, v, "lost", rawclient.Will("will/lost", "gone")).Cut()
			watcher.ExpectMessage("will/lost", "gone")
			watcher.Quiet()
		})
	}
}
