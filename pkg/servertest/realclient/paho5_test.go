// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/extensions/topicaliases"
	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// Eclipse Paho's second Go line: 5.0.

// paho5 is a connected client that keeps what arrives.
type paho5 struct {
	*paho.Client
	t       *testing.T
	ctx     context.Context
	connack *paho.Connack
	arrived chan *paho.Publish
	gone    chan *paho.Disconnect
}

func pahoConnect5(t *testing.T, s *servertest.Server, id string,
	change ...func(*paho.ClientConfig, *paho.Connect)) *paho5 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), servertest.Patience)
	t.Cleanup(cancel)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c := &paho5{t: t, ctx: ctx, arrived: make(chan *paho.Publish, 10000),
		gone: make(chan *paho.Disconnect, 1)}
	config := paho.ClientConfig{ClientID: id, Conn: conn, PacketTimeout: servertest.Patience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){
			func(r paho.PublishReceived) (bool, error) {
				c.arrived <- r.Packet
				return true, nil
			}},
		OnServerDisconnect: func(d *paho.Disconnect) { c.gone <- d }}
	connect := &paho.Connect{ClientID: id, KeepAlive: 30, CleanStart: true}
	for _, f := range change {
		f(&config, connect)
	}
	c.Client = paho.NewClient(config)
	if c.connack, err = c.Connect(ctx, connect); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Disconnect(&paho.Disconnect{}) // it may be disconnected already
		<-c.Done()
	})
	return c
}

