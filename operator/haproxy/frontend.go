// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

import "strings"

// frontend takes connections and decides, by what comes first, which may go on: garbage is closed
// at once, a first packet that does not arrive after a while.
func (t *text) frontend(o *Options, l *Listener) {
	t.section("frontend %s", l.Name)
	t.line("bind %s%s", o.bind(l.BindPort), l.bindTLS())
	if networks := o.networks(); len(networks) > 0 {
		for _, n := range networks { // one a line: HAProxy limits the words of a line
			t.line("acl trusted_proxy src %s", n)
		}
		t.line("tcp-request connection expect-proxy layer4 if trusted_proxy")
	}
	t.line("tcp-request inspect-delay %ds", o.Timeouts.Inspect)
	t.firstPacket(l)
	if l.divided() {
		t.line("use_backend %s if { var(txn.websocket) -m found }", l.webSocketBackend())
	}
	t.line("default_backend %s", l.Name)
}

// bindTLS is what makes HAProxy speak TLS on a port.
func (l *Listener) bindTLS() string {
	t := &l.TLS
	if t.Mode != Terminate {
		return ""
	}
	words := []string{"", "ssl crt", t.CertFile, "alpn", l.alpn(), "ssl-min-ver", t.minVersion()}
	if t.Verify != VerifyNone {
		words = append(words, "verify", strings.ToLower(string(t.Verify)), "ca-file", t.CAFile)
	}
	if t.CRLFile != "" {
		words = append(words, "crl-file", t.CRLFile)
	}
	return strings.Join(words, " ")
}

func (t *TLS) minVersion() string {
	if t.MinVersion == "1.3" {
		return "TLSv1.3"
	}
	return "TLSv1.2"
}

// alpn is for Clients that ask; those that do not are as welcome.
func (l *Listener) alpn() string {
	switch l.Protocol {
	case WebSocket:
		return "http/1.1"
	case Both:
		return "mqtt,http/1.1"
	}
	return "mqtt"
}

func (t *text) firstPacket(l *Listener) {
	switch {
	case l.TLS.Mode == Passthrough:
		t.helloRules()
	case l.Protocol == WebSocket:
		t.line("tcp-request content reject if !{ req.payload(0,1) -m bin %s }", startOfGET)
		t.line("tcp-request content accept if { %s }", upgradeWhole)
	case l.Protocol == Both:
		t.line("tcp-request content reject if !{ req.payload(0,1) -m bin %s %s }",
			startOfCONNECT, startOfGET)
		const isGET = "{ req.payload(0,1) -m bin " + startOfGET + " }"
		t.line("tcp-request content set-var(txn.websocket) bool(true) if %s", isGET)
		t.line("tcp-request content accept if %s { %s }", isGET, upgradeWhole)
		t.line("tcp-request content reject if %s WAIT_END", isGET)
		t.connectRules(l.Balance)
	default:
		t.line("tcp-request content reject if !{ req.payload(0,1) -m bin %s }", startOfCONNECT)
		t.connectRules(l.Balance)
	}
	t.line("tcp-request content reject if WAIT_END")
}

// From the specification, as HAProxy matches binary: the first byte of CONNECT [MQTT-3.1.0-1], and
// of the request of a WebSocket (RFC 6455 4.1); the type of a TLS record with a handshake.
const (
	startOfCONNECT   = "10"
	startOfGET       = "47"
	startOfHandshake = "16"
)

// upgradeWhole waits for the empty line behind the headers of an HTTP request.
const upgradeWhole = `req.payload(0,0) -m sub "\r\n\r\n"`

// helloRules are for TLS that goes on to the broker.
func (t *text) helloRules() {
	t.line("tcp-request content reject if !{ req.payload(0,1) -m bin %s }", startOfHandshake)
	t.line("tcp-request content accept if { req.ssl_hello_type 1 }")
	t.line("tcp-request content reject if { req.ssl_hello_type gt 1 }")
}

// From the specification: Protocol Name and Protocol Level of the CONNECT packets that HAProxy does
// not know and brokers do. 3.1 has another name; bridges set the upper bit of the level.
const (
	protocol31        = "00064d514973647003"
	protocol31Bridge  = "00064d514973647083"
	protocol311Bridge = "00044d51545484"
	protocol50Bridge  = "00044d51545485"
)

// connectRules let whole CONNECT packets pass. By ClientID, the Client Identifier is put into a
// variable: when a backend looks for a server, the packet itself is out of its sight, and it would
// fall back to round robin without a word.
//
// A condition whose bytes have not come yet stops the list; it is begun anew when more bytes are
// there. So nothing is rejected before the packet is whole, except by WAIT_END.
func (t *text) connectRules(b Balance) {
	const valid = "req.payload(0,0),mqtt_is_valid"
	t.otherLevels()
	if b == ClientID {
		t.otherClientIDs()
		t.line("tcp-request content set-var(txn.client_id) "+
			"req.payload(0,0),mqtt_field_value(connect,client_identifier) if { %s }", valid)
	}
	t.line("tcp-request content accept if { %s }", valid)
	t.line("tcp-request content accept if other_level { %s,not }", valid)
	t.line("tcp-request content reject if { %s,not }", valid)
}

// lengths are how many bytes the Remaining Length of a CONNECT may have: see maxConnect.
var lengths = []int{1, 2, 3}

// otherLevels knows CONNECT packets that mqtt_is_valid does not.
func (t *text) otherLevels() {
	for _, n := range lengths {
		t.line("acl other_level req.payload(%d,9) -m bin %s %s", 1+n, protocol31, protocol31Bridge)
		t.line("acl other_level req.payload(%d,7) -m bin %s %s", 1+n, protocol311Bridge,
			protocol50Bridge)
	}
}

// otherClientIDs reads the Client Identifier from where it is in 3.1 and 3.1.1: behind name, level,
// flags and Keep Alive. In 5.0 properties of any length are before it; a bridge that speaks 5.0
// and says that it is one is given to a server by its address.
func (t *text) otherClientIDs() {
	const set = "tcp-request content set-var(txn.client_id) "
	for _, n := range lengths {
		t.line(set+"req.payload_lv(%d,2) if { req.payload(%d,9) -m bin %s %s }",
			1+n+8+4, 1+n, protocol31, protocol31Bridge)
		t.line(set+"req.payload_lv(%d,2) if { req.payload(%d,7) -m bin %s }",
			1+n+6+4, 1+n, protocol311Bridge)
		t.line(set+"src if { req.payload(%d,7) -m bin %s }", 1+n, protocol50Bridge)
	}
}
