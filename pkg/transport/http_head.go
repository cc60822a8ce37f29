// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"net/netip"
	"strings"
	"unsafe"
)

// requestHead is what the head of a GET request says. It borrows the bytes it was read from, so
// nothing of it may be kept; and it costs no memory, however many fields there are.
type requestHead struct {
	version   string
	authority string // of a target that is a whole URI, else ""
	path      string // of the target, as the peer spells it, without the query
	fields    [fieldCount]fieldLines
}

// read reads a whole head, borrowed, and reports whether it is one. Whatever passes this and
// checkMessage, net/http takes too and understands in the same way; the other way round we are
// stricter.
func (r *requestHead) read(head []byte) bool {
	s := unsafe.String(unsafe.SliceData(head), len(head))
	line, rest, _ := cutLine(s)
	// One space between the parts, and no other white space (RFC 9112 3).
	line, isGet := strings.CutPrefix(line, methods[0])
	target, version, _ := strings.Cut(line, " ")
	r.version = version
	return isGet && r.readTarget(target) && r.readFields(s, rest)
}

// cutLine cuts off the first line. It may end without CR. A CR elsewhere is left in the line, where
// nothing may hold one (RFC 9112 2.2).
func cutLine(s string) (line, rest string, ok bool) {
	line, rest, ok = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest, ok
}

// readTarget reads what is asked for: a path, or a whole URI as proxies are sent it, which servers
// have to take as well (RFC 9112 3.2, RFC 6455 4.2.1). The query is nobody's business here.
func (r *requestHead) readTarget(target string) bool {
	path, query, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		scheme, rest, _ := strings.Cut(path, "://")
		if !equalFold(scheme, "http") && !equalFold(scheme, "https") {
			return false
		}
		r.authority, _, _ = strings.Cut(rest, "/")
		if !isAuthority(r.authority) {
			return false
		}
		path = rest[len(r.authority):]
	}
	r.path = path
	return isPath(path) && inQuery.all(query)
}

// isAuthority wants the name or the address of a host, and maybe a port (RFC 3986 3.2). There is no
// user in a request's (RFC 9110 4.2.4), and names with escapes are none that DNS knows.
func isAuthority(s string) bool {
	if literal, ok := strings.CutPrefix(s, "["); ok {
		address, port, ok := strings.Cut(literal, "]")
		a, err := netip.ParseAddr(address)
		return ok && err == nil && a.Is6() && a.Zone() == "" && isPort(port)
	}
	host, _, _ := strings.Cut(s, ":")
	return host != "" && inHost.all(host) && isPort(s[len(host):])
}

func isPort(s string) bool { return s == "" || s[0] == ':' && digits.all(s[1:]) }

// isPath wants what a path is made of, and of escapes the whole (RFC 3986 3.3, 2.1).
func isPath(s string) bool {
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || !hexDigits.all(s[i+1:i+3])) {
			return false
		}
	}
	return inPath.all(s)
}

// readFields reads the lines of fields that s, a head, has in rest, down to the empty line at its
// end, and notes where those are that matter.
func (r *requestHead) readFields(s, rest string) bool {
	for {
		line, next, ok := cutLine(rest)
		if line == "" {
			return ok && next == ""
		}
		// No space before the colon, and none at the start of a line, which would go on with the
		// one above (RFC 9112 5.1, 5.2): that is how requests are smuggled past a proxy.
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || !inName.all(name) || !inValue.all(value) {
			return false
		}
		if f, ok := fieldOf(name); ok {
			r.fields[f].count++
			r.fields[f].until = s[:len(s)-len(rest)+len(line)]
		}
		rest = next
	}
}

// octets is a set of them.
type octets [256]bool

// What the parts of a head are made of, and nothing else.
var (
	digits    = octetsIn("0123456789")
	hexDigits = octetsIn("0123456789abcdefABCDEF")
	inName    = octetsIn(alphanumeric + "!#$%&'*+-.^_`|~")     // RFC 9110 5.6.2
	inHost    = octetsIn(alphanumeric + "-._~")                // RFC 3986 2.3
	inPath    = octetsIn(alphanumeric + "/%-._~!$&'()*+,;=:@") // RFC 3986 3.3
	inQuery   = octetsBut(" \t")
	inValue   = octetsBut("") // RFC 9110 5.5
)

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func octetsIn(s string) (o octets) {
	for i := range len(s) {
		o[s[i]] = true
	}
	return o
}

// octetsBut has all octets but those in s and control characters, of which a tab is none.
func octetsBut(s string) (o octets) {
	for i := range o {
		control := i < ' ' && i != '\t' || i == 0x7F
		o[i] = !control && strings.IndexByte(s, byte(i)) < 0
	}
	return o
}

// all reports whether s has no other octets.
func (o *octets) all(s string) bool {
	for i := range len(s) {
		if !o[s[i]] {
			return false
		}
	}
	return true
}
