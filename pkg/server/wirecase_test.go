// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/packet/wirecase"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// Every wire case, sent whole and byte by byte, gets what it has to get, while another Client of
// the same server does not notice. Panics and what is left behind are counted by servertest.
func TestWireCases(t *testing.T) {
	servers := []*servertest.Server{servertest.Start(t, servertest.Loops(1)),
		servertest.Start(t, servertest.Loops(2))}
	const workers = 16
	x := &wireTest{T: t, servers: servers, cases: wirecase.All(),
		progress: make(chan *servertest.Server, workers)}
	var all sync.WaitGroup
	for range workers {
		all.Go(x.work)
	}
	go func() {
		all.Wait()
		close(x.progress)
	}()
	defer func() {
		for range x.progress { // nobody is left behind, also when this test ends early
		}
	}()
	stayWell(t, servers, x.progress)
}

// wireTest is shared by the goroutines that run cases.
type wireTest struct {
	*testing.T
	servers    []*servertest.Server
	cases      []wirecase.Case
	next       atomic.Int64
	complaints atomic.Int64
	progress   chan *servertest.Server // one that ran fifty cases more
}

// work runs cases until there are none left, or until there is enough to complain about.
func (x *wireTest) work() {
	for x.complaints.Load() < 40 {
		n := int(x.next.Add(1)) - 1
		if n >= len(x.cases) {
			return
		}
		s := x.servers[n%len(x.servers)]
		for _, err := range runCase(x.T, s, &x.cases[n]) {
			x.complaints.Add(1)
			x.Error(err)
		}
		if n%50 < len(x.servers) {
			x.progress <- s
		}
	}
	x.Error("given up: too many complaints")
}

// stayWell lets a good Client of each server go on with its work whenever it is asked to.
func stayWell(t *testing.T, servers []*servertest.Server, ask <-chan *servertest.Server) {
	good := map[*servertest.Server]*rawclient.Client{}
	for _, s := range servers {
		good[s] = s.Connect(t, mqtt.V50, "innocent")
		good[s].Subscribe("innocent/#", mqtt.ExactlyOnce)
	}
	n := 0
	for s := range ask {
		text := fmt.Sprint(n)
		good[s].Publish("innocent/x", text, levels[n%3])
		good[s].ExpectMessage("innocent/x", text)
		n++
	}
	for _, c := range good {
		c.Quiet()
		c.Disconnect()
	}
	if n == 0 {
		t.Error("the good Clients had nothing to do")
	}
}

// runCase runs a case in both ways and returns what is wrong.
func runCase(t *testing.T, s *servertest.Server, c *wirecase.Case) (complaints []error) {
	for _, how := range []string{"whole", "byte by byte"} {
		got, ended, err := converse(t, s, c, how != "whole")
		if err == nil {
			err = c.Judge(got, ended)
		}
		if err != nil {
			complaints = append(complaints, fmt.Errorf("%s, %s: %w", c.Name, how, err))
		}
	}
	return complaints
}

// converse brings a connection into the state of the case, sends its bytes and a PINGREQ, and
// returns the packets that come, up to the PINGRESP or the end of the connection.
func converse(t *testing.T, s *servertest.Server, c *wirecase.Case, piecemeal bool) (
	got [][]byte, ended bool, err error) {
	a := s.Addrs()[0]
	conn, err := rawclient.TryDial(t, a.Network(), a.String())
	if err != nil {
		return nil, false, err
	}
	defer conn.Cut()
	if err := bring(conn, c); err != nil {
		return nil, false, err
	}
	step := len(c.Wire)
	if piecemeal {
		step = 1
	}
	for b := c.Wire; len(b) > 0 && err == nil; b = b[step:] {
		_, err = conn.Write(b[:step]) // the server may close at any time
	}
	_, _ = conn.Write(packet.AppendPingreq(nil)) // so here
	pings := 1
	if c.Want[0].Answer == packet.PINGRESP {
		pings = 2
	}
	return hear(conn, pings)
}

// hear reads packets until the last of some PINGRESPs, which is left out, or the end.
func hear(conn *rawclient.Client, pings int) (got [][]byte, ended bool, err error) {
	for {
		raw, err := conn.NextRaw()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
			return got, true, nil
		case err != nil:
			return got, false, err
		case packet.Type(raw[0]>>4) == packet.PINGRESP:
			if pings--; pings == 0 {
				return got, false, nil
			}
		}
		got = append(got, raw)
	}
}

// bring goes the steps to the state of the case.
func bring(conn *rawclient.Client, c *wirecase.Case) error {
	id := strings.NewReplacer("127.0.0.1:", "state").Replace(conn.LocalAddr().String())
	pending := map[packet.Type]int{}
	for _, step := range c.State.Steps(c.Version, id) {
		if _, err := conn.Write(step.Send); err != nil {
			return err
		}
		for _, p := range step.Answers {
			pending[p]++
		}
		for missing(pending) {
			raw, err := conn.NextRaw()
			if err != nil {
				return fmt.Errorf("on the way to %v: %w, with %v pending", c.State, err, pending)
			}
			pending[packet.Type(raw[0]>>4)]--
		}
	}
	return nil
}

// missing reports whether a packet has yet to come; some come earlier than they must.
func missing(pending map[packet.Type]int) bool {
	for _, n := range pending {
		if n > 0 {
			return true
		}
	}
	return false
}

// U+FEFF is a character like others: names that differ in it are different names [MQTT-1.5.4-3].
func TestByteOrderMarkIsKept(t *testing.T) {
	s := servertest.Start(t)
	for _, v := range rawclient.Versions {
		c := s.Connect(t, v, "marked")
		c.Subscribe("\uFEFFmark/+", mqtt.AtMostOnce)
		c.Publish("mark/x", "without", mqtt.AtLeastOnce)
		c.Publish("\uFEFFmark/\uFEFF", "with", mqtt.AtLeastOnce)
		c.ExpectMessage("\uFEFFmark/\uFEFF", "with")
		c.Quiet()
		c.Disconnect()
	}
}
