// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/door"
)

// entryError is why a connection did not get as far as MQTT.
type entryError struct {
	doing string // what it was busy with
	err   error
}

func (e *entryError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *entryError) Unwrap() error { return e.err }

// explain adds to why c is lost what its layers know.
func (c *conn) explain(why error) error {
	if c.door == nil {
		return why
	}
	if said := c.door.Ended(); said != nil && errors.Is(why, errClosed) {
		why = said
	}
	if c.state == entering {
		return &entryError{c.door.Doing(), why}
	}
	return why
}

// entryHint says what to do about a failure of the layers above the socket.
func (r *run) entryHint(failure error) string {
	var refused *door.Refused
	var entry *entryError
	port := r.to.Port()
	switch {
	case errors.As(failure, &refused):
		return fmt.Sprintf(": is there a WebSocket at %s? Name its path with --ws-path",
			r.options.WebSocket)
	case alerted(failure):
		return ": the broker refuses, and its log says why; it may want --cert and --key, or " +
			"another --tls-version"
	case !errors.As(failure, &entry):
		return ""
	case entry.doing == door.TLSHandshake:
		return certificateHint(failure, port)
	case r.options.TLS == nil:
		return fmt.Sprintf(": does a WebSocket listener without TLS have port %d? Name it with "+
			"--port, and add --tls if it has TLS", port)
	}
	return fmt.Sprintf(": does a WebSocket listener have port %d? Name it with --port", port)
}

// certificateHint says what to do about the broker's certificate, or about its not having any.
func certificateHint(failure error, port uint16) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var wrong *tls.CertificateVerificationError
	switch {
	case errors.As(failure, &authority):
		return ": name the authority that signed it with --cafile, or verify nothing with " +
			"--insecure"
	case errors.As(failure, &name):
		return ": name the broker as its certificate does with --servername, or verify nothing " +
			"with --insecure"
	case errors.As(failure, &wrong):
		return ": give the broker another certificate, or verify nothing with --insecure"
	}
	return fmt.Sprintf(": does a TLS listener have port %d? Name it with --port, or leave out "+
		"--tls", port)
}

// alerted tells whether the broker has sent an alert; crypto/tls reports it that way.
func alerted(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
