// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// start is when the simulations begin, and the time in tests that need only one.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// publication is a bundle and when it was published.
type publication struct {
	at     time.Time
	bundle []byte
	pool   *x509.CertPool
}

// world is an operator's Secrets over the years, and what clients may have seen of them.
type world struct {
	t         *testing.T
	now       time.Time
	authority map[string][]byte
	leaf      map[string][]byte
	ca        AuthorityOptions
	o         LeafOptions
	// published are all bundles, the oldest first.
	published []publication
	// served is what a broker serves that has not seen the last change of its Secret.
	served  []byte
	changes map[Change]int
	next    time.Time
}

// reconcile is one pass of the operator.
func (w *world) reconcile() {
	w.t.Helper()
	ca, a, err := EnsureAuthority(w.authority, w.ca, w.now)
	if err != nil {
		w.t.Fatalf("%v: authority: %v", w.now, err)
	}
	l, err := EnsureLeaf(w.leaf, ca, w.o, w.now)
	if err != nil {
		w.t.Fatalf("%v: leaf: %v", w.now, err)
	}
	w.note(w.authority, a)
	w.note(w.leaf, l)
	w.served = w.leaf[CertificateKey]
	w.authority, w.leaf = a.Data, l.Data
	if w.served == nil {
		w.served = l.Data[CertificateKey]
	}
	bundle := a.Data[BundleKey]
	if n := len(w.published); n == 0 || !bytes.Equal(w.published[n-1].bundle, bundle) {
		w.published = append(w.published, publication{w.now, bundle, poolOf(w.t, bundle)})
	}
	if !bytes.Equal(bundle, l.Data[BundleKey]) {
		w.t.Fatalf("%v: the leaf comes with another bundle than the authority", w.now)
	}
	w.next = NextEvent(a.Next, l.Next)
}

// note checks what every Result promises.
func (w *world) note(before map[string][]byte, r Result) {
	w.t.Helper()
	w.changes[r.Change]++
	equal := maps.EqualFunc(before, r.Data, func(a, b []byte) bool { return bytes.Equal(a, b) })
	if equal != (r.Change == Unchanged) {
		w.t.Fatalf("%v: %q, and the data are equal: %v", w.now, r.Change, equal)
	}
	if !r.Next.After(w.now) {
		w.t.Fatalf("%v: next is %v", w.now, r.Next)
	}
}

// check verifies that no client refuses what is served: neither one that trusts the newest bundle
// nor one whose bundle has been out of date for the overlap, with clocks that are not quite right.
func (w *world) check() {
	w.t.Helper()
	overlap := w.ca.Overlap
	if overlap == 0 {
		overlap = min(defaultOverlap, w.ca.Validity/overlapParts)
	}
	known := 0
	for i, p := range w.published {
		if !p.at.After(w.now.Add(-overlap)) {
			known = i
		}
	}
	for _, p := range w.published[known:] {
		w.verify(w.leaf[CertificateKey], p)
		if !bytes.Equal(w.served, w.leaf[CertificateKey]) {
			w.verify(w.served, p)
		}
	}
}

// settle lets the broker serve what is in its Secret.
func (w *world) settle() { w.served = w.leaf[CertificateKey] }

func (w *world) verify(text []byte, p publication) {
	w.t.Helper()
	c := certificateOf(w.t, text)
	for wrong, usage := range map[time.Duration]x509.ExtKeyUsage{
		-Backdate + time.Second: x509.ExtKeyUsageServerAuth,
		4 * time.Minute:         x509.ExtKeyUsageClientAuth,
	} {
		if _, err := c.Verify(x509.VerifyOptions{
			Roots: p.pool, CurrentTime: w.now.Add(wrong), DNSName: w.o.DNSNames[0],
			KeyUsages: []x509.ExtKeyUsage{usage},
		}); err != nil {
			w.t.Fatalf("%v: a client that is %v late, with the bundle of %v: %v", w.now,
				-wrong, p.at, err)
		}
	}
}

// lifetimes are the options that the simulations run with.
var lifetimes = []struct {
	name string
	ca   AuthorityOptions
	leaf time.Duration
}{
	{"defaults", AuthorityOptions{}, 0},
	{"a year and ninety days", AuthorityOptions{Validity: 365 * day}, 90 * day},
	{"a year, a day of overlap", AuthorityOptions{Validity: 365 * day, Overlap: day}, 90 * day},
	{"leaves as long as their authority", AuthorityOptions{Validity: 200 * day}, 200 * day},
	{"leaves longer than their authority", AuthorityOptions{Validity: 90 * day}, 366 * day},
	{"longest overlap", AuthorityOptions{Validity: 120 * day, Overlap: 20 * day}, 30 * day},
	{"short lives", AuthorityOptions{Validity: 20 * day, Overlap: 6 * time.Hour}, 6 * day},
}

const simulated = 3 * 365 * day

func newWorld(t *testing.T, ca AuthorityOptions, leaf time.Duration) *world {
	ca.Name = "FlashMQ factory"
	return &world{t: t, now: start, ca: ca, changes: map[Change]int{}, o: LeafOptions{
		CommonName: "factory", DNSNames: []string{"mqtt.example", "factory.mqtt.svc"},
		Usages: Server | Client, Validity: leaf,
	}}
}

