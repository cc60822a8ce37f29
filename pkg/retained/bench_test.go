// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

const stored1M = 1_000_000

// million stores a message of 64 bytes for each of a million topics. The publisher's names are
// the same for all, as they are in the product, where a Session owns them.
func million() *Store {
	s := New(Options{})
	payload := make([]byte, 64)
	var name []byte
	for i := range stored1M {
		name = fmt.Appendf(name[:0], "r/%03d/%04d", i/10_000, i%10_000)
		m := mqtt.Message{Topic: mqtt.Borrow(name), Payload: payload, Publisher: "publisher"}
		s.Set(m.Clone(), 0)
	}
	return s
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkStore stores a million new topics: heap for each, all in, and time for each.
func BenchmarkStore(b *testing.B) {
	for range b.N {
		before := heap()
		s := million()
		b.ReportMetric(float64(heap()-before)/stored1M, "bytes/message")
		runtime.KeepAlive(s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/stored1M/float64(b.N), "ns/message")
}

func BenchmarkReplay(b *testing.B) {
	s := million()
	small := New(Options{})
	for i := range 1000 {
		small.Set(message(fmt.Sprintf("r/%03d/%04d", i/100, i%100), "payload"), 0)
	}
	for _, run := range []struct {
		name, filter string
		store        *Store
	}{
		{"million", "r/#", s}, {"thousand", "r/#", small},
		{"plus", "r/+/0042", s}, {"exact", "r/005/0042", small},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			given, size := 0, 0
			for range b.N {
				for q := run.store.Search(run.filter, 0); ; {
					m, done := q.Next(1, math.MaxInt)
					if done {
						break
					}
					given++
					size += len(m.Topic)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(given), "ns/message")
		})
	}
}

func BenchmarkUpdate(b *testing.B) {
	s := New(Options{})
	m := message("r/005/0042", "payload")
	s.Set(m, 0)
	b.ReportAllocs()
	for b.Loop() {
		s.Set(m, 0)
	}
}
