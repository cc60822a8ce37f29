// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Ours.
const (
	day = 24 * time.Hour

	// defaultAuthority is long because every rotation asks something of whoever looks after devices
	// that trust the authority; and short enough that a rotation is due before its key is old.
	defaultAuthority = 3650 * day
	minAuthority     = day
	maxAuthority     = 20 * 365 * day

	// defaultOverlap is time enough for people to bring a new bundle to devices, and for devices
	// that are not always switched on to fetch it. It costs nothing.
	defaultOverlap = 30 * day
	// overlapParts: an overlap is at most that part of the validity, half of the third that is left
	// when it begins.
	overlapParts = 6

	// lead is how long before an authority expires its successor signs, however short the overlap
	// was: new leaves need some time to reach the pods.
	lead = time.Hour

	// grace is added to the time for which an old authority is trusted, should the clock have been
	// wrong when it signed.
	grace = day
	// maxEarly is how many old authorities the bundle may have when a rotation starts because a
	// shorter validity is asked for. Whoever changes his mind often does not make it grow.
	maxEarly = 8

	// maxName leaves room, in a common name, for what makes it unique.
	maxName = maxCommonName - 9
)

// AuthorityOptions say what an authority should be like.
type AuthorityOptions struct {
	// Name is how people recognise it; what does not fit into a certificate is cut off.
	Name string
	// Validity is how long it lives: 0 for ten years. When it becomes shorter, the authority is
	// renewed as if it had been made so.
	Validity time.Duration
	// Overlap is how long a successor is published before it signs: 0 for thirty days, but never
	// more than a sixth of Validity.
	Overlap time.Duration
}

// complete fills in what is not set.
func (o AuthorityOptions) complete() (AuthorityOptions, error) {
	if o.Validity == 0 {
		o.Validity = defaultAuthority
	}
	if o.Overlap == 0 {
		o.Overlap = min(defaultOverlap, o.Validity/overlapParts)
	}
	for len(o.Name) > maxName {
		_, last := utf8.DecodeLastRuneInString(o.Name)
		o.Name = o.Name[:len(o.Name)-last]
	}
	switch {
	case o.Name == "":
		return o, invalid("Name", "there is none")
	case !printable(o.Name):
		return o, invalid("Name", "%q has characters that cannot be printed", o.Name)
	case o.Validity < minAuthority || o.Validity > maxAuthority:
		return o, invalid("Validity", "%v is not between %v and %v", o.Validity, minAuthority,
			maxAuthority)
	case o.Overlap < 0 || o.Overlap > o.Validity/overlapParts:
		return o, invalid("Overlap", "%v is not between 0 and a sixth of the validity, %v",
			o.Overlap, o.Validity/overlapParts)
	}
	return o, nil
}

func invalid(option, format string, args ...any) error {
	return &Error{Fault: InvalidOption, Part: option, What: fmt.Sprintf(format, args...)}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r)
	})
}

// EnsureAuthority returns what the data of an authority's Secret should be, given what it is: a new
// authority when there is nothing or when it has expired, the next step of a rotation when one is
// due. What is there and cannot be used is an error, never overwritten. data is not kept and not
// changed.
func EnsureAuthority(data map[string][]byte, o AuthorityOptions, now time.Time) (
	*Authority, Result, error,
) {
	o, err := o.complete()
	if err != nil {
		return nil, Result{}, err
	}
	a, change, err := findAuthority(data, o, now)
	if err != nil {
		return nil, Result{}, err
	}
	due, err := a.catchUp(o, now)
	if err != nil {
		return nil, Result{}, err
	}
	if change == Unchanged {
		change = due
	}
	result := Result{a.data(), change, a.next(o)}
	if change == Unchanged && !same(authorityKeys, data, result.Data) {
		result.Change = Repaired
	}
	return a, result, nil
}

// findAuthority reads the authority, or makes the first one.
func findAuthority(data map[string][]byte, o AuthorityOptions, now time.Time) (
	*Authority, Change, error,
) {
	if same(authorityKeys, data, nil) {
		first, err := newIssuer(o, now)
		return &Authority{Current: first}, Created, err
	}
	a, err := readAuthority(data)
	if err != nil {
		return nil, Unchanged, err
	}
	if now.Before(a.Current.Certificate.NotBefore) {
		return nil, Unchanged, a.Current.usable(now)
	}
	return a, Unchanged, nil
}

// catchUp takes all steps that are due, which are several when nobody has asked for a long time. It
// returns the last one; that an old authority is retired is said only if nothing else happens.
func (a *Authority) catchUp(o AuthorityOptions, now time.Time) (change Change, err error) {
	for {
		if a.retire(now) && change == Unchanged {
			change = Retired
		}
		step, err := a.advance(o, now)
		if step == Unchanged || err != nil {
			return change, err
		}
		change = step
	}
}

// advance takes one step of a rotation, if one is due.
func (a *Authority) advance(o AuthorityOptions, now time.Time) (change Change, err error) {
	if a.Next != nil && a.Next.usable(now) != nil {
		a.Next = nil // it has signed nothing, and was perhaps made while the clock was wrong
	}
	switch {
	case a.Next == nil && expired(a.Current.Certificate, now):
		a.Current, err = newIssuer(o, now)
		return Replaced, err
	case a.Next == nil && !now.Before(a.renewal(o)):
		a.Next, err = newIssuer(o, now)
		return RotationStarted, err
	case a.Next != nil && !now.Before(a.handover(o)):
		a.handOver(now)
		return RotationFinished, nil
	}
	return Unchanged, nil
}

// renewal is when a rotation should start.
func (a *Authority) renewal(o AuthorityOptions) time.Time {
	c := a.Current.Certificate
	span := life(c)
	if len(a.Previous) < maxEarly {
		span = min(span, o.Validity+Backdate)
	}
	return c.NotBefore.Add(twoThirds(span))
}

// handover is when the successor should sign.
func (a *Authority) handover(o AuthorityOptions) time.Time {
	published := a.Next.Certificate.NotBefore.Add(Backdate)
	return NextEvent(published.Add(o.Overlap), a.Current.Certificate.NotAfter.Add(-lead))
}

// handOver lets the successor sign. No leaf that the old one has signed lives longer than it does
// itself, or longer from now than leaves may live.
func (a *Authority) handOver(now time.Time) {
	old := a.Current.Certificate
	until := NextEvent(old.NotAfter.Add(time.Second), moment(now).Add(maxLeaf+grace))
	a.Previous = slices.Insert(a.Previous, 0, Trusted{old, until})
	a.Current, a.Next = a.Next, nil
}

// retire forgets the authorities that nothing needs.
func (a *Authority) retire(now time.Time) bool {
	before := len(a.Previous)
	a.Previous = slices.DeleteFunc(a.Previous, func(t Trusted) bool {
		return !now.Before(t.Until)
	})
	return len(a.Previous) < before
}

// next is when the next step is due.
func (a *Authority) next(o AuthorityOptions) time.Time {
	var next time.Time
	if a.Next != nil {
		next = a.handover(o)
	} else {
		next = a.renewal(o)
	}
	for _, t := range a.Previous {
		next = NextEvent(next, t.Until)
	}
	return next
}
