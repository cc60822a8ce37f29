// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"iter"
	"strings"
)

// field is one of the fields of a request that are looked at.
type field uint8

const (
	fieldHost field = iota
	fieldContentLength
	fieldTransferEncoding
	fieldUpgrade
	fieldConnection
	fieldOrigin
	fieldVersion
	fieldKey
	fieldProtocol
	fieldRealIP
	fieldForwardedFor
	fieldCount
)

var fieldNames = [fieldCount]string{"Host", "Content-Length", "Transfer-Encoding", "Upgrade",
	"Connection", "Origin", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol",
	"X-Real-IP", "X-Forwarded-For"}

// fieldOf finds the field of a name. Case does not matter (RFC 9110 5.1).
func fieldOf(name string) (f field, ok bool) {
	for f := range fieldCount {
		if equalFold(name, fieldNames[f]) {
			return f, true
		}
	}
	return 0, false
}

// fieldLines says where the lines of a field are: how many, and the head up to the end of the last.
type fieldLines struct {
	count int
	until string
}

// take takes off the last line of f, of which there is one, and returns its value. It looks at no
// line twice, so all lines together cost no more than the head is long.
func (l *fieldLines) take(f field) string {
	for {
		// Above it there is the request line at least.
		end := strings.LastIndexByte(l.until, '\n')
		name, value, _ := strings.Cut(l.until[end+1:], ":")
		l.until = strings.TrimSuffix(l.until[:end], "\r")
		if equalFold(name, fieldNames[f]) {
			l.count--
			return strings.Trim(value, " \t")
		}
	}
}

// only returns the value of f when it stands in one line, else "".
func (r *requestHead) only(f field) (value string, ok bool) {
	lines := r.fields[f]
	if lines.count != 1 {
		return "", false
	}
	return lines.take(f), true
}

// tokens yields the elements of a list that may stand on several lines (RFC 9110 5.6.1), the last
// one first: that is where the nearest proxy has added what it knows.
func (r *requestHead) tokens(f field) iter.Seq[string] {
	return func(yield func(string) bool) {
		for lines := r.fields[f]; lines.count > 0; {
			value := lines.take(f)
			for more := true; more; {
				comma := strings.LastIndexByte(value, ',')
				token := strings.Trim(value[comma+1:], " \t")
				value, more = value[:max(0, comma)], comma >= 0
				if token != "" && !yield(token) {
					return
				}
			}
		}
	}
}

func (r *requestHead) hasToken(f field, want string) bool {
	for token := range r.tokens(f) {
		if equalFold(token, want) {
			return true
		}
	}
	return false
}

// equalFold compares s with a word of ASCII in any case. What strings.EqualFold takes besides, the
// long s and the sign for kelvin, has more bytes.
func equalFold(s, word string) bool { return len(s) == len(word) && strings.EqualFold(s, word) }
