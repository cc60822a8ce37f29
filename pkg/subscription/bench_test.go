// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

type client struct{ id int }

// million is a thousand subscribers with a thousand filters each, all distinct.
func million(x *Index[*client], pattern string) []*Handle[*client] {
	handles := make([]*Handle[*client], 0, 1_000_000)
	for i := range 1000 {
		c := &client{i}
		for j := range 1000 {
			sub := mqtt.Subscription{Filter: fmt.Sprintf(pattern, i, j)}
			handles = append(handles, x.Subscribe(i%2, c, sub))
		}
	}
	return handles
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMillion reports what a subscription costs in heap: index and Handle, without the slot
// of the subscriber's own list of handles.
func BenchmarkMillion(b *testing.B) {
	for _, pattern := range []string{"bench/%05d/t/%04d", "w/%04d/+/%04d/#"} {
		b.Run(strings.ReplaceAll(pattern, "/", "|"), func(b *testing.B) {
			for range b.N {
				before := heap()
				x := New[*client](2)
				handles := million(x, pattern)
				after := heap()
				b.ReportMetric(float64(after-before)/1e6-8, "bytes/sub")
				runtime.KeepAlive(handles)
				runtime.KeepAlive(x)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/1e6/float64(b.N), "ns/sub")
		})
	}
}

// BenchmarkMatch matches names made on the spot, so that only the index is cold.
func BenchmarkMatch(b *testing.B) {
	run := func(name string, x *Index[*client], pattern string, distinct uint32) {
		b.Run(name, func(b *testing.B) {
			var m Match[*client]
			text := []byte(fmt.Sprintf(pattern, 0, 0))
			first, last := digits(text)
			seed := uint32(1)
			b.ReportAllocs()
			for b.Loop() {
				seed = seed*1664525 + 1013904223
				put(first, seed>>8%distinct)
				put(last, seed>>18%distinct)
				x.Match(mqtt.Borrow(text), &m)
			}
		})
	}
	const exact, wild = "bench/%05d/t/%04d", "w/%04d/x/%04d/y"
	x := New[*client](2)
	for i := range 8 {
		for j := range 8 {
			x.Subscribe(i%2, &client{}, mqtt.Subscription{Filter: fmt.Sprintf(exact, i, j)})
		}
	}
	run("small", x, exact, 8)
	run("small-none", x, "nobody/%05d/t/%04d", 8)
	x = New[*client](2)
	million(x, exact)
	run("warm", x, exact, 8)
	run("cold", x, exact, 1000)
	run("cold-none", x, "nobody/%05d/t/%04d", 1000)
	x = New[*client](2)
	million(x, "w/%04d/+/%04d/#")
	run("wild-warm", x, wild, 8)
	run("wild-cold", x, wild, 1000)
	x = New[*client](2)
	kinds(x)
	run("kinds-warm", x, "s/%05d/d/%03d/v", 8)
	run("kinds-cold", x, "s/%05d/d/%03d/v", 1000)
}

// kinds is a million filters with a wildcard at four different levels.
func kinds(x *Index[*client]) {
	patterns := []string{"s/%05d/d/%03d/+", "s/%05d/+/%03d/v", "+/%05d/d/%03d/v", "s/%05d/d/%03d/#"}
	for i := range 1000 {
		c := &client{i}
		for j := range 1000 {
			x.Subscribe(i%2, c, mqtt.Subscription{Filter: fmt.Sprintf(patterns[j%4], i, j)})
		}
	}
}

// digits returns the last three digits of the two numbers in a topic.
func digits(text []byte) (first, last []byte) {
	var at []int
	for i := range text {
		if text[i] == '0' && (i+1 == len(text) || text[i+1] != '0') {
			at = append(at, i-2)
		}
	}
	return text[at[0] : at[0]+3], text[at[1] : at[1]+3]
}

func put(digits []byte, n uint32) {
	digits[0], digits[1], digits[2] = '0'+byte(n/100), '0'+byte(n/10%10), '0'+byte(n%10)
}
