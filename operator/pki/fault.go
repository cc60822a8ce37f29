// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Fault is a kind of thing that is wrong. An error of this package is one of them (errors.Is), and
// has it as its Fault (errors.As with *Error).
type Fault string

// The faults.
const (
	Missing       Fault = "Missing"       // there is nothing
	TooLarge      Fault = "TooLarge"      // more than we read
	NotPEM        Fault = "NotPEM"        // no PEM, or not what it should hold
	Malformed     Fault = "Malformed"     // PEM, but damaged or not readable inside
	Encrypted     Fault = "Encrypted"     // a key with a passphrase
	Unsupported   Fault = "Unsupported"   // a kind or size of key that TLS does not take
	KeyMismatch   Fault = "KeyMismatch"   // the key is of another certificate
	NotAuthority  Fault = "NotAuthority"  // the certificate may not sign others
	Expired       Fault = "Expired"       // its time is over
	NotYetValid   Fault = "NotYetValid"   // its time has not begun
	Untrusted     Fault = "Untrusted"     // the chain does not lead to the authorities
	InvalidOption Fault = "InvalidOption" // what was asked for cannot be made
)

func (f Fault) Error() string { return string(f) }

// Error says what is wrong, where, and what to do about it. It never quotes keys.
type Error struct {
	Fault Fault
	// Part is the key of the data, or the name of the option.
	Part string
	What string
	// Do is for whoever can put it right; "" when What says enough.
	Do string
	// Cause is the error of a library, if there was one.
	Cause error
}

func (e *Error) Error() string {
	text := e.Part + ": " + e.What
	if e.Cause != nil {
		text += ": " + brief(e.Cause.Error())
	}
	if e.Do != "" {
		text += "; " + e.Do
	}
	return text
}

// Unwrap makes errors.Is find the fault and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Fault}
	}
	return []error{e.Fault, e.Cause}
}

// advise adds what to do to an error that does not say it yet.
func advise(err error, do string) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.Do == "" {
		e.Do = do
	}
	return err
}

// maxText is how much of a text from a certificate is repeated, in bytes.
const maxText = 256

// brief makes a text from a certificate fit for messages and status.
func brief(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}
