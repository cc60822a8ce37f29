// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

// Options are the limits of a Store. Zero means no limit.
type Options struct {
	// MaxPayload is the largest payload stored, in bytes (retained_message_max_payload_size).
	MaxPayload int
	// NodeCreationLimit is the largest number of nodes below one node at depth EnforcementDepth,
	// 0 being the root (retained_messages_node_creation_limit and ..._enforcement_depth).
	NodeCreationLimit int
	EnforcementDepth  int
	EnforcementMode   EnforcementMode
	// MaxMessages and MaxBytes limit what is stored altogether. Bytes are (*mqtt.Message).Size,
	// and MessageCost for each message and NodeCost for each node on top: what the structures
	// around them take.
	MaxMessages int64
	MaxBytes    int64
	MessageCost int64
	NodeCost    int64
	// MaxLifetime is how long a message is stored at most, in nanoseconds
	// (expire_retained_messages_after_seconds). It is not told to Clients.
	MaxLifetime int64
}

// EnforcementMode is what happens to a topic above NodeCreationLimit.
type EnforcementMode uint8

// FlashMQ: the values of retained_messages_node_creation_limit_enforcement_mode.
const (
	// Reject: it is not stored.
	Reject EnforcementMode = iota
	// Log: it is stored, and the Outcome tells.
	Log
)

// Outcome is what became of a message given to Set. After Stored and StoredAboveLimit the topic
// has this message, after every other it has none.
type Outcome uint8

// Ours.
const (
	// Stored: it is the topic's retained message now.
	Stored Outcome = iota
	// StoredAboveLimit: stored, but above NodeCreationLimit in the mode Log.
	StoredAboveLimit
	// Removed: the payload was empty, and what was stored is gone.
	Removed
	// Nothing: the payload was empty, and nothing was stored.
	Nothing
	// TooLarge: the payload is above MaxPayload. An older message has been removed, since it
	// would tell new subscribers what is not true any more.
	TooLarge
	// TooMany: MaxMessages or MaxBytes is reached. An older message has been removed too.
	TooMany
	// TooManyNodes: NodeCreationLimit is reached and the topic is new.
	TooManyNodes
)

// String returns a word for logs.
func (o Outcome) String() string {
	switch o {
	case Stored:
		return "stored"
	case StoredAboveLimit:
		return "stored above the node creation limit"
	case Removed:
		return "removed"
	case Nothing:
		return "nothing to remove"
	case TooLarge:
		return "payload too large"
	case TooMany:
		return "store full"
	case TooManyNodes:
		return "node creation limit reached"
	}
	return "unknown"
}
