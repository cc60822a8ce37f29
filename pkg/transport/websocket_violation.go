// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

// violation is what is wrong with a frame.
type violation struct {
	code   uint16 // of the close frame the peer gets
	reason Reason
	text   string
}

var (
	errReserved = &violation{closeProtocolError, WebSocketReservedBits,
		"reserved bits in a frame, and no extension was agreed on"}
	errOpcode = &violation{closeProtocolError, WebSocketOpcode,
		"a frame of a kind that does not exist"}
	errText = &violation{closeUnsupported, WebSocketText,
		"a text frame; MQTT travels in binary ones"}
	errNothingToContinue = &violation{closeProtocolError, WebSocketContinuation,
		"a continuation frame, and nothing to continue"}
	errNotContinued = &violation{closeProtocolError, WebSocketContinuation,
		"a new message before the fragmented one was complete"}
	errControlFragment = &violation{closeProtocolError, WebSocketControl,
		"a fragment of a control frame"}
	errControlLength = &violation{closeProtocolError, WebSocketControl,
		"a control frame of more than 125 bytes"}
	errUnmasked = &violation{closeProtocolError, WebSocketUnmasked,
		"a frame that is not masked"}
	errLength = &violation{closeProtocolError, WebSocketLength,
		"a length in more bytes than needed, or of more than 63 bits"}
	errCloseCode = &violation{closeProtocolError, WebSocketControl,
		"a close frame without a status code that may be sent"}
	errCloseReason = &violation{closeInvalidData, WebSocketControl,
		"a close frame whose reason is not UTF-8"}
)