func (c *paho5) subscribe(o ...paho.SubscribeOptions) {
	c.t.Helper()
	if _, err := c.Subscribe(c.ctx, &paho.Subscribe{Subscriptions: o}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *paho5) publish(topic string, qos byte, text string, change ...func(*paho.Publish)) {
	c.t.Helper()
	p := &paho.Publish{Topic: topic, QoS: qos, Payload: []byte(text)}
	for _, f := range change {
		f(p)
	}
	if _, err := c.Publish(c.ctx, p); err != nil {
		c.t.Fatal(err)
	}
}

func (c *paho5) next() *paho.Publish {
	c.t.Helper()
	select {
	case p := <-c.arrived:
		return p
	case <-c.ctx.Done():
		c.t.Fatal("no message")
		return nil
	}
}

func (c *paho5) expect(topic string, qos byte, text string) *paho.Publish {
	c.t.Helper()
	p := c.next()
	if p.Topic != topic || p.QoS != qos || string(p.Payload) != text {
		c.t.Fatalf("got %q %d %q, want %q %d %q", p.Topic, p.QoS, p.Payload, topic, qos, text)
	}
	return p
}

func TestPaho5Levels(t *testing.T) {
	s := start(t, servertest.Loops(2))
	publisher := pahoConnect5(t, s, "publisher")
	for granted := range byte(3) {
		subscriber := pahoConnect5(t, s, "subscriber")
		subscriber.subscribe(paho.SubscribeOptions{Topic: "paho/#", QoS: granted})
		for q := range byte(3) {
			publisher.publish("paho/5", q, fmt.Sprint("at ", q))
			subscriber.expect("paho/5", min(q, granted), fmt.Sprint("at ", q))
		}
	}
}

func TestPaho5Properties(t *testing.T) {
	s := start(t, servertest.Loops(2))
	c := pahoConnect5(t, s, "c")
	identifier := 268435455
	if _, err := c.Subscribe(c.ctx, &paho.Subscribe{
		Properties:    &paho.SubscribeProperties{SubscriptionIdentifier: &identifier},
		Subscriptions: []paho.SubscribeOptions{{Topic: "p", QoS: 2, RetainAsPublished: true}},
	}); err != nil {
		t.Fatal(err)
	}
	format := byte(1)
	properties := &paho.PublishProperties{
		ContentType: "text/plain", ResponseTopic: "answers", CorrelationData: []byte{0, 1, 2},
		PayloadFormat: &format,
		User: paho.UserProperties{
			{Key: "a", Value: "1"}, {Key: "b", Value: ""}, {Key: "a", Value: "2"}},
	}
	c.publish("p", 2, "hello", func(p *paho.Publish) { p.Properties, p.Retain = properties, true })
	got := c.expect("p", 2, "hello")
	if !got.Retain {
		t.Error("Retain As Published, but no RETAIN")
	}
	want := *properties
	want.SubscriptionIdentifier = &identifier
	if diff := cmp.Diff(&want, got.Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}

func TestPaho5OwnMessages(t *testing.T) {
	s := start(t)
	c := pahoConnect5(t, s, "c")
	other := pahoConnect5(t, s, "other")
	c.subscribe(paho.SubscribeOptions{Topic: "local", QoS: 1, NoLocal: true})
	c.publish("local", 1, "mine")
	other.publish("local", 1, "of others")
	c.expect("local", 1, "of others")
}

func TestPaho5RetainHandling(t *testing.T) {
	s := start(t)
	c := pahoConnect5(t, s, "c")
	c.publish("kept", 1, "kept", func(p *paho.Publish) { p.Retain = true })
	subscribe := func(handling byte) {
		c.subscribe(paho.SubscribeOptions{Topic: "kept", QoS: 1, RetainHandling: handling})
	}
	subscribe(2)
	subscribe(1) // not new any more
	c.publish("kept", 1, "marker")
	c.expect("kept", 1, "marker")
	subscribe(0)
	if p := c.expect("kept", 1, "kept"); !p.Retain {
		t.Error("a retained message has no RETAIN flag")
	}
}

func TestPaho5TopicAliases(t *testing.T) {
	s := start(t)
	subscriber := pahoConnect5(t, s, "subscriber")
	subscriber.subscribe(paho.SubscribeOptions{Topic: "alias/#", QoS: 1})
	handler := topicaliases.NewTAHandler(10)
	publisher := pahoConnect5(t, s, "publisher", func(o *paho.ClientConfig, _ *paho.Connect) {
		o.PublishHook = handler.PublishHook
	})
	for i := range 30 {
		topic := fmt.Sprint("alias/", i%10)
		publisher.publish(topic, 1, fmt.Sprint(i))
		subscriber.expect(topic, 1, fmt.Sprint(i))
	}
}

func TestPaho5Session(t *testing.T) {
	s := start(t, servertest.Loops(2))
	keep := func(_ *paho.ClientConfig, p *paho.Connect) {
		expiry := uint32(600)
		p.CleanStart = false
		p.Properties = &paho.ConnectProperties{SessionExpiryInterval: &expiry}
	}
	subscriber := pahoConnect5(t, s, "session", keep)
	if subscriber.connack.SessionPresent {
		t.Error("Session Present before there was one")
	}
	subscriber.subscribe(paho.SubscribeOptions{Topic: "away", QoS: 2})
	if err := subscriber.Disconnect(&paho.Disconnect{}); err != nil {
		t.Fatal(err)
	}
	publisher := pahoConnect5(t, s, "publisher")
	for i := range 40 {
		publisher.publish("away", byte(1+i%2), fmt.Sprint(i))
	}
	subscriber = pahoConnect5(t, s, "session", keep)
	if !subscriber.connack.SessionPresent {
		t.Error("no Session Present")
	}
	for i := range 40 {
		subscriber.expect("away", byte(1+i%2), fmt.Sprint(i))
	}
}

func TestPaho5TakeOverAndWill(t *testing.T) {
	s := start(t, servertest.Loops(2))
	watcher := pahoConnect5(t, s, "watcher")
	watcher.subscribe(paho.SubscribeOptions{Topic: "will", QoS: 1})
	first := pahoConnect5(t, s, "same", func(_ *paho.ClientConfig, p *paho.Connect) {
		p.WillMessage = &paho.WillMessage{Topic: "will", Payload: []byte("gone"), QoS: 1}
		p.WillProperties = &paho.WillProperties{User: paho.UserProperties{{Key: "k", Value: "v"}}}
	})
	pahoConnect5(t, s, "same")
	select {
	case d := <-first.gone:
		if d.ReasonCode != 0x8e {
			t.Errorf("DISCONNECT with %#x, want 0x8e", d.ReasonCode)
		}
	case <-time.After(servertest.Patience):
		t.Error("no DISCONNECT")
	}
	p := watcher.expect("will", 1, "gone")
	if p.Properties.User.Get("k") != "v" {
		t.Errorf("the will came with %+v", p.Properties)
	}
}

// The server keeps to the client's Receive Maximum and Maximum Packet Size.
func TestPaho5Limits(t *testing.T) {
	s := start(t)
	c := pahoConnect5(t, s, "c", func(_ *paho.ClientConfig, p *paho.Connect) {
		few, size := uint16(2), uint32(1000)
		p.Properties = &paho.ConnectProperties{ReceiveMaximum: &few, MaximumPacketSize: &size}
	})
	publisher := pahoConnect5(t, s, "publisher")
	c.subscribe(paho.SubscribeOptions{Topic: "limits", QoS: 2})
	publisher.publish("limits", 1, string(bytes.Repeat([]byte("x"), 2000)))
	for i := range 200 {
		publisher.publish("limits", byte(1+i%2), fmt.Sprint(i))
	}
	for i := range 200 {
		c.expect("limits", byte(1+i%2), fmt.Sprint(i))
	}
}

// autopaho connects again by itself after the server cut it off, and its Session goes on.
func TestAutopahoReconnects(t *testing.T) {
	s := start(t, servertest.Loops(2))
	ctx, cancel := context.WithTimeout(context.Background(), servertest.Patience)
	defer cancel()
	address, err := url.Parse("mqtt://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan string, 100)
	up := make(chan struct{}, 10)
	manager, err := autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls: []*url.URL{address}, KeepAlive: 20, CleanStartOnInitialConnection: true,
		SessionExpiryInterval: 600,
		ReconnectBackoff:      autopaho.NewConstantBackoff(10 * time.Millisecond),
		OnConnectionUp: func(*autopaho.ConnectionManager, *paho.Connack) {
			up <- struct{}{}
		},
		ClientConfig: paho.ClientConfig{ClientID: "auto",
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){
				func(r paho.PublishReceived) (bool, error) {
					arrived <- string(r.Packet.Payload)
					return true, nil
				}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	<-up
	if _, err := manager.Subscribe(ctx, &paho.Subscribe{
		Subscriptions: []paho.SubscribeOptions{{Topic: "auto", QoS: 1}}}); err != nil {
		t.Fatal(err)
	}
	manager.TerminateConnectionForTest()
	pahoConnect5(t, s, "publisher").publish("auto", 1, "while away or back")
	<-up
	if got := <-arrived; got != "while away or back" {
		t.Errorf("got %q", got)
	}
	if err := manager.Disconnect(ctx); err != nil {
		t.Error(err)
	}
	<-manager.Done()
}
