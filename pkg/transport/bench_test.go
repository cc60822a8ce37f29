// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// BenchmarkNext reads frames: 16 small ones for each read, and large ones.
func BenchmarkNext(b *testing.B) {
	for _, bench := range []struct{ size, frames int }{{64, 16}, {64 << 10, 1}} {
		b.Run(fmt.Sprintf("%dx%d", bench.frames, bench.size), func(b *testing.B) {
			c := opened(b)
			in := bytes.Repeat(masked(0x82, string(make([]byte, bench.size))), bench.frames)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := in; len(rest) > 0; {
					var err error
					if _, rest, err = c.w.Next(c.pool, rest, &c.out); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkSend makes frames of what is appended to an output, as for each turn of a loop.
func BenchmarkSend(b *testing.B) {
	for _, size := range []int{64, 300, 4 << 10, 60_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := opened(b)
			payload := make([]byte, size)
			var from buffer.Out
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				from.Append(c.pool, payload)
				c.w.Send(c.pool, &from, &c.out)
				c.out.Reset(c.pool)
			}
		})
	}
}

// BenchmarkUpgrade is a handshake in one piece: of the RFC, of a browser, and with as many lines as
// there may be.
func BenchmarkUpgrade(b *testing.B) {
	most := (defaultMaxRequest - len(request)) / len("a:\r\n")
	lines := strings.Replace(request, "Host", strings.Repeat("a:\r\n", most)+"Host", 1)
	for _, bench := range []struct{ name, in string }{{"RFC", request},
		{"browser", fromBrowser}, {"lines", lines}} {
		b.Run(bench.name, func(b *testing.B) {
			o, pool, in := &WebSocketOptions{}, buffer.NewPool(1<<20), []byte(bench.in)
			b.ReportAllocs()
			for b.Loop() {
				var out buffer.Out
				w := NewWebSocket(o, remote)
				if _, _, err := w.Next(pool, in, &out); err != nil {
					b.Fatal(err)
				}
				out.Reset(pool)
			}
		})
	}
}
