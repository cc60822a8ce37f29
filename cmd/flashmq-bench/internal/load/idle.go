// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/result"
)

// points is at how many levels memory is looked at.
const points = 10

// level takes down the broker's memory whenever another tenth of the things is there.
type level struct {
	run    *run
	total  int
	points []account.Point
}

func (v *level) reached(things int) {
	if len(v.run.processes) == 0 || things*points < len(v.points)*v.total {
		return
	}
	resident := v.run.processes.Read().Resident
	v.points = append(v.points, account.Point{Things: things, Bytes: resident})
}

// keep adds what was seen to the result.
func (v *level) keep(per string) {
	if len(v.points) > 1 {
		v.run.result.Memory = append(v.run.result.Memory,
			result.Memory{Per: per, Bytes: account.Slope(v.points), Points: v.points})
	}
}

// idle connects, and then holds the connections with nothing but pings.
func (r *run) idle() error {
	o := &r.options
	l, err := r.alone(o.Clients, 0)
	if err != nil {
		return err
	}
	defer l.endAlone()
	for i := range o.Clients {
		filter := ""
		if o.Subscribers > 0 {
			filter = topic(o, i/1000, i%1000)
		}
		l.add(filter).keepAlive = uint16(min(2*o.Ping/time.Second, 65535))
	}
	memory := level{run: r, total: o.Clients}
	memory.reached(0)
	m := r.begin("connect", "connection")
	l.wanted = o.Clients
	err = l.until(fmt.Sprintf("connecting %d clients", o.Clients), func() bool {
		memory.reached(l.ready)
		return l.ready == o.Clients
	})
	m.end(int64(l.ready))
	r.result.Connected = l.ready
	if err != nil {
		return err
	}
	memory.keep("connection")
	return l.hold()
}

// hold waits, and pings if it was asked to.
func (l *loop) hold() error {
	r, o := l.run, l.options
	r.live.Stage = "settling"
	if err := l.pass(o.Warmup, 0); err != nil {
		return err
	}
	m, pongs := r.begin("hold", "ping"), l.count.pongs
	err := l.pass(o.Duration, o.Ping)
	m.end(l.count.pongs - pongs)
	return err
}

// pass turns the loop for so long; in every period each client pings once. A run that is
// interrupted here has measured what it could.
func (l *loop) pass(d, period time.Duration) error {
	began := l.run.clock()
	sent := 0
	for {
		past := time.Duration(l.run.clock() - began)
		if past >= d || l.run.ctx.Err() != nil {
			return nil
		}
		wait := min(longestWait, d-past)
		if period > 0 {
			due := int(float64(past) / float64(period) * float64(len(l.conns)))
			for ; sent < due; sent++ {
				if c := &l.conns[sent%len(l.conns)]; c.state == ready {
					l.ping(c)
				}
			}
			wait = min(wait, time.Millisecond)
		}
		l.step(wait)
		l.run.tell()
		if l.count.closed > 0 {
			return l.run.explain(fmt.Errorf("load: holding %d clients", len(l.conns)))
		}
	}
}
