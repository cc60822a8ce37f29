// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"fmt"
	"testing"
	"time"

	paho3 "github.com/eclipse/paho.mqtt.golang"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// Eclipse Paho's first Go line: 3.1 and 3.1.1.

type arrival struct {
	topic, text string
	qos         byte
	retained    bool
}

// pahoClient is a connected client that keeps what arrives.
type pahoClient struct {
	paho3.Client
	t       *testing.T
	arrived chan arrival
}

func pahoConnect(t *testing.T, s *servertest.Server, version uint, id string,
	change ...func(*paho3.ClientOptions)) *pahoClient {
	t.Helper()
	c := &pahoClient{t: t, arrived: make(chan arrival, 10000)}
	o := paho3.NewClientOptions().AddBroker("tcp://" + s.Addr()).SetClientID(id).
		SetProtocolVersion(version).SetAutoReconnect(false).SetConnectTimeout(servertest.Patience)
	o.SetDefaultPublishHandler(func(_ paho3.Client, m paho3.Message) {
		c.arrived <- arrival{m.Topic(), string(m.Payload()), m.Qos(), m.Retained()}
	})
	for _, f := range change {
		f(o)
	}
	c.Client = paho3.NewClient(o)
	c.done(c.Connect())
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// done waits for what a token stands for.
func (c *pahoClient) done(token paho3.Token) {
	c.t.Helper()
	if !token.WaitTimeout(servertest.Patience) {
		c.t.Fatal("no answer")
	}
	if err := token.Error(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *pahoClient) subscribe(filter string, qos byte) {
	c.t.Helper()
	token := c.Subscribe(filter, qos, nil)
	c.done(token)
	if got := token.(*paho3.SubscribeToken).Result()[filter]; got != qos {
		c.t.Fatalf("granted QoS %d instead of %d", got, qos)
	}
}

func (c *pahoClient) next() arrival {
	c.t.Helper()
	select {
	case a := <-c.arrived:
		return a
	case <-time.After(servertest.Patience):
		c.t.Fatal("no message")
		return arrival{}
	}
}

func (c *pahoClient) expect(want arrival) {
	c.t.Helper()
	if got := c.next(); got != want {
		c.t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestPaho3(t *testing.T) {
	s := start(t, servertest.Loops(2))
	for version, name := range map[uint]string{3: "3.1", 4: "3.1.1"} {
		t.Run(name+"/levels", func(t *testing.T) { paho3Levels(t, s, version) })
		t.Run(name+"/session", func(t *testing.T) { paho3Session(t, s, version) })
		t.Run(name+"/retained", func(t *testing.T) { paho3Retained(t, s, version) })
		t.Run(name+"/will", func(t *testing.T) { paho3Will(t, s, version) })
		t.Run(name+"/many", func(t *testing.T) { paho3Many(t, s, version) })
	}
}

func paho3Levels(t *testing.T, s *servertest.Server, version uint) {
	publisher := pahoConnect(t, s, version, "publisher")
	for granted := range byte(3) {
		subscriber := pahoConnect(t, s, version, fmt.Sprint("subscriber", granted))
		subscriber.subscribe("paho/+/x", granted)
		for q := range byte(3) {
			publisher.done(publisher.Publish("paho/3/x", q, false, fmt.Sprint("at ", q)))
			subscriber.expect(arrival{"paho/3/x", fmt.Sprint("at ", q), min(q, granted), false})
		}
		subscriber.done(subscriber.Unsubscribe("paho/+/x"))
	}
}

func paho3Session(t *testing.T, s *servertest.Server, version uint) {
	id := fmt.Sprint("session-", version)
	keep := func(o *paho3.ClientOptions) { o.SetCleanSession(false) }
	subscriber := pahoConnect(t, s, version, id, keep)
	subscriber.subscribe(id+"/#", 2)
	subscriber.Disconnect(0)
	publisher := pahoConnect(t, s, version, "publisher")
	for i := range 20 {
		publisher.done(publisher.Publish(id+"/x", byte(1+i%2), false, fmt.Sprint(i)))
	}
	subscriber = pahoConnect(t, s, version, id, keep)
	for i := range 20 {
		subscriber.expect(arrival{id + "/x", fmt.Sprint(i), byte(1 + i%2), false})
	}
}

func paho3Retained(t *testing.T, s *servertest.Server, version uint) {
	topic := fmt.Sprint("retained/", version)
	publisher := pahoConnect(t, s, version, "publisher")
	publisher.done(publisher.Publish(topic, 1, true, "kept"))
	early := pahoConnect(t, s, version, "early")
	early.subscribe(topic, 1)
	early.expect(arrival{topic, "kept", 1, true})
	publisher.done(publisher.Publish(topic, 1, true, ""))
	early.expect(arrival{topic, "", 1, false})
	late := pahoConnect(t, s, version, "late")
	late.subscribe(topic, 1)
	publisher.done(publisher.Publish(topic, 1, false, "first"))
	late.expect(arrival{topic, "first", 1, false})
}

func paho3Will(t *testing.T, s *servertest.Server, version uint) {
	topic := fmt.Sprint("will/", version)
	watcher := pahoConnect(t, s, version, "watcher")
	watcher.subscribe(topic, 2)
	will := func(o *paho3.ClientOptions) { o.SetWill(topic, "gone", 2, false) }
	pahoConnect(t, s, version, "lost", will)
	// The same identifier again: the first connection is taken over, and its will is due.
	pahoConnect(t, s, version, "lost")
	watcher.expect(arrival{topic, "gone", 2, false})
}

// Many messages under way at a time, as Paho sends them without waiting for tokens.
func paho3Many(t *testing.T, s *servertest.Server, version uint) {
	topic := fmt.Sprint("many/", version)
	const n = 3000
	subscriber := pahoConnect(t, s, version, "subscriber")
	subscriber.subscribe(topic, 2)
	publisher := pahoConnect(t, s, version, "publisher")
	for q := range byte(3) {
		tokens := make([]paho3.Token, n)
		for i := range tokens {
			tokens[i] = publisher.Publish(topic, q, false, fmt.Sprint(i))
		}
		for i, token := range tokens {
			publisher.done(token)
			subscriber.expect(arrival{topic, fmt.Sprint(i), q, false})
		}
	}
}
