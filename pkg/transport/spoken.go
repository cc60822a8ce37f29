// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

// http2Preface is how HTTP/2 begins (RFC 9113 3.4).
const http2Preface = "PRI * "

// SpokenBy guesses the protocol that begins with b, as far as b goes; "" if it is none of those
// that are found in front of a broker. It is for people who come to the wrong port, or have set up
// a proxy wrongly.
func SpokenBy(b []byte) string {
	switch {
	case agree(b, "\x16\x03"): // a record of the handshake, of any version of TLS
		return "TLS"
	case agree(b, "\x10"): // the only packet that may come first
		return "MQTT"
	case agree(b, proxySignature1), agree(b, proxySignature2):
		return "the PROXY protocol"
	case agree(b, http2Preface):
		return "HTTP"
	}
	for _, method := range methods {
		if agree(b, method) {
			return "HTTP"
		}
	}
	return ""
}

// agree reports whether b and s are the same as far as both go.
func agree(b []byte, s string) bool {
	n := min(len(b), len(s))
	return string(b[:n]) == s[:n]
}
