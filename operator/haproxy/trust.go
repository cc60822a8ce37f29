// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

// trust is no DNS label, so no Listener is called so.
const trust = "trusted_by_brokers"

// trustRule hands the question of a startup probe on to the brokers: whether they believe our PROXY
// headers. It has to come from our own address, and there is nothing to remember.
func (t *text) trustRule(o *Options) {
	if o.TrustPort != 0 {
		t.line("use_backend %s if { path /startupz }", trust)
	}
}

// unlessTrust keeps the refusal of all other paths from answering first.
func (o *Options) unlessTrust() string {
	if o.TrustPort == 0 {
		return ""
	}
	return " unless { path /startupz }"
}

// trustBackend are the brokers' administration ports.
func (t *text) trustBackend(o *Options) {
	if o.TrustPort == 0 {
		return
	}
	t.section("backend %s", trust)
	t.line("mode http")
	t.line("timeout server 5s")
	t.line("http-request set-uri /proxyz")
	for _, s := range o.Servers {
		resolve := ""
		if _, ok := address(s.Address); !ok {
			resolve = " resolvers cluster init-addr " + o.first()
		}
		t.line("server %s %s%s", s.Name, endpoint(s.Address, o.TrustPort), resolve)
	}
}
