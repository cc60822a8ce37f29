// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

// Reason is a stable word for counters and logs.
type Reason string

// Why a request got no upgrade.
const (
	HTTPMalformed     Reason = "http_malformed"     // no HTTP/1.1 request
	HTTPTooLarge      Reason = "http_too_large"     // its head exceeds the limit
	HTTPMethod        Reason = "http_method"        // not GET
	HTTPBody          Reason = "http_body"          // a body where none may be
	HTTPNotUpgrade    Reason = "http_not_upgrade"   // it does not ask for WebSocket
	ACMERedirected    Reason = "acme_redirected"    // a challenge, sent on: nothing is wrong
	ACMEPath          Reason = "acme_path"          // no challenge, on a listener for them
	WebSocketPath     Reason = "websocket_path"     // another path than those accepted
	WebSocketOrigin   Reason = "websocket_origin"   // from a page of somebody else
	WebSocketVersion  Reason = "websocket_version"  // not version 13
	WebSocketKey      Reason = "websocket_key"      // no Sec-WebSocket-Key, or not one
	WebSocketProtocol Reason = "websocket_protocol" // no subprotocol that is MQTT
)

// Why frames came to an end.
const (
	WebSocketReservedBits Reason = "websocket_reserved_bits" // of an extension nobody agreed on
	WebSocketOpcode       Reason = "websocket_opcode"        // a kind of frame that does not exist
	WebSocketUnmasked     Reason = "websocket_unmasked"      // a frame without mask
	WebSocketLength       Reason = "websocket_length"        // a length in more bytes than needed
	WebSocketControl      Reason = "websocket_control"       // a control frame that is none
	WebSocketContinuation Reason = "websocket_continuation"  // pieces that make no message
	WebSocketText         Reason = "websocket_text"          // text instead of MQTT
	WebSocketClosed       Reason = "websocket_closed"        // the peer closed: nothing is wrong
)

// Error is why a layer gives up a connection. It repeats nothing that the peer has sent.
type Error struct {
	Reason Reason
	Err    error // begins with the name of the layer
}

func (e *Error) Error() string {
	if e.Err == nil {
		return string(e.Reason)
	}
	return e.Err.Error()
}

// Unwrap returns the error behind the reason.
func (e *Error) Unwrap() error { return e.Err }
