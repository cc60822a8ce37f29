// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"unicode/utf8"
)

// Identity is where in a client certificate the user name stands.
type Identity uint8

// The places.
const (
	CommonName Identity = iota
	URI
	DNS
	Email
)

var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// Errors of Of.
var (
	ErrNoName   = errors.New("the client certificate has no name of the kind that is asked for")
	ErrTwoNames = errors.New("the client certificate has several names where one is asked for")
	ErrNotText  = errors.New("the name in the client certificate is not valid UTF-8")
	ErrTooLong  = errors.New("the name in the client certificate is too long for a user name")
)

// maxName is the longest user name MQTT can carry.
const maxName = 65535

// Of returns the user name in a certificate. One with several is refused: which of them an
// authority has checked is anybody's guess. Common Names are counted in the full subject, for
// x509's own field has the last of them.
func (i Identity) Of(c *x509.Certificate) (string, error) {
	names := i.names(c)
	switch {
	case len(names) == 0, len(names) == 1 && names[0] == "":
		return "", ErrNoName
	case len(names) > 1:
		return "", ErrTwoNames
	case !utf8.ValidString(names[0]):
		return "", ErrNotText
	case len(names[0]) > maxName:
		return "", ErrTooLong
	}
	return names[0], nil
}

func (i Identity) names(c *x509.Certificate) (names []string) {
	switch i {
	case URI:
		for _, u := range c.URIs {
			names = append(names, u.String())
		}
	case DNS:
		names = c.DNSNames
	case Email:
		names = c.EmailAddresses
	default:
		for _, n := range c.Subject.Names {
			if n.Type.Equal(commonName) {
				text, _ := n.Value.(string)
				names = append(names, text)
			}
		}
	}
	return names
}
