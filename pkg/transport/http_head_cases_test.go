// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import "strings"

type headCase struct {
	name   string
	in     string
	accept bool
}

// line is a case of one line more.
func line(name, line string, accept bool) headCase {
	return headCase{name, edit("+" + line), accept}
}

// target is a case of another target.
func target(name, target string, accept bool) headCase {
	return headCase{name, strings.Replace(request, "/mqtt", target, 1), accept}
}

// first is a case of another first line.
func first(name, first string, accept bool) headCase {
	return headCase{name, strings.Replace(request, "GET /mqtt HTTP/1.1", first, 1), accept}
}

func headCases() []headCase {
	return []headCase{
		{"as it is", request, true},
		{"nothing", "", false},
		{"no end", strings.TrimSuffix(request, "\r\n"), false},
		{"no end of a line", strings.TrimSuffix(request, "\r\n\r\n"), false},
		{"bare LF", strings.ReplaceAll(request, "\r", ""), true},
		{"bare CR", strings.ReplaceAll(request, "\n", ""), false},
		{"CR twice", strings.ReplaceAll(request, "\r", "\r\r"), false},
		{"empty line first", "\r\n" + request, false},
		{"more behind it", request + "x", false},
		{"two of them", request + request, false},
		{"host of the URI only", "GET http://x/ HTTP/1.1\r\n\r\n", true},
		{"no host", "GET / HTTP/1.1\r\n\r\n", false},
		{"URI and another Host", "GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n", true},
		{"URI and two Hosts", "GET http://x/ HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", false},
		{"URI and empty Host", "GET http://x/ HTTP/1.1\r\nHost:\r\n\r\n", true},

		first("HTTP/1.0", "GET /mqtt HTTP/1.0", false),
		first("HTTP/1.9", "GET /mqtt HTTP/1.9", true),
		first("HTTP/1.10", "GET /mqtt HTTP/1.10", false),
		first("HTTP/0.9", "GET /mqtt HTTP/0.9", false),
		first("HTTP/2.1", "GET /mqtt HTTP/2.1", false),
		first("HTTP/1,1", "GET /mqtt HTTP/1,1", false),
		first("HTTP/1.x", "GET /mqtt HTTP/1.x", false),
		first("HTTP/x.1", "GET /mqtt HTTP/x.1", false),
		first("http/1.1", "GET /mqtt http/1.1", false),
		first("no version", "GET /mqtt", false),
		first("no method", "/mqtt HTTP/1.1", false),
		first("nothing but a method", "GET ", false),
		first("other method", "PUT /mqtt HTTP/1.1", false),
		first("method in other case", "get /mqtt HTTP/1.1", false),
		first("two spaces before", "GET  /mqtt HTTP/1.1", false),
		first("two spaces behind", "GET /mqtt  HTTP/1.1", false),
		first("space at the end", "GET /mqtt HTTP/1.1 ", false),
		first("tab", "GET\t/mqtt HTTP/1.1", false),
		first("another word", "GET /mqtt x HTTP/1.1", false),
		first("CR", "GET /mqtt\r HTTP/1.1", false),
		first("NUL", "GET /mq\x00tt HTTP/1.1", false),

		target("root", "/", true),
		target("two slashes", "//x", true),
		target("all of a path", "/-._~!$&'()*+,;=:@%00%fF%2f", true),
		target("escape that is none", "/%4x", false),
		target("half an escape", "/%4", false),
		target("percent", "/%", false),
		target("quote", "/\"", false),
		target("fragment", "/x#y", false),
		target("brackets", "/[x]", false),
		target("no ASCII", "/\xC3\xA9", false),
		target("DEL", "/\x7F", false),
		target("query", "/?a=b&c=d/?\"[]{}|%zz#\xFF", true),
		target("empty query", "/?", true),
		target("tab in the query", "/?\t", false),
		target("DEL in the query", "/?\x7F", false),
		target("query alone", "?x", false),
		target("asterisk", "*", false),
		target("nothing", "", false),
		target("authority", "broker.example:80", false),
		target("opaque URI", "http:mqtt", false),
		target("other scheme", "ftp://x/mqtt", false),
		target("scheme in other case", "HTTPS://x/mqtt", true),
		target("scheme with a long s", "http\u017F://x/mqtt", false),
		target("no scheme", "://x/mqtt", false),
		target("URI without path", "http://x", true),
		target("URI without path, query", "http://x?y/z", true),
		target("URI without host", "http:///mqtt", false),
		target("URI with port only", "http://:80/mqtt", false),
		target("URI with port", "http://x:80/mqtt", true),
		target("URI with empty port", "http://x:/mqtt", true),
		target("URI with two ports", "http://x:80:80/mqtt", false),
		target("URI with port that is none", "http://x:8o/mqtt", false),
		target("URI with user", "http://user@x/mqtt", false),
		target("URI with password", "http://user:word@x/mqtt", false),
		target("URI with escaped host", "http://%41/mqtt", false),
		target("URI, version 6", "http://[2001:db8::1]/mqtt", true),
		target("URI, version 6 and port", "http://[::ffff:1.2.3.4]:80/mqtt", true),
		target("URI, version 6 and more", "http://[::1]80/mqtt", false),
		target("URI, version 6, no end", "http://[::1/mqtt", false),
		target("URI, version 6, zone", "http://[fe80::1%25x]/mqtt", false),
		target("URI, version 4 in brackets", "http://[1.2.3.4]/mqtt", false),
		target("URI with brackets behind", "http://x[::1]/mqtt", false),

		line("empty value", "X:", true),
		line("spaces around the value", "Origin: \t x \t ", true),
		line("no space", "Origin:x", true),
		line("colons", "Origin:::", true),
		line("tab in the value", "Origin: a\tb", true),
		line("no ASCII in the value", "Origin: \xFF\x80", true),
		line("NUL", "Origin: a\x00b", false),
		line("DEL", "Origin: a\x7Fb", false),
		line("CR in the value", "X: a\rTransfer-Encoding: chunked", false),
		line("CR at the end", "X: a\r", false),
		line("folded", "X: a\r\n b", false),
		line("folded with a tab", "X: a\r\n\tb: c", false),
		line("empty fold", "X: a\r\n \r\nY: b", false),
		line("space before the colon", "Content-Length : 3", false),
		line("tab before the colon", "X\t: 3", false),
		line("space in the name", "X Y: 3", false),
		line("space before the name", " X: 3", false),
		line("no ASCII in the name", "X\xC3\xA9: 3", false),
		line("parentheses in the name", "X(Y): 3", false),
		line("CR in the name", "X\rY: 3", false),
		line("no name", ": 3", false),
		line("no colon", "X", false),
		line("all of a name", "!#$%&'*+-.^_`|~09azAZ: x", true),
		line("Kelvin in the name", "Sec-WebSoc\u212Aet-Key: x", false),
		line("second key", "sec-websocket-KEY: x", true),
		line("no body", "Content-Length: 0", true),
		line("no body, more digits", "Content-Length: 000", true),
		line("body", "Content-Length: 1", false),
		line("longest body", "Content-Length: 9223372036854775807", false),
		line("too long a body", "Content-Length: 18446744073709551616", false),
		line("length with a sign", "Content-Length: +0", false),
		line("length below zero", "Content-Length: -0", false),
		line("length in hexadecimal", "Content-Length: 0x0", false),
		line("list of lengths", "Content-Length: 0, 0", false),
		line("empty length", "Content-Length:", false),
		line("same length twice", "Content-Length: 0\r\nContent-Length: 0", false),
		line("two lengths", "Content-Length: 0\r\nX: y\r\ncontent-length: 3", false),
		line("chunked", "Transfer-Encoding: chunked", false),
		line("chunked and length", "Content-Length: 0\r\nTransfer-Encoding: chunked", false),
		line("identity", "Transfer-Encoding: identity", false),
		line("no coding", "Transfer-Encoding:", false),
		line("chunked twice", "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked", false),
		line("coding of the answer", "TE: trailers", true),
	}
}
