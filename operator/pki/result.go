// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"maps"
	"time"
)

// The keys of the data of Secrets.
const (
	CertificateKey = "tls.crt"
	PrivateKeyKey  = "tls.key"
	BundleKey      = "ca.crt"

	nextCertificateKey = "ca-next.crt"
	nextPrivateKeyKey  = "ca-next.key"
	previousKey        = "ca-previous.crt"
)

// Change says why data is not what it was.
type Change string

// The changes.
const (
	Unchanged Change = ""
	Created   Change = "Created"  // there was none
	Renewed   Change = "Renewed"  // two thirds of its life are over
	Repaired  Change = "Repaired" // what was there could not be used, or somebody had edited it

	// Of an authority.
	RotationStarted  Change = "RotationStarted"  // the successor is in the bundle
	RotationFinished Change = "RotationFinished" // the successor signs
	Retired          Change = "Retired"          // an old one has left the bundle
	Replaced         Change = "Replaced"         // it had expired: nobody trusts the new one yet

	// Of a leaf.
	RequestChanged   Change = "RequestChanged"   // other names or usages are asked for
	AuthorityChanged Change = "AuthorityChanged" // it was signed by another one
	ValidityShrunk   Change = "ValidityShrunk"   // it would live longer than is asked for
	BundleChanged    Change = "BundleChanged"    // certificate and key are the same
)

// Result is what the data of a Secret should be.
type Result struct {
	// Data has all keys that are ours, and no other. Its slices may be those that were given:
	// they are to be read only.
	Data map[string][]byte
	// Change is Unchanged when Data is, byte for byte, what was given.
	Change Change
	// Next is when to ask again, if nothing else changes. It is after the now that was given.
	Next time.Time
}

// NextEvent returns the earliest of several times at which to look again, such as the Next of
// Results and Facts; zero times do not count. It is zero when there is none.
func NextEvent(times ...time.Time) time.Time {
	var earliest time.Time
	for _, t := range times {
		if earliest.IsZero() || !t.IsZero() && t.Before(earliest) {
			earliest = t
		}
	}
	return earliest
}

// same tells whether the keys that are ours have the same values. Kubernetes drops none, but an
// empty value is as good as none to all readers.
func same(keys []string, a, b map[string][]byte) bool {
	for _, key := range keys {
		if !bytes.Equal(a[key], b[key]) {
			return false
		}
	}
	return true
}

// present returns the entries that have a value.
func present(data map[string][]byte) map[string][]byte {
	maps.DeleteFunc(data, func(_ string, value []byte) bool { return len(value) == 0 })
	return data
}
