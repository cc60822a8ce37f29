// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package auth

import "testing"

type fixed Decision

func (f fixed) Authenticate(Identity) Decision { return Decision(f) }
func (f fixed) Authorize(Access) Decision      { return Decision(f) }

func TestAuthenticate(t *testing.T) {
	tests := []struct {
		name      string
		links     []Authenticator
		anonymous bool
		want      bool
	}{
		{"nobody to ask, anonymous allowed", nil, true, true},
		{"nobody to ask, anonymous refused", nil, false, false},
		{"first decides: allow", []Authenticator{fixed(Allow), fixed(Deny)}, false, true},
		{"first decides: deny", []Authenticator{fixed(Deny), fixed(Allow)}, true, false},
		{"next is asked", []Authenticator{fixed(Next), fixed(Deny)}, true, false},
		{"nobody decides, anonymous allowed", []Authenticator{fixed(Next)}, true, true},
		{"nobody decides, anonymous refused", []Authenticator{fixed(Next)}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Chain{Authenticators: tt.links}
			if got := c.Authenticate(Identity{}, tt.anonymous); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAuthorize(t *testing.T) {
	tests := []struct {
		name      string
		links     []Authorizer
		want      bool
		restricts bool
	}{
		{"nobody to ask", nil, true, false},
		{"nobody decides", []Authorizer{fixed(Next)}, true, true},
		{"deny wins when first", []Authorizer{fixed(Deny), fixed(Allow)}, false, true},
		{"allow wins when first", []Authorizer{fixed(Allow), fixed(Deny)}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Chain{Authorizers: tt.links}
			if got := c.Authorize(Access{}); got != tt.want {
				t.Errorf("Authorize %v, want %v", got, tt.want)
			}
			if got := c.Restricts(); got != tt.restricts {
				t.Errorf("Restricts %v, want %v", got, tt.restricts)
			}
		})
	}
}
