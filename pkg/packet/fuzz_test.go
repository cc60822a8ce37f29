// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"bytes"
	"slices"
	"testing"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Whatever arrives is refused with a ReasonError or accepted; what is accepted says the same after
// it was encoded and decoded again, into fresh and into used structs.
func FuzzDecode(f *testing.F) {
	for _, s := range samples() {
		f.Add(byte(s.version), s.wire(f))
	}
	for _, r := range refusals() {
		f.Add(byte(r.version), wire(f, r.first, r.body))
	}
	f.Fuzz(func(t *testing.T, level byte, in []byte) {
		d := limited(mqtt.Version(3 + level%3))
		first, used := new(structs), new(structs)
		want, out, ok := again(t, d, first, in)
		if !ok {
			return
		}
		soil(t, used)
		for _, into := range []*structs{new(structs), used} {
			got, second, ok := again(t, limited(d.Version), into, out)
			if !ok {
				t.Fatalf("% x became\n% x, which is refused", in, out)
			}
			if got != want {
				t.Fatalf("% x became\n% x:\n%s, want\n%s", in, out, got, want)
			}
			if !bytes.Equal(second, out) {
				t.Fatalf("% x became\n% x, then\n% x", in, out, second)
			}
		}
	})
}

// again decodes in and encodes what it says.
func again(t *testing.T, d *Decoder, into *structs, in []byte) (says string, out []byte, ok bool) {
	frame, err := frameOf(in)
	if err != nil {
		return "", nil, false
	}
	p, err := into.decode(d, frame)
	if err != nil {
		codeOf(t, err)
		return "", nil, false
	}
	out, err = encode(nil, d.Version, frame.Type, p)
	if err != nil {
		t.Fatalf("% x is accepted as %s, but: %v", in, view(p), err)
	}
	return view(p), out, true
}

// soil leaves every sample behind in s.
func soil(t *testing.T, s *structs) {
	for _, good := range samples() {
		frame, err := frameOf(good.wire(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.decode(limited(good.version), frame); err != nil {
			t.Fatal(err)
		}
	}
}

// A stream is cut into the same packets, and fails the same, however it arrives.
func FuzzFramer(f *testing.F) {
	all, each := stream(f)
	f.Add(all, []byte{1, 2, 3, 250}, uint32(0))
	f.Add(all, []byte{}, uint32(100))
	f.Add(bytes.Join(each[:5], nil), []byte{0, 5}, uint32(1<<20))
	f.Add([]byte{0x30, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3}, []byte{1}, uint32(0))
	f.Fuzz(func(t *testing.T, in, sizes []byte, largest uint32) {
		want, wantErr := cutAll(t, in, nil, largest)
		got, gotErr := cutAll(t, in, sizes, largest)
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("% x\nin pieces: % x,\nwhole: % x", in, got, want)
		}
		if (gotErr == nil) != (wantErr == nil) ||
			wantErr != nil && gotErr.Error() != wantErr.Error() {
			t.Fatalf("% x in pieces: %v, whole: %v", in, gotErr, wantErr)
		}
	})
}

// cutAll cuts in, arriving in pieces of these sizes over and over; no sizes means at once.
func cutAll(t *testing.T, in, sizes []byte, largest uint32) (got [][]byte, err error) {
	f, pool, received, taken := Framer{Max: largest}, buffer.NewPool(1<<20), 0, 0
	defer f.Release(pool)
	for i := 0; len(in) > 0; i++ {
		n := len(in)
		if len(sizes) > 0 {
			n = min(n, int(sizes[i%len(sizes)])+1)
		}
		piece := bytes.Clone(in[:n])
		in, received = in[n:], received+n
		for rest := piece; ; {
			frame, left, ok, err := f.Next(pool, rest)
			if err != nil {
				codeOf(t, err)
				return got, err
			}
			if !ok {
				break
			}
			if size := uint32(len(frame.Raw)); largest != 0 && size > largest {
				t.Fatalf("%d bytes, above %d", size, largest)
			}
			taken += len(frame.Raw)
			got, rest = append(got, bytes.Clone(frame.Raw)), left
		}
		if f.Buffered() != received-taken || cap(f.kept) > 2*max(received, 512) {
			t.Fatalf("%d bytes kept in %d, %d received, %d taken", f.Buffered(), cap(f.kept),
				received, taken)
		}
		for i := range piece {
			piece[i] = 0xA5
		}
	}
	return got, nil
}

// A block of properties is refused or says the same once encoded again; what is forwarded of it
// are its properties that belong to the message.
func FuzzProperties(f *testing.F) {
	for id := range specified {
		v := value(f, id)
		f.Add(byte(PUBLISH), block(v))
		f.Add(byte(CONNACK), block(append(v, value(f, UserProperty)...)))
	}
	f.Add(byte(PUBLISH), block(unhex(f, "23 0001 01 01 02 00000001 03 s't' 0b 8101 26 s'a' s'b'")))
	f.Fuzz(func(t *testing.T, where byte, in []byte) {
		d, kind := limited(mqtt.V50), Type(where&15)
		var p, second Properties
		rest, err := d.properties(in, kind, &p)
		if err != nil {
			codeOf(t, err)
			return
		}
		if !bytes.HasSuffix(in, rest) {
			t.Fatalf("rest % x of % x", rest, in)
		}
		out, err := p.append(nil, kind)
		if err != nil {
			t.Fatalf("%s: %v", p.view(), err)
		}
		if len(out) != len(in)-len(rest) {
			t.Fatalf("% x became % x", in, out)
		}
		if _, err = d.properties(out, kind, &second); err != nil || second.view() != p.view() {
			t.Fatalf("%s became %s, %v", p.view(), second.view(), err)
		}
		checkForward(t, d, &p)
	})
}

func checkForward(t *testing.T, d *Decoder, p *Properties) {
	out := p.Forward(nil)
	var forward Properties
	if _, err := d.properties(block(out), PUBLISH, &forward); err != nil {
		t.Fatalf("forward % x: %v", out, err)
	}
	if out := bytes.Clone(out); !bytes.Equal(p.Forward(make([]byte, 5, 1<<10)), out) {
		t.Fatalf("forward % x differs with scratch", out)
	}
	for id := range specified {
		if forwarded>>id&1 == 0 {
			p.Remove(id)
		}
	}
	if forward.view() != p.view() {
		t.Fatalf("forward %s, want %s", forward.view(), p.view())
	}
}

// ValidString agrees with the rules as they are written.
func FuzzValidString(f *testing.F) {
	for _, s := range []string{"", "plain", "devices/12345/temp", "ger\u00e4te/\u20ac/\U0001F600",
		"a\x00", "\x7f", "12345678\xc2\x80", "\xed\xa0\x80", "\ufdd0", "\U0001ffff", "\xc0\xaf"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, want := ValidString(in), slowValid(in); got != want {
			t.Fatalf("%q: %v, want %v", in, got, want)
		}
	})
}
