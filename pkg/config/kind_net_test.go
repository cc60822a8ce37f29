// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import "testing"

func TestWebValues(t *testing.T) {
	t.Parallel()
	switched := Option{Kind: KindEnum, Switch: true, Values: haproxyModes}
	tests := []struct {
		name   string
		option Option
		in     string
		want   any // nil = refused
	}{
		{"URL", Option{Kind: KindURL}, "http://example.com", "http://example.com"},
		{"URL with port and path", Option{Kind: KindURL}, "https://example.com:8443/a%2fb/",
			"https://example.com:8443/a%2fb"},
		{"URL with IPv6", Option{Kind: KindURL}, "http://[2001:DB8::0:1]/", "http://[2001:db8::1]"},
		{"URL in capitals", Option{Kind: KindURL}, "HTTP://Example.COM/A", "http://example.com/A"},
		{"URL with white space in it", Option{Kind: KindURL}, "http://a/b c", "http://a/b%20c"},
		{"URL without scheme", Option{Kind: KindURL}, "example.com", nil},
		{"URL of another scheme", Option{Kind: KindURL}, "ftp://example.com", nil},
		{"URL without host", Option{Kind: KindURL}, "http:///path", nil},
		{"URL with a query", Option{Kind: KindURL}, "http://example.com/?a=b", nil},
		{"URL with an empty query", Option{Kind: KindURL}, "http://example.com/?", nil},
		{"URL with a fragment", Option{Kind: KindURL}, "http://example.com/#a", nil},
		{"URL with a user", Option{Kind: KindURL}, "http://user@example.com", nil},
		{"URL with a bad escape", Option{Kind: KindURL}, "http://example.com/%zz", nil},
		{"empty URL", Option{Kind: KindURL}, "", nil},

		{"origin", Option{Kind: KindOrigin}, "https://example.com", "https://example.com"},
		{"origin with port", Option{Kind: KindOrigin}, "http://a.b_c-1:8080",
			"http://a.b_c-1:8080"},
		{"origin in capitals", Option{Kind: KindOrigin}, "HTTPS://EXAMPLE.com",
			"https://example.com"},
		{"origin with the port of http", Option{Kind: KindOrigin}, "http://a:0080", "http://a"},
		{"origin with the port of https", Option{Kind: KindOrigin}, "https://a:443", "https://a"},
		{"origin with another's port", Option{Kind: KindOrigin}, "http://a:443", "http://a:443"},
		{"origin of an application", Option{Kind: KindOrigin}, "capacitor://localhost",
			"capacitor://localhost"},
		{"origin with IPv6", Option{Kind: KindOrigin}, "http://[::1]:81", "http://[::1]:81"},
		{"no origin", Option{Kind: KindOrigin}, "null", "null"},
		{"origin without scheme", Option{Kind: KindOrigin}, "example.com", nil},
		{"origin without host", Option{Kind: KindOrigin}, "http://", nil},
		{"origin with a slash", Option{Kind: KindOrigin}, "http://a/", nil},
		{"origin with a query", Option{Kind: KindOrigin}, "http://a?", nil},
		{"origin with a user", Option{Kind: KindOrigin}, "http://u:p@a", nil},
		{"origin with a pattern", Option{Kind: KindOrigin}, "https://*.example.com", nil},
		{"origin beyond ASCII", Option{Kind: KindOrigin}, "http://b\u00fccher.example", nil},
		{"origin with port 0", Option{Kind: KindOrigin}, "http://a:0", nil},
		{"origin with port 65536", Option{Kind: KindOrigin}, "http://a:65536", nil},
		{"origin with half a port", Option{Kind: KindOrigin}, "http://a:", nil},
		{"origin with a zone", Option{Kind: KindOrigin}, "http://[fe80::1%25eth0]", nil},
		{"origin with bare IPv6", Option{Kind: KindOrigin}, "http://2001:db8::1:80", nil},

		{"path", Option{Kind: KindURLPath}, "/mqtt", "/mqtt"},
		{"path with an escape", Option{Kind: KindURLPath}, "/a%20b'", "/a%20b'"},
		{"root", Option{Kind: KindURLPath}, "/", "/"},
		{"relative path", Option{Kind: KindURLPath}, "mqtt", nil},
		{"empty path", Option{Kind: KindURLPath}, "", nil},
		{"path with a query", Option{Kind: KindURLPath}, "/mqtt?a", nil},
		{"path with a fragment", Option{Kind: KindURLPath}, "/mqtt#a", nil},
		{"path with white space", Option{Kind: KindURLPath}, "/a b", nil},
		{"path beyond ASCII", Option{Kind: KindURLPath}, "/b\u00fccher", nil},

		{"switch on", switched, "on", int64(HAProxyOn)},
		{"switch yes", switched, "YES", int64(HAProxyOn)},
		{"switch true", switched, "true", int64(HAProxyOn)},
		{"switch off", switched, "Off", int64(HAProxyOff)},
		{"switch no", switched, "no", int64(HAProxyOff)},
		{"switch false", switched, "false", int64(HAProxyOff)},
		{"switch with a word", switched, "client_verification", int64(HAProxyVerified)},
		{"switch with another word", switched, "client_verification_with_authn",
			int64(HAProxyVerifiedAuthn)},
		{"switch with a number", switched, "1", nil},
		{"boolean where there is none", Option{Kind: KindEnum, Values: inetProtocols}, "on", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, reason, _ := test.option.value(test.in)
			if got != test.want || (reason != "") != (test.want == nil) {
				t.Fatalf("value(%q) = %v, %q, want %v", test.in, got, reason, test.want)
			}
			if test.want == nil || test.option.Switch {
				return
			}
			if again, _, _ := test.option.value(got.(string)); again != got {
				t.Errorf("value(%q) = %v: written down it means something else", got, again)
			}
		})
	}
}
