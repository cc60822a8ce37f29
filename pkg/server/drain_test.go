// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// drains sets the keys of a drain.
func drains(delay time.Duration, rate int, deadline time.Duration) servertest.Option {
	return func(c *config.Config) {
		c.DrainDelay, c.DrainRate, c.DrainDeadline = delay, rate, deadline
	}
}

// During drain_delay the broker is not ready and serves as before, new Clients as well.
func TestDrainDelay(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(2), drains(time.Hour, 0, time.Hour))
	a := s.Admin(t)
	if status, _ := a.Ask("GET", "/readyz"); status != 200 {
		t.Errorf("ready: %d", status)
	}
	early := s.Connect(t, mqtt.V50, "early")
	early.Subscribe("x", mqtt.AtLeastOnce)
	for range 2 { // asking again changes nothing
		if status, body := a.Ask("POST", "/drain"); status != 202 ||
			!strings.Contains(body, `"remaining": 1`) {
			t.Errorf("drain: %d %s", status, body)
		}
		for path, want := range map[string]int{"/readyz": 503, "/livez": 200, "/startupz": 200} {
			if status, body := a.Ask("GET", path); status != want {
				t.Errorf("%s: %d %s, want %d", path, status, body, want)
			}
		}
	}
	s.WaitLogged("draining")
	late := s.Connect(t, mqtt.V50, "late")
	late.Publish("x", "still here", mqtt.AtLeastOnce)
	early.ExpectMessage("x", "still here")
	if err := s.Reload(func(*config.Config) {}); err == nil {
		t.Error("a server that drains reloads")
	}
	if r := a.Report(); r.Ready || r.Draining == nil || len(r.Listeners) != 1 {
		t.Errorf("report: %+v", r)
	}
	if !s.Hurry() || s.Hurry() {
		t.Error("Hurry: want true, then false")
	}
	early.ExpectDisconnect(mqtt.ServerShuttingDown)
	late.ExpectDisconnect(mqtt.ServerShuttingDown)
	s.WaitEnd()
	if _, body := a.Ask("GET", "/readyz"); !strings.Contains(body, "[-]listeners failed") {
		t.Errorf("after the end: %s", body)
	}
}

// With a rate Clients go one after the other, and who has not gone is served.
func TestDrainRate(t *testing.T) {
	const clients = 60
	s := servertest.Start(t, servertest.Loops(1), drains(0, 1, time.Hour))
	address := s.Addr()
	var all []*rawclient.Client
	for i := range clients {
		all = append(all, s.Connect(t, rawclient.Versions[i%3], fmt.Sprint(i)))
	}
	all[0].Subscribe("x", mqtt.AtLeastOnce)
	silent := s.Dial(t) // has not logged in, so it is not waited for
	s.Drain()
	silent.ExpectClosed()
	if c, err := net.Dial("tcp", address); err == nil {
		c.Close()
		t.Error("new connections are accepted")
	}
	// The newest go first; it would take a minute until the turn of the oldest comes.
	for i := clients - 1; i > clients-3; i-- {
		all[i].ExpectDisconnect(mqtt.ServerShuttingDown)
		all[1].Publish("x", "still here", mqtt.AtLeastOnce)
		all[0].ExpectMessage("x", "still here")
	}
	if !s.Hurry() {
		t.Error("nothing to hurry")
	}
	for _, c := range all[:clients-2] {
		c.ExpectDisconnect(mqtt.ServerShuttingDown)
	}
	s.WaitEnd()
}

// When all have gone there is nothing to wait for.
func TestDrainEndsWhenAllHaveGone(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(3), drains(0, 10000, time.Hour))
	var all []*rawclient.Client
	for i := range 60 {
		all = append(all, s.Connect(t, mqtt.V50, fmt.Sprint(i)))
	}
	s.Drain()
	for _, c := range all {
		c.ExpectDisconnect(mqtt.ServerShuttingDown)
	}
	s.WaitEnd()
	if s.Hurry() {
		t.Error("a drain that is over can be hurried")
	}
	if s.Logged("drain_deadline") {
		t.Error("the deadline was waited for")
	}
}

// The deadline ends a drain that would take longer; it counts from the beginning.
func TestDrainDeadline(t *testing.T) {
	s := servertest.Start(t, drains(time.Second, 1, time.Second))
	var all []*rawclient.Client
	for i := range 50 {
		all = append(all, s.Connect(t, mqtt.V50, fmt.Sprint(i)))
	}
	s.Drain()
	for _, c := range all { // patience is shorter than fifty seconds and more
		c.ExpectDisconnect(mqtt.ServerShuttingDown)
	}
	s.WaitEnd()
	if !s.Logged("drain_deadline has passed") {
		t.Error("not said in the log")
	}
}

// Clients of 5.0 are told where else to go, however they are let go.
func TestServerReference(t *testing.T) {
	const reference = "mqtt-2.example.com:8883"
	for _, rate := range []int{0, 1000} {
		t.Run(fmt.Sprint("rate ", rate), func(t *testing.T) {
			s := servertest.Start(t, drains(0, rate, time.Hour), func(c *config.Config) {
				c.ServerReference = "overridden"
			})
			reload(t, s, func(c *config.Config) { c.ServerReference = reference })
			five := s.Connect(t, mqtt.V50, "five")
			three := s.Connect(t, mqtt.V311, "three")
			small := s.Connect(t, mqtt.V50, "small", func(p *packet.Connect) {
				p.Properties.SetMaximumPacketSize(20)
			})
			fits := s.Connect(t, mqtt.V50, "fits", func(p *packet.Connect) {
				p.Properties.SetMaximumPacketSize(uint32(len(reference) + 7))
			})
			s.Drain()
			for c, want := range map[*rawclient.Client]string{
				five: reference, fits: reference, small: "",
			} {
				d := rawclient.Expect[*packet.Disconnect](c)
				if d.Code != mqtt.UseAnotherServer ||
					string(d.Properties.ServerReference) != want {
					t.Errorf("%v %q, want %q", d.Code, d.Properties.ServerReference, want)
				}
				c.ExpectClosed()
			}
			three.ExpectClosed()
			s.WaitEnd()
		})
	}
}

// A Client that is let go has its will published at once, to those who are still there; one that
// waits for its delay is published before the end; one that said goodbye in time has none.
func TestWillsOfADrain(t *testing.T) {
	s := servertest.Start(t, servertest.Loops(1), drains(0, 1, time.Hour))
	watcher := s.Connect(t, mqtt.V50, "watcher") // the newest ones are let go first
	watcher.Subscribe("will/#", mqtt.AtLeastOnce)
	polite := s.Connect(t, mqtt.V50, "polite", rawclient.Will("will/polite", "never"))
	for i := range 60 { // a minute in which neither is let go
		s.Connect(t, mqtt.V311, fmt.Sprint("other", i))
	}
	patient := s.Connect(t, mqtt.V50, "patient", rawclient.Resume,
		rawclient.Will("will/patient", "at the end"),
		func(p *packet.Connect) { p.WillProperties.SetWillDelayInterval(3000) })
	first := s.Connect(t, mqtt.V311, "first", rawclient.Will("will/first", "gone"))
	s.Drain()
	first.ExpectClosed()
	watcher.ExpectMessage("will/first", "gone")
	polite.Disconnect()
	patient.ExpectDisconnect(mqtt.ServerShuttingDown)
	s.Hurry()
	watcher.ExpectMessage("will/patient", "at the end")
	watcher.ExpectDisconnect(mqtt.ServerShuttingDown)
	s.WaitEnd()
}
