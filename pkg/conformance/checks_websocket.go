// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// webSocketChecks are those of section 6, which is the same in both versions.
var webSocketChecks = []Check{
	{"data frames that are not binary", []string{"MQTT-6.0.0-1"}, checkDataFrames},
	{"packets that do not begin with a frame", []string{"MQTT-6.0.0-2"}, checkPacketsInFrames},
	{"WebSocket subprotocol", []string{"MQTT-6.0.0-4"}, checkSubprotocol},
}

// upgrade asks the Server for a WebSocket. Each of protocols is a line of those offered.
func (t *T) upgrade(protocols ...string) (*rawclient.WebSocket, *http.Response, error) {
	if t.o.WebSocket.Path == "" {
		t.Unsupported("the run was not told where the server speaks WebSocket")
	}
	t.streams.flush()
	w, answer, err := t.o.WebSocket.upgrade(t.o.Timeout, protocols...)
	if err == nil {
		t.Cleanup(func() { _ = w.Close() }) // usually the second time
	}
	return w, answer, err
}

// webSocket opens a WebSocket. Frames are sent on it, and c hears what packets come back.
func (t *T) webSocket() (w *rawclient.WebSocket, c *rawclient.Client) {
	w, _, err := t.upgrade("mqtt")
	if err != nil {
		t.Fatal(err)
	}
	_ = w.SetWriteDeadline(time.Now().Add(t.o.Timeout)) // an open socket takes it
	return w, t.client(w)
}

// checkDataFrames sends what would be good packets if their frames were binary. They are text, so
// that nobody closes because of ill-formed UTF-8. Frames of the kind 0x3 carry data, too, by those
// extensions of WebSocket that use them (RFC 6455 5.2).
func checkDataFrames(t *T) {
	connect := rawclient.Connect(t.version, t.ID("c"), t.Login)
	publish := rawclient.Publish(t.version, 0, t.Topic("a"), []byte("text"), 0)
	kinds := map[string]byte{"text": rawclient.TextFrame, "reserved 0x3": 0x3}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		kind := kinds[name]
		t.Case(name+", before CONNECT", func() {
			w, c := t.webSocket()
			_ = w.SendFrame(rawclient.Final|kind, connect) // the Server closes when it likes
			t.Closed(c)
		})
		t.Case(name+", after CONNECT", func() {
			w, c := t.webSocket()
			t.enter(c, "c")
			_ = w.SendFrame(rawclient.Final|kind, publish)
			t.Closed(c)
		})
		t.Case(name+", in fragments", func() {
			w, c := t.webSocket()
			t.enter(c, "c")
			_ = w.SendFrame(kind, publish[:4])
			_ = w.SendFrame(rawclient.Final|rawclient.ContinuationFrame, publish[4:])
			t.Closed(c)
		})
	}
}

// webFrame is a frame by its first byte.
type webFrame struct {
	first   byte
	payload []byte
}

// messages cuts bytes into messages of one frame each.
func messages(b []byte, size int) (list []webFrame) {
	for part := range slices.Chunk(b, size) {
		list = append(list, webFrame{rawclient.Final | rawclient.BinaryFrame, part})
	}
	return list
}

// fragments cuts bytes into the frames of one message, the last of which is empty. Behind each come
// other frames.
func fragments(b []byte, size int, others ...webFrame) (list []webFrame) {
	kind := byte(rawclient.BinaryFrame)
	for part := range slices.Chunk(b, size) {
		list = append(list, webFrame{kind, part})
		list = append(list, others...)
		kind = rawclient.ContinuationFrame
	}
	return append(list, webFrame{rawclient.Final | kind, nil})
}

// checkPacketsInFrames sends the same packets in frames of many kinds.
func checkPacketsInFrames(t *T) {
	connect := rawclient.Connect(t.version, t.ID("c"), t.Login)
	rest := slices.Concat(rawclient.Subscribe(t.version, 1, t.Topic("a"), 0),
		rawclient.Publish(t.version, 2, t.Topic("a"), []byte("payload"), 1), frame(0xC0))
	fill := rawclient.Publish(t.version, 0, t.Topic("fill"), bytes.Repeat([]byte("."), 100), 0)
	all := slices.Concat(connect, rest)
	large := slices.Concat(connect, bytes.Repeat(fill, 700), rest)
	for _, way := range []struct {
		name   string
		frames []webFrame
	}{
		{"one frame for all packets", messages(all, len(all))},
		{"one frame of more than 65,535 bytes", messages(large, len(large))},
		{"a frame for each byte", messages(all, 1)},
		{"frames that end inside of packets", messages(all, 7)},
		{"one message in fragments", fragments(all, 7)},
		{"control frames between fragments", fragments(all, 7,
			webFrame{rawclient.Final | rawclient.PingFrame, []byte("ping")},
			webFrame{rawclient.Final | rawclient.PongFrame, nil})},
	} {
		t.Case(way.name, func() {
			w, c := t.webSocket()
			for _, f := range way.frames {
				if err := w.SendFrame(f.first, f.payload); err != nil {
					t.Fatal(err)
				}
			}
			t.answers(c)
		})
	}
}

// answers expects what the packets of checkPacketsInFrames are answered with.
func (t *T) answers(c *rawclient.Client) {
	if a := rawclient.Expect[*packet.Connack](c); a.Code != mqtt.Success {
		t.Fatalf("got %s", rawclient.Describe(a))
	}
	if a := rawclient.Await[*packet.Suback](c); a.ID != 1 {
		t.Fatalf("got %s for SUBSCRIBE 1", rawclient.Describe(a))
	}
	if a := rawclient.Await[*rawclient.Puback](c); a.ID != 2 {
		t.Fatalf("PUBACK %d for PUBLISH 2", a.ID)
	}
	if m := rawclient.Await[*packet.Publish](c); string(m.Payload) != "payload" {
		t.Fatalf("got %s", rawclient.Describe(m))
	}
	rawclient.Await[*rawclient.Pingresp](c)
}

// checkSubprotocol makes offers, each of which has a line for every header.
func checkSubprotocol(t *T) {
	const header = "Sec-Websocket-Protocol"
	for _, offer := range [][]string{
		{"mqtt"}, {"chat, mqtt"}, {"mqtt, chat"}, {"mqttv3.1, mqtt"}, {"chat", "mqtt"},
	} {
		t.Case(fmt.Sprintf("offer of %q", offer), func() {
			w, answer, err := t.upgrade(offer...)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.Header[header]; !slices.Equal(got, []string{"mqtt"}) {
				t.Fatalf("the server selects %q", got)
			}
			t.enter(t.client(w), "c")
		})
	}
	for _, offer := range [][]string{nil, {"chat"}} {
		t.Case(fmt.Sprintf("offer of %q", offer), func() {
			_, answer, err := t.upgrade(offer...)
			switch {
			case err == nil && len(answer.Header[header]) > 0:
				t.Fatalf("the server selects %q", answer.Header[header])
			case errors.Is(err, os.ErrDeadlineExceeded): // it may say no in any other way
				t.Fatal(err)
			}
		})
	}
}
