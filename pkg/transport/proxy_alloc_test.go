// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !race

package transport

import (
	"runtime"
	"strings"
	"testing"
)

// A header that came whole costs its result and what the library leaves behind: less than a
// kilobyte, and no copy of its TLVs.
func TestProxyAllocations(t *testing.T) {
	tlvs := [][]byte{proxyTLV(4, "abc"), proxySSL(0, 0)}
	large := proxyTLV(0xE0, strings.Repeat("x", 4000))
	tests := []struct {
		name        string
		in          []byte
		most, bytes uint64
	}{
		{"local", proxyV2(proxyLocal, 0, nil), 1, 150},
		{"local with TLVs", proxyV2(proxyLocal, 0, nil, tlvs...), 3, 250},
		{"TCP over IPv4", proxyV2(proxyForward, 0x11, proxyIPv4), 14, 700},
		{"large", proxyV2(proxyForward, 0x11, proxyIPv4, large), 14, 700},
		{"everything", proxyOfHAProxy()[6].in, 20, 900},
		{"line", goodProxy1()[0].in, 13, 800},
	}
	for _, test := range tests {
		allocations, bytes := costOfProxy(t, test.in)
		if allocations > test.most || bytes > test.bytes {
			t.Errorf("%s: %d allocations, %d bytes, at most %d and %d", test.name, allocations,
				bytes, test.most, test.bytes)
		}
	}
}

// costOfProxy is what one header costs on average.
func costOfProxy(t *testing.T, in []byte) (allocations, bytes uint64) {
	const times = 1000
	x := NewProxy(0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if h, _, err := x.Next(in); h == nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / times, (after.TotalAlloc - before.TotalAlloc) / times
}

func BenchmarkProxy(b *testing.B) {
	for _, c := range []proxyCase{goodProxy1()[0], goodProxy2()[0], proxyOfHAProxy()[6]} {
		b.Run(c.name, func(b *testing.B) {
			x := NewProxy(0)
			b.ReportAllocs()
			for b.Loop() {
				if h, _, err := x.Next(c.in); h == nil {
					b.Fatal(err)
				}
			}
		})
	}
}
