// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"slices"
	"testing"
)

// What a head may be, after RFC 9112 and RFC 3986, in the order of the text. Go takes each byte
// that is no UTF-8 for one character above 0x7F.
const (
	pathGrammar = `/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*`
	uriGrammar  = `(?i:https?)://(?:[A-Za-z0-9\-._~]+|\[([0-9A-Fa-f:.]+)\])(?::[0-9]*)?`
	lineGrammar = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+:[^\\x00-\\x08\\x0a-\\x1f\\x7f]*\\r?\\n"
)

var (
	headGrammar = regexp.MustCompile(`^GET (?:` + pathGrammar + `|` + uriGrammar + `(?:` +
		pathGrammar + `)?)(?:\?[^\x00-\x20\x7f]*)? HTTP/1\.[1-9]\r?\n(?:` + lineGrammar +
		`)*\r?\n$`)
	lengthLine = regexp.MustCompile(`(?im)^content-length:`)
)

// naiveHead is a head as net/http reads it; nil when it is one that may not be accepted.
func naiveHead(head []byte) *http.Request {
	parts := headGrammar.FindSubmatch(head)
	if parts == nil || parts[1] != nil && net.ParseIP(string(parts[1])).To16() == nil ||
		parts[1] != nil && !bytes.Contains(parts[1], []byte(":")) {
		return nil
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil || r.Host == "" || r.ContentLength != 0 || r.TransferEncoding != nil ||
		len(lengthLine.FindAll(head, -1)) > 1 {
		return nil
	}
	return r
}

// checkHead reads a whole head and wants what the twin and net/http say: nothing more is accepted,
// nothing less, and it means the same. It reports whether it was accepted.
func checkHead(t testing.TB, head []byte) bool {
	t.Helper()
	before, want := bytes.Clone(head), naiveHead(head)
	var r requestHead
	accepted := r.read(head) && checkMessage(&r) == nil
	if accepted != (want != nil) {
		t.Fatalf("%q: accepted %v, want %v", head, accepted, want != nil)
	}
	if !bytes.Equal(head, before) {
		t.Fatalf("%q has become %q", before, head)
	}
	if accepted {
		compareHead(t, head, &r, want)
	}
	return accepted
}

func compareHead(t testing.TB, head []byte, r *requestHead, want *http.Request) {
	t.Helper()
	host := r.authority
	if host == "" {
		host, _ = r.only(fieldHost)
	}
	if want.Method != "GET" || host != want.Host || r.path != want.URL.EscapedPath() ||
		r.version != want.Proto || want.URL.User != nil {
		t.Fatalf("%q: %q, %q, %q; net/http: %q, %q, %q", head, r.version, host, r.path,
			want.Proto, want.Host, want.URL.EscapedPath())
	}
	for f := fieldHost + 1; f < fieldCount; f++ { // net/http takes Host out
		said, values := want.Header[http.CanonicalHeaderKey(fieldNames[f])], []string(nil)
		for lines := r.fields[f]; lines.count > 0; {
			values = append(values, lines.take(f))
		}
		slices.Reverse(values)
		value, one := r.only(f)
		if !slices.Equal(values, said) || one != (len(said) == 1) || one && value != said[0] {
			t.Fatalf("%q: %s: %q, net/http: %q", head, fieldNames[f], values, said)
		}
	}
}

func TestHead(t *testing.T) {
	for _, tt := range headCases() {
		t.Run(tt.name, func(t *testing.T) {
			if got := checkHead(t, []byte(tt.in)); got != tt.accept {
				t.Errorf("accepted: %v", got)
			}
		})
	}
}

// Heads that are nearly right are read as the twin and net/http read them.
func TestHeadTwin(t *testing.T) {
	var seeds []string
	for _, c := range headCases() {
		if c.accept {
			seeds = append(seeds, c.in)
		}
	}
	random, accepted := rand.New(rand.NewPCG(9, 112)), 0
	const times = 30_000
	for range times {
		head := []byte(seeds[random.IntN(len(seeds))])
		for range 1 + random.IntN(2) {
			head = mutate(random, head)
		}
		if checkHead(t, head) {
			accepted++
		}
	}
	if accepted < times/10 || accepted > times*9/10 {
		t.Errorf("%d of %d were accepted", accepted, times)
	}
}

// pieces are what mutate puts in.
var pieces = []string{" ", "\t", "\r", "\n", "\r\n", "\x00", "\x1F", "\x7F", "\x80", "\xFF",
	"\u212A", "\u017F", ":", "://", "/", "?", "#", "%", "%4", "%41", "@", "[", "]", "[::1]", ":80",
	"\"", "0", "1", "HTTP/1.0", "\n ", "\r\n\t", "\nHost: y\r\n", "\r\nContent-Length: 0\r\n",
	"\ncontent-length:0\n", "\nTransfer-Encoding: chunked\r\n", "\nOrigin: z\n",
	"\nX-Forwarded-For: , a\t,b,\r\n"}

// mutate changes b in one place: something is put in, taken out, overwritten or moved.
func mutate(random *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	at, piece := random.IntN(len(b)), pieces[random.IntN(len(pieces))]
	switch random.IntN(5) {
	case 0:
		return slices.Insert(b, at, []byte(piece)...)
	case 1:
		return slices.Delete(b, at, min(len(b), at+1+random.IntN(3)))
	case 2:
		b[at] = piece[0]
		return b
	case 3:
		b[at] ^= 1 << random.IntN(8)
		return b
	}
	lines := bytes.SplitAfter(b, []byte("\n"))
	moved := lines[random.IntN(len(lines))]
	return bytes.Join(slices.Insert(lines, random.IntN(len(lines)), moved), nil)
}
