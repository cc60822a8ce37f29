// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/evio"
)

// evio 1.0.8 is the reference for the shape of this package.
func init() { implementations = append(implementations, implementation{"evio", serveEvio}) }

func serveEvio(t testing.TB, loops int, p program) string {
	var stop atomic.Bool
	address, ended := make(chan string, 1), make(chan error, 1)
	events := evio.Events{
		NumLoops: loops,
		Serving: func(s evio.Server) evio.Action {
			address <- s.Addrs[0].String()
			return evio.None
		},
		Opened: func(c evio.Conn) (out []byte, o evio.Options, a evio.Action) {
			if p.opened != nil {
				out = p.opened(c)
			}
			return out, evio.Options{ReuseInputBuffer: true}, evio.None
		},
		Data: func(c evio.Conn, in []byte) ([]byte, evio.Action) {
			out, closes := p.data(c, in)
			if closes {
				return out, evio.Close
			}
			return out, evio.None
		},
		Closed: func(c evio.Conn, err error) evio.Action {
			if p.closed != nil {
				p.closed(c, err)
			}
			return evio.None
		},
		Tick: func() (time.Duration, evio.Action) {
			if stop.Load() {
				return time.Hour, evio.Shutdown // its ticker must not wake up again
			}
			return 5 * time.Millisecond, evio.None
		},
	}
	go func() { ended <- evio.Serve(events, "tcp://127.0.0.1:0") }()
	t.Cleanup(func() {
		stop.Store(true)
		if err := wait(t, ended, "evio to end"); err != nil {
			t.Error(err)
		}
	})
	select {
	case a := <-address:
		return a
	case err := <-ended:
		ended <- err
		t.Fatal(err)
		return ""
	}
}

// TestEvioLosesBytes is the reason for this package: evio replaces output that is still waiting
// when a connection is woken, so every slow subscriber would lose messages.
func TestEvioLosesBytes(t *testing.T) { // not parallel: see forEach
	handedOver, arrived := lost(t, implementation{"evio", serveEvio})
	if arrived >= handedOver {
		t.Errorf("handed over %d bytes, %d arrived: evio has been mended", handedOver, arrived)
	}
	t.Logf("handed over %d bytes, %d arrived", handedOver, arrived)
}