// An operator that looks now and then, at least once an hour when a life is short.
func TestNoClientRefusesALeafOverTheYears(t *testing.T) {
	t.Parallel()
	for _, tt := range lifetimes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.ca, tt.leaf)
			random := rand.New(rand.NewPCG(1, 2))
			for w.now.Before(start.Add(simulated)) {
				w.reconcile()
				w.check()
				if random.IntN(4) == 0 {
					w.reconcileAgain()
				}
				// The broker takes its time; the old leaf must be good until then.
				w.now = w.now.Add(time.Duration(random.Int64N(int64(lead))))
				w.check()
				w.settle()
				w.now = w.now.Add(time.Duration(random.Int64N(int64(w.pace()))))
			}
			w.rotated(tt.ca.Validity)
		})
	}
}

// pace is how long an operator may sleep: a small part of what is left of a leaf at its renewal.
func (w *world) pace() time.Duration {
	return min(2*day, life(certificateOf(w.t, w.leaf[CertificateKey]))/18+time.Hour)
}

// reconcileAgain looks once more at the same instant: nothing may change.
func (w *world) reconcileAgain() {
	w.t.Helper()
	before, served := w.changes[Unchanged], w.served
	if w.reconcile(); w.changes[Unchanged] != before+2 {
		w.t.Fatalf("%v: something changed twice: %v", w.now, w.changes)
	}
	w.served = served
}

// rotated wants as many rotations as there should have been: the test would prove nothing without.
func (w *world) rotated(validity time.Duration) {
	w.t.Helper()
	want := 0
	if validity != 0 {
		want = int(simulated / (validity * 11 / 12))
	}
	for _, c := range []Change{RotationStarted, RotationFinished} {
		if w.changes[c] < want {
			w.t.Errorf("%d times %s, want %d: %v", w.changes[c], c, want, w.changes)
		}
	}
	if w.changes[Retired] == 0 != (want == 0) {
		w.t.Errorf("%v", w.changes)
	}
	for _, c := range []Change{Replaced, Repaired, ValidityShrunk, RequestChanged} {
		if w.changes[c] != 0 {
			w.t.Errorf("%d times %s", w.changes[c], c)
		}
	}
}

// An operator that looks only when it was told to: nothing happens a moment before, something does
// then, and that is enough.
func TestNextIsWhenSomethingHappens(t *testing.T) {
	t.Parallel()
	for _, tt := range lifetimes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.ca, tt.leaf)
			w.reconcile()
			for w.now.Before(start.Add(simulated)) {
				w.jump()
			}
			w.rotated(tt.ca.Validity)
		})
	}
}

// jump goes to where something happens next.
func (w *world) jump() {
	w.t.Helper()
	next, before := w.next, w.changes[Unchanged]
	w.now = next.Add(-time.Nanosecond)
	w.check()
	if w.reconcile(); w.changes[Unchanged] != before+2 || !w.next.Equal(next) {
		w.t.Fatalf("%v: something happened before its time, %v: %v", w.now, next, w.changes)
	}
	w.now = next
	w.reconcile()
	w.check()
	w.settle()
	if w.changes[Unchanged] > before+3 {
		w.t.Fatalf("%v: nothing happened", w.now)
	}
}

// Users change their minds about names and lives all the time.
func TestNoClientRefusesALeafWhileOptionsChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t, AuthorityOptions{Validity: 365 * day, Overlap: 5 * day}, 90*day)
		most := 0
		for w.now.Before(start.Add(simulated)) {
			w.change(random)
			w.reconcile()
			w.check()
			w.now = w.now.Add(time.Duration(random.Int64N(int64(lead))))
			w.check()
			w.settle()
			w.now = w.now.Add(time.Duration(random.Int64N(int64(w.pace()))))
			most = max(most, bytes.Count(w.authority[BundleKey], beginCertificate))
		}
		for _, c := range []Change{RotationFinished, RequestChanged, ValidityShrunk, Renewed} {
			if w.changes[c] == 0 {
				t.Errorf("seed %d: never %s: %v", seed, c, w.changes)
			}
		}
		if w.changes[Replaced]+w.changes[Repaired] != 0 || most > maxEarly+4 {
			t.Errorf("seed %d: %v, and %d authorities in the bundle", seed, w.changes, most)
		}
	}
}

func (w *world) change(random *rand.Rand) {
	switch random.IntN(40) {
	case 0:
		w.ca.Validity = time.Duration(30+random.IntN(3650)) * day
	case 1:
		w.o.Validity = time.Duration(1+random.IntN(366)) * day
	case 2:
		w.o.DNSNames = []string{"mqtt.example", fmt.Sprintf("n%d.example", random.IntN(9))}
	}
}

// An operator that is away for weeks.
func TestNoClientRefusesALeafWhenTheOperatorIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, AuthorityOptions{Validity: 365 * day, Overlap: 7 * day}, 90*day)
	random := rand.New(rand.NewPCG(3, 4))
	for w.now.Before(start.Add(simulated)) {
		w.reconcile()
		w.check()
		w.settle()
		for left := time.Duration(random.Int64N(int64(29 * day))); left > 0; left -= day {
			w.now = w.now.Add(min(left, day))
			w.check()
		}
	}
	w.rotated(365 * day)
}

func poolOf(t testing.TB, text []byte) *x509.CertPool {
	t.Helper()
	found, err := certificates(BundleKey, text, maxAuthorities)
	if err != nil {
		t.Fatal(err)
	}
	return pool(found)
}

func certificateOf(t testing.TB, text []byte) *x509.Certificate {
	t.Helper()
	found, err := certificates(CertificateKey, text, 1)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(found)[0]
}
