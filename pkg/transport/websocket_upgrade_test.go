// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// edit returns the request with lines replaced: "Host: x" takes the place of the line that begins
// with "Host:", "-Host" removes it, and "+Host: x" is added.
func edit(edits ...string) string {
	lines := strings.Split(strings.TrimSuffix(request, "\r\n\r\n"), "\r\n")
	for _, e := range edits {
		if more, ok := strings.CutPrefix(e, "+"); ok {
			lines = append(lines, more)
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(e, "-"), ":")
		for i, line := range lines {
			if strings.HasPrefix(line, name) {
				lines[i] = e
				if strings.HasPrefix(e, "-") {
					lines = append(lines[:i], lines[i+1:]...)
				}
				break
			}
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// ask sends a request at once and byte by byte and wants the same answer.
func ask(t *testing.T, o *WebSocketOptions, in string) *connection {
	t.Helper()
	whole, single := newConnection(t, o), newConnection(t, o)
	whole.read([]byte(in))
	for i := range len(in) {
		single.read([]byte(in[i : i+1]))
	}
	wantOutcome(t, single.outcome(), whole.outcome())
	whole.drained()
	single.drained()
	return whole
}

// answer reads an answer that ends the connection, and checks what all of them have.
func answer(t testing.TB, method string, sent []byte) *http.Response {
	t.Helper()
	stream := bufio.NewReader(bytes.NewReader(sent))
	r, err := http.ReadResponse(stream, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", sent, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || stream.Buffered() > 0 {
		t.Fatalf("%q: %v, %d bytes behind it", sent, err, stream.Buffered())
	}
	wantBody := strings.Count(string(body), "\n") == 1 && bytes.HasSuffix(body, []byte("\n"))
	wantLength := strconv.Itoa(len(body))
	if method == "HEAD" {
		wantBody, wantLength = len(body) == 0, r.Header.Get("Content-Length")
	}
	if r.Proto != "HTTP/1.1" || !wantBody || r.Header.Get("Content-Length") != wantLength ||
		r.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !r.Close {
		t.Errorf("answer %q", sent)
	}
	return r
}

func TestHandshakeAccepted(t *testing.T) {
	tests := []struct {
		name     string
		in       string
		protocol string // in the answer
	}{
		{"as it is", request, "mqtt"},
		{"lines end without CR", strings.ReplaceAll(request, "\r", ""), "mqtt"},
		{"some lines end without CR", edit("Host: x\nX-Other: y"), "mqtt"},
		{"names in other case", strings.NewReplacer("Sec-WebSocket", "sec-websocket", "Upgrade:",
			"UPGRADE:", "Connection:", "connection:").Replace(request), "mqtt"},
		{"values in other case", edit("Upgrade: WebSocket", "Connection: UPGRADE"), "mqtt"},
		{"lists", edit("Upgrade: h2c, websocket", "Connection: keep-alive ,Upgrade"), "mqtt"},
		{"lists on several lines", edit("+Upgrade: h2c", "+Connection: keep-alive"), "mqtt"},
		{"lists on other lines", edit("Upgrade: h2c", "Connection: keep-alive",
			"+Upgrade: websocket", "+Connection: upgrade"), "mqtt"},
		{"extensions", edit("+Sec-WebSocket-Extensions: permessage-deflate"), "mqtt"},
		{"origin", edit("+Origin: https://anywhere.example"), "mqtt"},
		{"HTTP/1.2", strings.Replace(request, "HTTP/1.1", "HTTP/1.2", 1), "mqtt"},
		{"empty body", edit("+Content-Length: 0"), "mqtt"},
		{"query", strings.Replace(request, "/mqtt", "/mqtt?token=1", 1), "mqtt"},
		{"absolute", strings.Replace(request, "/mqtt", "http://broker.example/mqtt", 1), "mqtt"},
		{"escaped path", strings.Replace(request, "/mqtt", "/a%2fb", 1), "mqtt"},
		{"MQTT 3.1", edit("Sec-WebSocket-Protocol: mqttv3.1"), "mqttv3.1"},
		{"subprotocol in other case", edit("Sec-WebSocket-Protocol: MqTT"), "MqTT"},
		{"not the first subprotocol", edit("Sec-WebSocket-Protocol: mqttv3.1, mqtt"), "mqtt"},
		{"after unknown ones", edit("Sec-WebSocket-Protocol: chat,mqttv5 ,\tmqtt,mqttv3.1"),
			"mqtt"},
		{"twice the same", edit("Sec-WebSocket-Protocol: MQTT, mqtt, mqttv3.1"), "MQTT"},
		{"subprotocols on several lines", edit("Sec-WebSocket-Protocol: chat",
			"+Sec-WebSocket-Protocol: MQTTV3.1", "+Sec-WebSocket-Protocol: mqtt"), "mqtt"},
	}
	o := &WebSocketOptions{Paths: []string{"/ws", "/mqtt", "/a%2fb"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ask(t, o, tt.in+string(masked(0x82, "data behind it")))
			want := strings.Replace(accepted, ": mqtt\r\n", ": "+tt.protocol+"\r\n", 1)
			wantOutcome(t, c.outcome(), outcome{data: "data behind it", sent: want})
			if !c.w.Ready() || c.w.Client().IsValid() {
				t.Errorf("ready: %v, client %v", c.w.Ready(), c.w.Client())
			}
		})
	}
}

// As much room as the longest answer needs is asked for, and no more.
func TestLongestAnswer(t *testing.T) {
	c := ask(t, &WebSocketOptions{}, edit("Sec-WebSocket-Protocol: mqttv3.1"))
	if len(c.sent) != maxAccepted {
		t.Errorf("%d bytes, room for %d", len(c.sent), maxAccepted)
	}
}

func TestHandshakeRefused(t *testing.T) {
	key := "Sec-WebSocket-Key: "
	tests := []struct {
		name   string
		in     string
		status int
		reason Reason
	}{
		{"HTTP/1.0", strings.Replace(request, "HTTP/1.1", "HTTP/1.0", 1), 400, HTTPMalformed},
		{"HTTP/2.0", strings.Replace(request, "HTTP/1.1", "HTTP/2.0", 1), 400, HTTPMalformed},
		{"HTTP/2.1", strings.Replace(request, "HTTP/1.1", "HTTP/2.1", 1), 400, HTTPMalformed},
		{"no version", strings.Replace(request, " HTTP/1.1", "", 1), 400, HTTPMalformed},
		{"no Host", edit("-Host"), 400, HTTPMalformed},
		{"empty Host", edit("Host:"), 400, HTTPMalformed},
		{"two Hosts", edit("+Host: broker.example"), 400, HTTPMalformed},
		{"no header", edit("+no header"), 400, HTTPMalformed},
		{"folded header", edit("+X-Other: a\r\n b"), 400, HTTPMalformed},
		{"bad path", strings.Replace(request, "/mqtt", "/%zz", 1), 400, HTTPMalformed},
		{"body", edit("+Content-Length: 3") + "abc", 400, HTTPBody},
		{"chunked body", edit("+Transfer-Encoding: chunked") + "0\r\n\r\n", 400, HTTPBody},
		{"two lengths", edit("+Content-Length: 3", "+Content-Length: 0"), 400, HTTPMalformed},
		{"length that is none", edit("+Content-Length: x"), 400, HTTPMalformed},
		{"body in another coding", edit("+Transfer-Encoding: gzip"), 400, HTTPMalformed},
		{"other path", strings.Replace(request, "/mqtt", "/mqtt/", 1), 404, WebSocketPath},
		{"path spelled otherwise", strings.Replace(request, "/mqtt", "/%6dqtt", 1), 404,
			WebSocketPath},
		{"path in other case", strings.Replace(request, "/mqtt", "/MQTT", 1), 404, WebSocketPath},
		{"no Upgrade", edit("-Upgrade"), 426, HTTPNotUpgrade},
		{"other Upgrade", edit("Upgrade: h2c"), 426, HTTPNotUpgrade},
		{"Upgrade with the sign for kelvin", edit("Upgrade: websoc\u212Aet"), 426,
			HTTPNotUpgrade},
		{"nearly Upgrade", edit("Upgrade: websockets"), 426, HTTPNotUpgrade},
		{"no Connection", edit("-Connection"), 400, HTTPNotUpgrade},
		{"other Connection", edit("Connection: keep-alive"), 400, HTTPNotUpgrade},
		{"no version of WebSocket", edit("-Sec-WebSocket-Version"), 426, WebSocketVersion},
		{"older version", edit("Sec-WebSocket-Version: 8"), 426, WebSocketVersion},
		{"version that is none", edit("Sec-WebSocket-Version: x"), 426, WebSocketVersion},
		{"two versions", edit("+Sec-WebSocket-Version: 13"), 426, WebSocketVersion},
		{"no key", edit("-Sec-WebSocket-Key"), 400, WebSocketKey},
		{"empty key", edit(key), 400, WebSocketKey},
		{"key of 15 bytes", edit(key + "dGhlIHNhbXBsZSBub25j"), 400, WebSocketKey},
		{"key of 17 bytes", edit(key + "dGhlIHNhbXBsZSBub25jZWQ="), 400, WebSocketKey},
		{"key of 18 bytes", edit(key + "dGhlIHNhbXBsZSBub25jZWRk"), 400, WebSocketKey},
		{"key of 120 bytes", edit(key + strings.Repeat("dGhl", 40)), 400, WebSocketKey},
		{"key of 16 bytes, unpadded", edit(key + "dGhlIHNhbXBsZSBub25jZQ"), 400, WebSocketKey},
		{"key with a CR", edit(key + "dGhlIHNhbXBsZSBu\rb25jZQ="), 400, HTTPMalformed},
		{"key in no base64", edit(key + "dGhlIHNhbXBsZSBub25jZ***"), 400, WebSocketKey},
		{"two keys", edit("+Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400, WebSocketKey},
		{"no subprotocol", edit("-Sec-WebSocket-Protocol"), 400, WebSocketProtocol},
		{"other subprotocols", edit("Sec-WebSocket-Protocol: mqttv5, chat"), 400,
			WebSocketProtocol},
	}
	o := &WebSocketOptions{Paths: []string{"/ws", "/mqtt"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ask(t, o, tt.in+string(masked(0x82, "data behind it")))
			r := answer(t, "GET", c.sent)
			if r.StatusCode != tt.status || c.reason != tt.reason || len(c.data) > 0 ||
				c.w.Ready() || c.w.Client().IsValid() {
				t.Errorf("%d, %+v", r.StatusCode, c.outcome())
			}
			upgrade, connection, version := "", "close", ""
			if tt.status == 426 {
				upgrade, connection = "websocket", "close, Upgrade"
			}
			if tt.reason == WebSocketVersion {
				version = "13"
			}
			if r.Header.Get("Upgrade") != upgrade ||
				!strings.Contains(string(c.sent), "\r\nConnection: "+connection+"\r\n") ||
				r.Header.Get("Sec-WebSocket-Version") != version {
				t.Errorf("answer %q", c.sent)
			}
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for in, want := range map[string]string{
		edit("-Upgrade"):                "this port speaks MQTT over WebSocket\n",
		edit("-Sec-WebSocket-Protocol"): "neither mqtt nor mqttv3.1\n",
	} {
		if c := ask(t, &WebSocketOptions{}, in); !strings.HasSuffix(string(c.sent), want) {
			t.Errorf("%q", c.sent)
		}
	}
}

func TestMaxRequest(t *testing.T) {
	sized := func(n int) string {
		return edit("+Cookie: " + strings.Repeat("x", n-len(edit("+Cookie: "))))
	}
	for option, limit := range map[int]int{0: 8192, 300: 300, 1000: 1000, 20_000: 20_000} {
		o := &WebSocketOptions{MaxRequest: option}
		if c := ask(t, o, sized(limit)); string(c.sent) != accepted {
			t.Errorf("%d bytes: %+v", limit, c.outcome())
		}
		if c := ask(t, o, sized(limit)+string(masked(0x89, ""))); c.reason != "" {
			t.Errorf("%d bytes and more behind them: %+v", limit, c.outcome())
		}
		for _, in := range []string{sized(limit + 1), sized(limit + 1)[:limit],
			sized(2 * limit)} {
			c := ask(t, o, in)
			if r := answer(t, "GET", c.sent); r.StatusCode != 431 || c.reason != HTTPTooLarge {
				t.Errorf("%d bytes: %+v", len(in), c.outcome())
			}
		}
	}
}

// A request in pieces takes about the memory it has, and in one piece none.
func TestRequestInPieces(t *testing.T) {
	c := newConnection(t, &WebSocketOptions{})
	c.read([]byte(request))
	once := c.pool.Held()
	in := edit("+Cookie: " + strings.Repeat("x", 5000))
	c = newConnection(t, &WebSocketOptions{})
	for i := range len(in) - 1 {
		c.read([]byte(in[i : i+1]))
		if cap(c.w.kept) > max(512, 2*i+2) || c.pool.Lent() != 1 {
			t.Fatalf("%d bytes of memory for %d, %d buffers", cap(c.w.kept), i+1, c.pool.Lent())
		}
	}
	c.read([]byte(in[len(in)-1:]))
	c.drained()
	if c.pool.Held() <= once || once != 1024 {
		t.Errorf("%d bytes in the pool, %d for a request in one piece", c.pool.Held(), once)
	}
}

// Of what exceeds the limit nothing is kept.
func TestRequestBeyondTheLimit(t *testing.T) {
	c := newConnection(t, &WebSocketOptions{MaxRequest: 300})
	c.read([]byte("GET /"))
	c.read(bytes.Repeat([]byte("x"), 100_000))
	if c.reason != HTTPTooLarge || c.pool.Held() != 512+1024 {
		t.Errorf("%q, %d bytes in the pool", c.reason, c.pool.Held())
	}
}

func TestOrigins(t *testing.T) {
	tests := []struct {
		name   string
		in     string
		accept bool
	}{
		{"none", request, true},
		{"same", edit("+Origin: https://a.example"), true},
		{"other case", edit("+Origin: HTTPS://A.Example"), true},
		{"with port", edit("+Origin: http://b.example:8080"), true},
		{"other port", edit("+Origin: https://a.example:8080"), false},
		{"without port", edit("+Origin: http://b.example"), false},
		{"other scheme", edit("+Origin: http://a.example"), false},
		{"longer", edit("+Origin: https://a.example.com"), false},
		{"null", edit("+Origin: null"), false},
		{"empty", edit("+Origin:"), false},
		{"two", edit("+Origin: https://a.example", "+Origin: https://a.example"), false},
	}
	o := &WebSocketOptions{Origins: []string{"https://a.example", "http://B.example:8080"}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := ask(t, o, tt.in)
			if tt.accept {
				wantOutcome(t, c.outcome(), outcome{sent: accepted})
			} else if r := answer(t, "GET", c.sent); r.StatusCode != 403 ||
				c.reason != WebSocketOrigin {
				t.Errorf("%d, %+v", r.StatusCode, c.outcome())
			}
		})
	}
}

// Neither answers nor errors repeat what the peer has sent.
func TestNothingIsReflected(t *testing.T) {
	for _, in := range []string{"GET /evil HTTP/1.1\r\nevil\r\n\r\n", "GET evil\r\n\r\n",
		edit("Upgrade: evil"), edit("Sec-WebSocket-Key: evil"), edit("+Content-Length: evil"),
		edit("Sec-WebSocket-Protocol: evil"), edit("Sec-WebSocket-Version: evil")} {
		c := newConnection(t, &WebSocketOptions{})
		_, _, err := c.w.Next(c.pool, []byte(in), &c.out)
		c.write()
		if both := fmt.Sprint(string(c.sent), err); err == nil || strings.Contains(both, "evil") {
			t.Errorf("%q: %s", in, both)
		}
	}
}
