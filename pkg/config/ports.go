// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

// usualPorts are where a listener without a port line is found.
var usualPorts = []struct {
	protocol ListenerProtocol
	tls      bool
	port     uint16
}{
	{ProtocolMQTT, false, 1883},
	{ProtocolMQTT, true, 8883},
	{ProtocolWebSockets, false, 8080},
	{ProtocolWebSockets, true, 4443},
	{ProtocolACME, false, 80},
}

// usualPort returns the port of a listener for which none was given. Load puts it into Port, so
// that nobody else has to ask.
func (l *Listener) usualPort() uint16 {
	for _, u := range usualPorts {
		if u.protocol == l.Protocol && u.tls == l.TLS() {
			return u.port
		}
	}
	return 0 // TLS for an ACME authority, which is refused
}

// standard returns what a listen block means that names no more than the protocol and the
// certificate of l.
func (l *Listener) standard() Listener {
	s := DefaultListener()
	s.Port = l.usualPort()
	return s
}
