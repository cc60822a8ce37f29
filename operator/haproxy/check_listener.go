// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package haproxy

func (o *Options) checkListener(c *checker, where string, l *Listener) {
	c.label(where+".name", l.Name)
	c.port(where+".bindPort", l.BindPort)
	c.port(where+".brokerPort", l.BrokerPort)
	switch l.Protocol {
	case MQTT, WebSocket, Both:
	default:
		c.wrong(where+".protocol", "%q is none of MQTT, WebSocket and Both", l.Protocol)
	}
	c.number(where+".webSocketPort", l.WebSocketPort, 0, 65535)
	if l.WebSocketPort != 0 && !l.divided() {
		c.wrong(where+".webSocketPort", "%d needs the protocol Both, and TLS that ends here",
			l.WebSocketPort)
	}
	c.number(where+".healthPort", l.HealthPort, 0, 65535)
	if o.OnDown == Reroute && l.HealthPort == 0 {
		c.wrong(where+".healthPort", "is missing: Reroute needs health checks")
	}
	checkBalance(c, where+".balance", l)
	l.TLS.check(c, where+".tls")
	if l.TLS.Mode == Passthrough && o.BackendTLS != nil {
		c.wrong(where+".tls.mode", "Passthrough leaves no room for backendTLS")
	}
}

func checkBalance(c *checker, where string, l *Listener) {
	switch l.Balance {
	case LeastConn, Source:
	case ClientID:
		const instead = "the Client Identifier cannot be read: use Source or LeastConn"
		if l.TLS.Mode == Passthrough {
			c.wrong(where, "in TLS that is passed through, %s", instead)
		} else if l.Protocol == WebSocket {
			c.wrong(where, "in WebSocket, %s", instead)
		}
	default:
		c.wrong(where, "%q is none of ClientID, LeastConn and Source", l.Balance)
	}
}

func (t *TLS) check(c *checker, where string) {
	switch t.Mode {
	case Terminate:
		c.path(where+".certFile", t.CertFile, longestPath)
		t.checkVerify(c, where)
		if t.MinVersion != "" && t.MinVersion != "1.2" && t.MinVersion != "1.3" {
			c.wrong(where+".minVersion", "%q is neither 1.2 nor 1.3", t.MinVersion)
		}
	case Plain, Passthrough:
		if *t != (TLS{Mode: t.Mode}) {
			c.wrong(where, "files, verify and minVersion have no effect where TLS does not end "+
				"here: use Terminate")
		}
	default:
		c.wrong(where+".mode", "%q is none of Passthrough, Terminate and nothing", t.Mode)
	}
}

func (t *TLS) checkVerify(c *checker, where string) {
	switch t.Verify {
	case VerifyNone:
		c.noPath(where+".caFile", t.CAFile, "without verify")
		c.noPath(where+".crlFile", t.CRLFile, "without verify")
	case VerifyOptional, VerifyRequired:
		c.path(where+".caFile", t.CAFile, longestPath)
		if t.CRLFile != "" {
			c.path(where+".crlFile", t.CRLFile, longestPath)
		}
	default:
		c.wrong(where+".verify", "%q is none of Optional, Required and nothing", t.Verify)
	}
}

// divided reports whether WebSocket Clients of l have a backend of their own.
func (l *Listener) divided() bool { return l.Protocol == Both && l.TLS.Mode != Passthrough }
