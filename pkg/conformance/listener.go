// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/flashmq/flashmq/pkg/rawclient"
)

// Listener is where a server listens, and what it speaks there below MQTT.
type Listener struct {
	// Address is host and port.
	Address string
	// TLS is how connections are encrypted; nil: not at all.
	TLS *tls.Config
	// Path is what a WebSocket is asked for under; empty where the listener is not for WebSocket.
	Path string
}

// dial opens a connection through all that is below MQTT.
func (l *Listener) dial(timeout time.Duration) (net.Conn, error) {
	if l.Path == "" {
		return l.socket(timeout)
	}
	w, _, err := l.upgrade(timeout, "mqtt") // [MQTT-6.0.0-3]
	if err != nil {
		return nil, err
	}
	return w, nil
}

// upgrade opens a WebSocket and offers subprotocols, as rawclient.Upgrade does.
func (l *Listener) upgrade(timeout time.Duration, protocols ...string) (
	*rawclient.WebSocket, *http.Response, error) {
	conn, err := l.socket(timeout)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(timeout)) // an open socket takes it
	w, answer, err := rawclient.Upgrade(conn, l.Address, l.Path, protocols...)
	if err != nil {
		_ = conn.Close() // nobody uses it
		return nil, answer, fmt.Errorf("WebSocket: %w", err)
	}
	_ = conn.SetDeadline(time.Time{})
	return w, answer, nil
}

// socket opens a connection through TCP, and TLS where that is spoken.
func (l *Listener) socket(timeout time.Duration) (net.Conn, error) {
	d := &net.Dialer{Timeout: timeout}
	if l.TLS == nil {
		return d.Dial("tcp", l.Address)
	}
	conn, err := tls.DialWithDialer(d, "tcp", l.Address, l.TLS)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return conn, nil
}
