// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bufio"
	"bytes"
	"net/netip"
	"testing"

	"github.com/pires/go-proxyproto"
)

// It does not matter in which pieces bytes arrive, nothing is taken that did not arrive or is not
// allowed, and the library, given everything at once, finds the same addresses and TLVs.
func FuzzProxy(f *testing.F) {
	for _, c := range proxyCases() {
		if len(c.in) < 1000 {
			f.Add(append(bytes.Clone(c.in), behindProxy...), uint16(len(c.in)/2), uint16(0))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, at, max uint16) {
		x := NewProxy(int(max))
		whole := feedProxy(t, x, in)
		cut := min(int(at), len(in))
		split := feedProxy(t, NewProxy(int(max)), in[:cut], in[cut:])
		whole.text, split.text = "", ""
		if whole != split {
			t.Fatalf("% x: %+v, but split at %d %+v", in, whole, cut, split)
		}
		if whole.header == "" {
			return
		}
		// Without what is behind it, it is the same header.
		alone, rest, err := NewProxy(int(max)).Next(in[:len(in)-whole.rest])
		if err != nil || proxySays(alone) != whole.header || len(rest) > 0 {
			t.Fatalf("% x: %v, %d bytes behind it", in[:len(in)-whole.rest], err, len(rest))
		}
		compareProxy(t, alone, in)
	})
}

// compareProxy compares h with what the library reads, where it reads at all.
func compareProxy(t *testing.T, h *ProxyHeader, in []byte) {
	parsed, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(in), len(in)))
	if err != nil {
		// It takes neither more than 4096 bytes behind the fixed ones, nor PROXY with AF_UNSPEC,
		// nor LOCAL with an unknown family.
		if len(in) < 4096 && h.Source.IsValid() {
			t.Fatalf("% x is refused by the library: %v", in, err)
		}
		return
	}
	if h.Version != parsed.Version || h.Local != (h.Version == 2 && parsed.Command.IsLocal()) {
		t.Fatalf("% x: version %d, local %v", in, parsed.Version, parsed.Command.IsLocal())
	}
	if _, err := parsed.TLVs(); err != nil {
		t.Fatalf("% x has TLVs that the library refuses: %v", in, err)
	}
	if h.Local || h.Source.IsValid() != (parsed.SourceAddr != nil) {
		return
	}
	if parsed.SourceAddr == nil {
		return
	}
	source := netip.MustParseAddrPort(parsed.SourceAddr.String())
	if netip.AddrPortFrom(source.Addr().Unmap(), source.Port()) != h.Source {
		t.Fatalf("% x: from %v, the library says %v", in, h.Source, source)
	}
}
