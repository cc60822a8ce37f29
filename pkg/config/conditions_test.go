// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"strings"
	"testing"
)

func TestKeysThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	const (
		authority = "client_verification_ca_file /ca.pem\n"
		onTLS     = " works only with TLS (fullchain and privkey make this a TLS listener)"
		onProxy   = " works only with haproxy"
		verifying = " works only with client_verification_ca_file or client_verification_ca_dir"
		noTCP     = " does not go with inet_protocol unix"
		unix      = "inet_protocol unix\nunix_socket_path /run/f.sock\n"
	)
	tests := []struct {
		name, content string
		want          string // "line: key: reason", "" = they do
	}{
		{"TLS", certificateLines, ""},
		{"certificate alone", "fullchain /c.pem\n", "3: fullchain: needs privkey as well"},
		{"key alone", "privkey /k.pem\n", "3: privkey: needs fullchain as well"},
		{"TLS on a unix socket", unix + certificateLines,
			"5: fullchain:" + noTCP + "\n6: privkey:" + noTCP},
		{"dropped without TLS", "drop_on_absent_certificate on\n",
			"3: drop_on_absent_certificate:" + onTLS},
		{"version without TLS", "minimum_tls_version tlsv1.3\n",
			"3: minimum_tls_version:" + onTLS},
		{"default version without TLS", "minimum_tls_version tlsv1.2\n", ""},
		{"handshake without TLS", "tls_handshake_timeout 9\n",
			"3: tls_handshake_timeout:" + onTLS},
		{"authorities without TLS", authority, "3: client_verification_ca_file:" + onTLS},
		{"directory without TLS", "client_verification_ca_dir /ca\n",
			"3: client_verification_ca_dir:" + onTLS},
		{"all with TLS", certificateLines + authority + "drop_on_absent_certificate on\n" +
			"minimum_tls_version tlsv1.3\ntls_handshake_timeout 9\n" +
			"client_verification_ca_dir /ca\nclient_verification_crl_file /crl.pem\n" +
			"client_verification_identity san_dns\nclient_verification_still_do_authn on\n", ""},
		{"revocation without authorities", certificateLines +
			"client_verification_crl_file /crl.pem\n",
			"5: client_verification_crl_file:" + verifying},
		{"identity without authorities", certificateLines +
			"client_verification_identity san_uri\n",
			"5: client_verification_identity:" + verifying},
		{"login without authorities", certificateLines + "client_verification_still_do_authn yes\n",
			"5: client_verification_still_do_authn:" + verifying},
		{"login behind the proxy the other way",
			"haproxy client_verification\nclient_verification_still_do_authn yes\n",
			"4: client_verification_still_do_authn:" + verifying +
				" (write haproxy client_verification_with_authn)"},

		{"web keys", "protocol websockets\nwebsocket_path /\nwebsocket_allow_origin http://a\n" +
			redirectLine, ""},
		{"path without WebSocket", "websocket_path /\n",
			"3: websocket_path: works only with protocol websockets"},
		{"origin without WebSocket",
			"protocol acme\nwebsocket_allow_origin http://a\n" + redirectLine,
			"4: websocket_allow_origin: works only with protocol websockets"},
		{"WebSocket on a unix socket", unix + "protocol websockets\n", ""},

		{"ACME", "protocol acme\n" + redirectLine, ""},
		{"ACME beside MQTT", redirectLine, ""},
		{"ACME to nowhere", "protocol acme\n", "3: protocol: acme needs acme_redirect_url"},
		{"ACME with TLS", certificateLines + "protocol acme\n" + redirectLine,
			"3: fullchain: does not go with protocol acme (authorities come without TLS)\n" +
				"4: privkey: does not go with protocol acme (authorities come without TLS)\n" +
				"6: acme_redirect_url: does not go with TLS " +
				"(put it on a listener without, or on one with protocol acme)"},
		{"redirects with TLS", certificateLines + redirectLine,
			"5: acme_redirect_url: does not go with TLS " +
				"(put it on a listener without, or on one with protocol acme)"},
		{"ACME on a unix socket", unix + "protocol acme\n" + redirectLine,
			"5: protocol: acme does not go with inet_protocol unix (authorities come over TCP)\n" +
				"6: acme_redirect_url:" + noTCP},

		{"proxy", "haproxy on\nhaproxy_trusted_from ::1\nhaproxy_header_timeout 3\n", ""},
		{"proxy before our own verification", certificateLines + authority + "haproxy on\n", ""},
		{"proxy that shows us a certificate of its own", certificateLines + authority +
			"haproxy client_verification\nclient_verification_identity none\n", ""},
		{"proxy on a unix socket", unix + "haproxy client_verification_with_authn\n", ""},
		{"trust without proxy", "haproxy no\nhaproxy_trusted_from ::1\n",
			"4: haproxy_trusted_from:" + onProxy},
		{"time without proxy", "haproxy_header_timeout 3\n",
			"3: haproxy_header_timeout:" + onProxy},
		{"trust on a unix socket", unix + "haproxy on\nhaproxy_trusted_from ::1\n",
			"6: haproxy_trusted_from:" + noTCP},
		{"both verify", certificateLines + authority + "haproxy client_verification\n",
			"6: haproxy: client_verification does not go with client_verification_ca_file or " +
				"client_verification_ca_dir " +
				"(either the proxy verifies client certificates or we do)"},
		{"both verify, with login", certificateLines + "client_verification_ca_dir /ca\n" +
			"haproxy client_verification_with_authn\n",
			"6: haproxy: client_verification_with_authn does not go with " +
				"client_verification_ca_file or client_verification_ca_dir " +
				"(either the proxy verifies client certificates or we do)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := block(test.content)
			got := ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), "f.conf:", "")
			}
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	const (
		nobody = "allow_anonymous: is false on every listener and there is no other way " +
			"to log in: every Client will be refused"
		anybody = "f.conf:2: haproxy: any peer of this listener can claim to be any user " +
			"(name the proxies with haproxy_trusted_from)"
		verified = "haproxy client_verification\n"
		authn    = "haproxy client_verification_with_authn\n"
	)
	tests := []struct {
		name, content string
		want          []string
	}{
		{"nobody", "", []string{nobody}},
		{"anonymous", "allow_anonymous true\n", nil},
		{"client certificates", certificateLines + "client_verification_ca_dir /ca\n", nil},
		{"login besides", certificateLines + "client_verification_ca_dir /ca\n" +
			"client_verification_still_do_authn on\n", []string{nobody}},
		{"certificates seen by anybody", verified, []string{anybody}},
		{"and login", authn, []string{anybody, nobody}},
		{"seen by the proxy", verified + "haproxy_trusted_from 10.0.0.1\n", nil},
		{"seen by the only peer", verified + "only_allow_from 10.0.0.1\n", nil},
		{"seen behind a unix socket", verified + "inet_protocol unix\nunix_socket_path /s\n", nil},
		{"addresses from anybody", "haproxy on\nallow_anonymous true\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := "listen {\n" + test.content + "}\n"
			_, warnings, err := load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				got = append(got, w.String())
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("warnings:\n%s\nwant:\n%s", strings.Join(got, "\n"),
					strings.Join(test.want, "\n"))
			}
		})
	}
}
