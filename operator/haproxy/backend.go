// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import (
	"fmt"
	"strings"
)

// backends are the brokers of a Listener, once for each port they have for it.
func (t *text) backends(o *Options, l *Listener) {
	t.backend(o, l, l.Name, l.BrokerPort, l.Balance)
	if !l.divided() {
		return
	}
	port, balance := l.WebSocketPort, l.Balance
	if port == 0 {
		port = l.BrokerPort
	}
	if balance == ClientID {
		balance = Source
	}
	t.backend(o, l, l.webSocketBackend(), port, balance)
}

// webSocketBackend is no DNS label, so no Listener is called so.
func (l *Listener) webSocketBackend() string { return l.Name + "_websocket" }

func (t *text) backend(o *Options, l *Listener, name string, port int, b Balance) {
	t.section("backend %s", name)
	switch b {
	case ClientID:
		t.line("balance hash var(txn.client_id)")
		t.line("hash-type consistent")
	case Source:
		t.line("balance source")
		t.line("hash-type consistent")
	case LeastConn:
		t.line("balance leastconn")
	}
	if o.OnDown == Refuse {
		// After a refused connection HAProxy waits a second before it tries again.
		t.line("no option redispatch")
		t.line("retries %d", o.HoldSeconds)
	} else {
		t.line("option redispatch")
		t.line("retries 3")
		t.line("option httpchk")
		t.line("http-check send meth GET uri /readyz")
		t.line("http-check expect status 200")
	}
	for _, s := range o.Servers {
		// The ID is what hash-type consistent goes by. An address would change with each pod.
		t.line("server %s %s id %d%s", s.Name, endpoint(s.Address, port), s.ID, o.how(l, s))
	}
}

// how is what a server line says about the way to a broker.
func (o *Options) how(l *Listener, s Server) string {
	words := []string{"", "send-proxy-v2"}
	if l.TLS.Verify != VerifyNone {
		words[1] = "send-proxy-v2-ssl-cn"
	}
	if _, ok := address(s.Address); !ok {
		words = append(words, "resolvers cluster", "init-addr", o.first())
	}
	if t := o.BackendTLS; t != nil {
		words = append(words, "ssl ssl-min-ver TLSv1.2 verify required ca-file", t.CAFile,
			"crt", t.CertFile, "verifyhost", t.ServerName, fmt.Sprintf("sni str(%s)", t.ServerName))
	}
	if o.OnDown == Reroute {
		words = append(words, fmt.Sprintf("check port %d", l.HealthPort),
			"inter 2s fall 2 rise 1 on-marked-down shutdown-sessions")
	}
	return strings.Join(words, " ")
}

// first is where the first address for a name comes from. With Refuse HAProxy must not start
// without one: it would give the Clients of that broker to others.
func (o *Options) first() string {
	if o.OnDown == Refuse {
		return "libc"
	}
	return "none"
}
