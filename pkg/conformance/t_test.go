// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// mute listens and never says a word.
func mute(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the end of the test
	return l.Addr().String()
}

// No Check passes with a server that does nothing.
func TestEveryCheckCanFail(t *testing.T) {
	l := Listener{Address: mute(t)}
	o := Options{Listener: l, WebSocket: l, Versions: versions, Timeout: time.Millisecond}
	o.WebSocket.Path = "/mqtt"
	err := Run(o, func(r Result) {
		if r.Verdict != Fail || r.Message == "" {
			t.Errorf("%s %s: %s %q", r.Version, r.Name, r.Verdict, r.Message)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestVerdicts(t *testing.T) {
	o := Options{Listener: Listener{Address: mute(t)}, Timeout: 300 * time.Millisecond,
		prefix: "run"}
	var order []string
	note := func(s string) func() { return func() { order = append(order, s) } }
	tests := []struct {
		name    string
		check   func(*T)
		verdict Verdict
		message string
	}{
		{"pass", func(*T) {}, Pass, ""},
		{"goes on", func(t *T) { t.Errorf("one"); t.Errorf("two") }, Fail, "one; two"},
		{"ends", func(t *T) { t.Fatalf("one"); t.Errorf("two") }, Fail, "one"},
		{"ends a case", func(t *T) {
			t.Case("a", func() { t.Fatal("one") })
			t.Case("b", func() { t.Errorf("two") })
		}, Fail, "a: one; b: two"},
		{"unsupported", func(t *T) {
			t.Case("a", func() { t.Unsupported("no %s", "shares") })
			t.Errorf("not reached")
		}, Unsupported, "no shares"},
		{"failed before", func(t *T) { t.Errorf("one"); t.Unsupported("two") }, Fail, "one"},
		{"cleanups", func(t *T) {
			t.Cleanup(note("first"))
			t.Cleanup(func() { t.Cleanup(note("inner")); t.Fatal("in cleanup") })
			t.Cleanup(note("last"))
			t.Fatal("ends")
		}, Fail, "ends; in cleanup"},
		{"nobody answers", func(t *T) { t.Connect("c") }, Fail, "waiting for a packet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := o.run(mqtt.V311, 1, Check{test.name, []string{"MQTT-3.1.0-1"}, test.check})
			if r.Verdict != test.verdict || !strings.HasPrefix(r.Message, test.message) ||
				test.message == "" && r.Message != "" {
				t.Errorf("got %s %q, want %s %q", r.Verdict, r.Message, test.verdict, test.message)
			}
		})
	}
	if want := []string{"last", "inner", "first"}; !slices.Equal(order, want) {
		t.Errorf("cleaned up in the order %v, want %v", order, want)
	}
}

// Nothing is left on the server when the Checks are done.
func TestLeavesNothing(t *testing.T) {
	t.Parallel()
	s := servertest.Start(t)
	o := Options{Listener: Listener{Address: s.Addr()}, Timeout: servertest.Patience,
		prefix: "run"}
	r := o.run(mqtt.V311, 1, Check{"leaves", []string{"MQTT-3.1.0-1"}, func(t *T) {
		checkDup3(t)
		checkRetained3(t)
	}})
	if r.Verdict != Pass {
		t.Fatal(r.Message)
	}
	r = o.run(mqtt.V311, 1, Check{"looks", []string{"MQTT-3.1.0-1"}, func(t *T) {
		c, a := t.ConnectAnswer("c", rawclient.Resume)
		if a.SessionPresent {
			t.Errorf("a Session is left")
		}
		t.Subscribe(c, "conformance/#", 0)
		t.Silent(c, Moment)
	}})
	if r.Verdict != Pass {
		t.Error(r.Message)
	}
}

func TestModes(t *testing.T) {
	for mode, want := range map[Mode][]string{
		Whole: {"ab", "cd"}, ByteByByte: {"a", "b", "c", "d"}, Coalesced: {"abcd"},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			ours, theirs := net.Pipe() // each Read ends where a Write ended
			s := streams{mode: mode}
			c := s.wrap(ours)
			got := make(chan []string)
			go func() {
				var list []string
				for b := make([]byte, 16); ; {
					n, err := theirs.Read(b)
					if err == io.EOF {
						break
					}
					list = append(list, string(b[:n]))
				}
				got <- list
			}()
			for _, text := range []string{"ab", "cd"} {
				if n, err := c.Write([]byte(text)); n != 2 || err != nil {
					t.Errorf("Write: %d, %v", n, err)
				}
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if list := <-got; !slices.Equal(list, want) {
				t.Errorf("%q arrive, want %q", list, want)
			}
		})
	}
}
