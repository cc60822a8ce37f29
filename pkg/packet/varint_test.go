// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"testing"
)

// From the specification: the ends of each length (table 1-1).
func TestVarint(t *testing.T) {
	tests := []struct {
		name string
		v    uint32
		wire string
	}{
		{"least of one", 0, "00"},
		{"most of one", 127, "7f"},
		{"least of two", 128, "8001"},
		{"most of two", 16_383, "ff7f"},
		{"least of three", 16_384, "808001"},
		{"most of three", 2_097_151, "ffff7f"},
		{"least of four", 2_097_152, "80808001"},
		{"most of four", 268_435_455, "ffffff7f"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := unhex(t, tt.wire)
			if got := appendVarint(nil, tt.v); !bytes.Equal(got, want) {
				t.Errorf("encoded % x, want % x", got, want)
			}
			if n := varintLength(tt.v); n != len(want) {
				t.Errorf("length %d, want %d", n, len(want))
			}
			v, rest, ok := takeVarint(append(want, 0x80))
			if v != tt.v || len(rest) != 1 || !ok {
				t.Errorf("decoded %d, % x, %v", v, rest, ok)
			}
			for i := range len(want) {
				if v, _, ok := takeVarint(want[:i]); ok {
					t.Errorf("% x decoded as %d", want[:i], v)
				}
			}
		})
	}
}

func TestVarintRefused(t *testing.T) {
	for _, s := range []string{"8000", "ff00", "808000", "80808000", "8080808001", "ffffffff7f"} {
		if v, _, ok := takeVarint(unhex(t, s)); ok {
			t.Errorf("%s decoded as %d", s, v)
		}
	}
}

// closeLength makes room for each number of length bytes, also where dst has no room.
func TestCloseLength(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152} {
		for _, extra := range []int{0, 1} {
			content := bytes.Repeat([]byte("c"), n)
			dst := append([]byte("xx\x00"), content...)
			want := append(appendVarint([]byte("xx"), uint32(n+extra)), content...)
			got, err := closeLength(dst[:len(dst):len(dst)], 2, extra)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d and %d bytes: %.8x, want %.8x, %v", n, extra, got, want, err)
			}
		}
	}
}
