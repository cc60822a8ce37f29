// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"net"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// The instant a callback is told is not before what it is told about, even in a turn that has taken
// long: here the first connection keeps the loop until the second one has sent more, or is gone.
func TestNowIsNotBeforeTheEvent(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{false, true} {
		arrived, done := make(chan struct{}), make(chan struct{})
		opened, told := make(chan *Conn, 2), make(chan int64, 16)
		var second *Conn
		h := &funcs{opened: func(c *Conn) { opened <- c }}
		h.readable = func(c *Conn, in []byte) {
			if c == second {
				told <- c.Loop().Now()
				return
			}
			close(arrived)
			<-done
			if ends {
				second.Schedule() // a write will find that it is gone
			}
		}
		h.flush = func(c *Conn) {
			var out buffer.Out
			out.Append(c.Loop().Buffers, []byte("text"))
			_ = c.Send(&out)
		}
		h.closed = func(c *Conn, _ error) { told <- c.Loop().Now() }
		r, ln := start(t, Options{Loops: 1}, h)
		here, there := dial(t, ln), net.Conn(nil)
		wait(t, opened, "the first connection")
		there = dial(t, ln)
		second = wait(t, opened, "the second connection")
		// What is written now is reported at the beginning of one turn.
		entered, leave := make(chan struct{}), make(chan struct{})
		r.loops[0].Post(func(*Loop) { close(entered); <-leave }, 0)
		wait(t, entered, "the loop to stop")
		say(t, here)
		if !ends {
			say(t, there)
		}
		close(leave)
		wait(t, arrived, "the first connection's bytes")
		for len(told) > 0 {
			<-told // the second one was served before the first
		}
		sent := r.clock()
		if ends {
			_ = there.(*net.TCPConn).SetLinger(0)
			_ = there.Close()
		} else {
			say(t, there)
		}
		close(done)
		if now := wait(t, told, "the second connection"); now < sent {
			t.Errorf("its end is %v: told an instant %d ns before it", ends, sent-now)
		}
		_ = here.Close()
	}
}

func say(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := c.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
}
