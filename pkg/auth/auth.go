// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package auth decides who may connect and what a Client may do.
//
// Authenticators and Authorizers are asked in order; the first that does not answer Next decides.
// When nobody decides, a Client that is not known by any back end is accepted only where anonymous
// Clients are, and what no Authorizer forbids is allowed.
//
// Knows: identities, kinds of access, the order of the chain.
// Does not know: packets, connections, where users are stored.
package auth

import (
	"net/netip"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Identity is who a Client says it is in CONNECT.
type Identity struct {
	ClientID mqtt.ClientID
	Username string
	// HasUsername tells an empty user name from none.
	HasUsername bool
	// Password is borrowed until the call returns; nil means none.
	Password []byte
	Address  netip.AddrPort
}

// Decision is one link's answer.
type Decision uint8

// Ours: the answers.
const (
	Next  Decision = iota // not mine to decide
	Allow                 // yes, ask no further
	Deny                  // no, ask no further
)

// Authenticator tells whether a Client is who it says it is.
type Authenticator interface {
	Authenticate(id Identity) Decision
}

// Action is what a Client wants to do with a topic.
type Action uint8

// Ours: the actions, after FlashMQ's access checks.
const (
	Write        Action = iota // publish to a Topic Name
	Read                       // receive a message with a Topic Name
	Subscribe                  // subscribe to a Topic Filter, without "$share/name/"
	RegisterWill               // have a Will Message with a Topic Name
)

// Access is one question to an Authorizer. Topic is borrowed until the call returns.
type Access struct {
	ClientID mqtt.ClientID
	Username string
	Action   Action
	Topic    string
	QoS      mqtt.QoS
	Retain   bool
}

// Authorizer tells whether a Client may do something.
type Authorizer interface {
	Authorize(a Access) Decision
}

// Chain asks its links in order. It is immutable once in use and shared by all loops.
type Chain struct {
	Authenticators []Authenticator
	Authorizers    []Authorizer
}

// Authenticate reports whether the Client may connect. anonymous is what the listener grants to
// Clients that no back end knows. FlashMQ: with anonymous access allowed, a user name that no back
// end knows is accepted as well.
func (c *Chain) Authenticate(id Identity, anonymous bool) bool {
	for _, a := range c.Authenticators {
		if d := a.Authenticate(id); d != Next {
			return d == Allow
		}
	}
	return anonymous
}

// Restricts reports whether Authorize can ever refuse. The hot path asks this first.
func (c *Chain) Restricts() bool { return len(c.Authorizers) > 0 }

// Authorize reports whether the access is allowed.
func (c *Chain) Authorize(a Access) bool {
	for _, z := range c.Authorizers {
		if d := z.Authorize(a); d != Next {
			return d == Allow
		}
	}
	return true
}
