// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import "net/netip"

// proxyOfHAProxy is what HAProxy 2.6 sent, byte for byte: send-proxy, send-proxy-v2-ssl-cn and, for
// the fullest, proxy-v2-options. Note that verify is 0 for everybody but the last, whose
// certificate was tolerated.
func proxyOfHAProxy() []proxyCase {
	const (
		start = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00"
		loop  = "\x7F\x00\x00\x01\x7F\x00\x00\x01"
	)
	from := func(port, to uint16) ProxyHeader {
		loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return ProxyHeader{Version: 2, Source: netip.AddrPortFrom(loopback, port),
			Destination: netip.AddrPortFrom(loopback, to)}
	}
	sent := func(name, bytes string, want ProxyHeader, tls ProxyTLS, authority string) proxyCase {
		want.TLS, want.Authority = &tls, authority
		return proxyCase{name: "HAProxy: " + name, in: []byte(bytes), want: want}
	}
	return []proxyCase{
		{name: "HAProxy: UNIX client, version 1", in: []byte("PROXY UNKNOWN\r\n"),
			want: ProxyHeader{Version: 1}},
		{name: "HAProxy: health check", want: ProxyHeader{Version: 2, Local: true},
			in: []byte("\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x08\x20\x00\x05\x00\x00\x00\x00\x00")},
		sent("clear text", start+"\x14"+loop+"\xDC\x92\x61\xAB\x20\x00\x05\x00\x00\x00\x00\x00",
			from(56466, 25003), ProxyTLS{}, ""),
		sent("TLS", start+"\x1E"+loop+"\x9F\x0A\x61\xAC\x20\x00\x0F\x01\x00\x00\x00\x00"+
			"\x21\x00\x07TLSv1.3",
			from(40714, 25004), ProxyTLS{Encrypted: true, Version: "TLSv1.3"}, ""),
		sent("certificate", start+"\x2A"+loop+"\x9F\x14\x61\xAC\x20\x00\x1B\x07\x00\x00\x00\x00"+
			"\x21\x00\x07TLSv1.3\x22\x00\x09device-17",
			from(40724, 25004), ProxyTLS{Encrypted: true, Verified: true, CommonName: "device-17",
				Version: "TLSv1.3"}, ""),
		sent("certificate of a resumed session", start+"\x2A"+loop+
			"\x9F\x1C\x61\xAC\x20\x00\x1B\x05\x00\x00\x00\x00"+
			"\x21\x00\x07TLSv1.2\x22\x00\x09device-17",
			from(40732, 25004), ProxyTLS{Encrypted: true, Verified: true, CommonName: "device-17",
				Version: "TLSv1.2"}, ""),
		sent("everything", start+"\x77"+loop+"\x82\xC8\x61\xAD\x03\x00\x04\xFF\x8C\x1C\x4C"+
			"\x02\x00\x10mqtt.example.org\x05\x00\x00\x20\x00\x4B\x07\x00\x00\x00\x00"+
			"\x21\x00\x07TLSv1.3\x22\x00\x09device-17\x25\x00\x07RSA2048\x24\x00\x0ARSA-SHA256"+
			"\x23\x00\x16TLS_AES_256_GCM_SHA384",
			from(33480, 25005), ProxyTLS{Encrypted: true, Verified: true, CommonName: "device-17",
				Version: "TLSv1.3", Cipher: "TLS_AES_256_GCM_SHA384"}, "mqtt.example.org"),
		sent("certificate that failed", start+"\x25"+loop+"\xDB\xCC\x61\xAE\x20\x00\x16"+
			"\x07\x00\x00\x00\x12\x21\x00\x07TLSv1.3\x22\x00\x04evil",
			from(56268, 25006), ProxyTLS{Encrypted: true, Version: "TLSv1.3"}, ""),
	}
}
