// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

// ensure is EnsureAuthority where it must not fail.
func ensure(t testing.TB, data map[string][]byte, o AuthorityOptions, now time.Time) (
	*Authority, Result,
) {
	t.Helper()
	if o.Name == "" {
		o.Name = "FlashMQ factory"
	}
	a, r, err := EnsureAuthority(data, o, now)
	if err != nil {
		t.Fatalf("%v: %v", now, err)
	}
	return a, r
}

func TestNewAuthority(t *testing.T) {
	t.Parallel()
	for _, empty := range []map[string][]byte{nil, {}, {"tls.crt": nil, "tls.key": {}},
		{"somebody's": []byte("x")}} {
		a, r := ensure(t, empty, AuthorityOptions{}, start.Add(time.Millisecond))
		c := a.Current.Certificate
		if r.Change != Created || len(r.Data) != 3 || a.Next != nil || a.Previous != nil {
			t.Errorf("%q: %v", r.Change, r.Data)
		}
		if !c.NotBefore.Equal(start.Add(time.Second-Backdate)) ||
			!c.NotAfter.Equal(start.Add(time.Second+10*365*day)) {
			t.Errorf("from %v to %v", c.NotBefore, c.NotAfter)
		}
		if bits := c.SerialNumber.BitLen(); bits > 128 || bits < 64 {
			t.Errorf("the serial number has %d bits", bits)
		}
		if !strings.HasPrefix(c.Subject.CommonName, "FlashMQ factory ") {
			t.Errorf("its subject is %v", c.Subject)
		}
		if again, err := ParseAuthority(r.Data, start.Add(day)); err != nil ||
			!bytes.Equal(again.Bundle(), r.Data["ca.crt"]) {
			t.Errorf("%v", err)
		}
	}
	one, _ := ensure(t, nil, AuthorityOptions{}, start)
	two, _ := ensure(t, nil, AuthorityOptions{}, start)
	if one.Current.Certificate.Subject.String() == two.Current.Certificate.Subject.String() {
		t.Error("two authorities have the same subject")
	}
}

func TestAuthorityOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    AuthorityOptions
		part string // "" when nothing is wrong
	}{
		{"smallest", AuthorityOptions{Name: "a", Validity: day}, ""},
		{"largest", AuthorityOptions{Name: "a", Validity: 20 * 365 * day}, ""},
		{"long name", AuthorityOptions{Name: strings.Repeat("\u00fc", 99)}, ""},
		{"longest overlap", AuthorityOptions{Name: "a", Validity: 6 * day, Overlap: day}, ""},
		{"no name", AuthorityOptions{}, "Name"},
		{"line in the name", AuthorityOptions{Name: "a\nb"}, "Name"},
		{"no UTF-8", AuthorityOptions{Name: "a\xff"}, "Name"},
		{"short", AuthorityOptions{Name: "a", Validity: day - time.Second}, "Validity"},
		{"negative", AuthorityOptions{Name: "a", Validity: -day}, "Validity"},
		{"long", AuthorityOptions{Name: "a", Validity: 21 * 365 * day}, "Validity"},
		{"overlap too long", AuthorityOptions{Name: "a", Validity: 6 * day,
			Overlap: day + 1}, "Overlap"},
		{"negative overlap", AuthorityOptions{Name: "a", Overlap: -1}, "Overlap"},
	} {
		a, _, err := EnsureAuthority(nil, tt.o, start)
		var e *Error
		switch {
		case tt.part == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.part == "" && len(a.Current.Certificate.Subject.CommonName) > 64:
			t.Errorf("%s: %v", tt.name, a.Current.Certificate.Subject)
		case tt.part != "" && (!errors.Is(err, InvalidOption) || !errors.As(err, &e) ||
			e.Part != tt.part):
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// The steps of one rotation, with who signs and how many are trusted after each.
func TestRotation(t *testing.T) {
	t.Parallel()
	o := AuthorityOptions{Name: "a", Validity: 3 * 400 * day, Overlap: 10 * day}
	first, r := ensure(t, nil, o, start)
	renewal := first.Current.Certificate.NotBefore.Add((3*400*day + Backdate) / 3 * 2)
	var successor *Authority
	for _, step := range []struct {
		name    string
		at      time.Time
		change  Change
		trusted int
		signs   bool // the successor
		next    time.Time
	}{
		{"still young", start.Add(400 * day), Unchanged, 1, false, renewal},
		{"two thirds", renewal, RotationStarted, 2, false, renewal.Add(10 * day)},
		{"overlap", renewal.Add(10*day - 1), Unchanged, 2, false, renewal.Add(10 * day)},
		{"handover", renewal.Add(10 * day), RotationFinished, 2, true,
			renewal.Add(10*day + maxLeaf + grace)},
		{"old leaves may live", renewal.Add(10*day + maxLeaf), Unchanged, 2, true,
			renewal.Add(10*day + maxLeaf + grace)},
		{"none lives", renewal.Add(10*day + maxLeaf + grace), Retired, 1, true, time.Time{}},
	} {
		var a *Authority
		a, r = ensure(t, r.Data, o, step.at)
		if r.Change != step.change {
			t.Fatalf("%s: %q, want %q", step.name, r.Change, step.change)
		}
		if step.change == RotationStarted {
			successor = &Authority{Current: a.Next}
		}
		want := first
		if step.signs {
			want = successor
		}
		if !bytes.Equal(a.Current.keyPEM, want.Current.keyPEM) {
			t.Errorf("%s: the wrong one signs", step.name)
		}
		if !bytes.HasPrefix(r.Data["ca.crt"], want.Bundle()) {
			t.Errorf("%s: the one that signs is not the first of the bundle", step.name)
		}
		if n := bytes.Count(r.Data["ca.crt"], beginCertificate); n != step.trusted {
			t.Errorf("%s: %d are trusted, want %d", step.name, n, step.trusted)
		}
		if !step.next.IsZero() && !r.Next.Equal(step.next) {
			t.Errorf("%s: next is %v, want %v", step.name, r.Next, step.next)
		}
		for key, value := range r.Data {
			if step.signs && bytes.Contains(value, first.Current.keyPEM) {
				t.Errorf("%s: the old key is still in %s", step.name, key)
			}
		}
	}
}

// What happens when nobody has asked for long, or when what is asked for has changed.
func TestAuthorityAfterALongTime(t *testing.T) {
	t.Parallel()
	const year = 365 * day
	o := AuthorityOptions{Name: "a", Validity: 3 * year, Overlap: 30 * day}
	shorter := AuthorityOptions{Name: "a", Validity: year, Overlap: 30 * day}
	longer := AuthorityOptions{Name: "a", Validity: 9 * year, Overlap: 30 * day}
	_, young := ensure(t, nil, o, start)
	_, rotating := ensure(t, young.Data, o, start.Add(2*year+day))
	for _, tt := range []struct {
		name    string
		data    map[string][]byte
		o       AuthorityOptions
		at      time.Duration
		change  Change
		trusted int
	}{
		{"late", young.Data, o, 3*year - 2*day, RotationStarted, 2},
		{"too late for an overlap", young.Data, o, 3*year - lead, RotationFinished, 2},
		{"expired", young.Data, o, 3*year + time.Second, Replaced, 1},
		{"at its last moment", young.Data, o, 3 * year, RotationFinished, 2},
		{"long after a rotation began", rotating.Data, o, 3*year + day, RotationFinished, 1},
		{"so long that another one is due", rotating.Data, o, 4*year + 2*day, RotationStarted, 2},
		{"so long that the successor is gone", rotating.Data, o, 6 * year, Replaced, 1},
		{"shorter, not yet two thirds", young.Data, shorter, year*2/3 - day, Unchanged, 1},
		{"shorter, over two thirds", young.Data, shorter, year*2/3 + day, RotationStarted, 2},
		{"longer", young.Data, longer, 2*year - day, Unchanged, 1},
		{"longer at two thirds", young.Data, longer, 2*year + day, RotationStarted, 2},
	} {
		a, r := ensure(t, tt.data, tt.o, start.Add(tt.at))
		n := bytes.Count(r.Data["ca.crt"], beginCertificate)
		if r.Change != tt.change || n != tt.trusted {
			t.Errorf("%s: %q, %d are trusted; want %q, %d", tt.name, r.Change, n, tt.change,
				tt.trusted)
		}
		if err := a.Current.usable(start.Add(tt.at)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if _, again := ensure(t, r.Data, tt.o, start.Add(tt.at)); again.Change != Unchanged {
			t.Errorf("%s: again %q", tt.name, again.Change)
		}
	}
}

// What somebody has done to the Secret without breaking it.
func TestRepairedAuthority(t *testing.T) {
	t.Parallel()
	o := AuthorityOptions{Name: "a", Validity: 300 * day, Overlap: day}
	_, r := ensure(t, nil, o, start)
	_, r = ensure(t, r.Data, o, start.Add(210*day))
	later := start.Add(210*day + time.Hour)
	for _, tt := range []struct {
		name   string
		edit   func(data map[string][]byte)
		change Change
	}{
		{"nothing", func(map[string][]byte) {}, Unchanged},
		{"another key", func(d map[string][]byte) { d["mine"] = []byte("x") }, Unchanged},
		{"no bundle", func(d map[string][]byte) { delete(d, "ca.crt") }, Repaired},
		{"another bundle", func(d map[string][]byte) {
			d["ca.crt"] = append(d["tls.crt"], "more"...)
		}, Repaired},
		{"no successor", func(d map[string][]byte) {
			delete(d, "ca-next.crt")
			delete(d, "ca-next.key")
		}, RotationStarted},
		{"comments", func(d map[string][]byte) {
			d["tls.crt"] = append([]byte("# mine\r\n"), d["tls.crt"]...)
		}, Unchanged},
		{"one of before, by hand", func(d map[string][]byte) {
			_, other := ensure(t, nil, o, start.Add(200*day))
			d["ca-previous.crt"] = other.Data["tls.crt"]
		}, Repaired},
	} {
		data := maps.Clone(r.Data)
		tt.edit(data)
		given := maps.Clone(data)
		_, got := ensure(t, data, o, later)
		if got.Change != tt.change {
			t.Errorf("%s: %q, want %q", tt.name, got.Change, tt.change)
		}
		if !same(authorityKeys, given, data) || len(given) != len(data) {
			t.Errorf("%s: what was given has changed", tt.name)
		}
		if tt.change == Unchanged && !same(authorityKeys, data, got.Data) {
			t.Errorf("%s: the data are not what they were", tt.name)
		}
		if _, ours := got.Data["mine"]; ours {
			t.Errorf("%s: a key that is not ours", tt.name)
		}
		if _, again := ensure(t, got.Data, o, later); again.Change != Unchanged {
			t.Errorf("%s: again %q", tt.name, again.Change)
		}
	}
}

// Whoever changes his mind often does not fill the bundle.
func TestShorterLifeWaitsForTheBundle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		previous int
		change   Change
	}{{maxEarly - 1, RotationStarted}, {maxEarly, Repaired}} {
		_, r := ensure(t, nil, AuthorityOptions{Validity: 900 * day}, start.Add(-100*day))
		for range tt.previous {
			r.Data["ca-previous.crt"] = append(r.Data["ca-previous.crt"],
				issue(t, root("old"), nil, nil).cert...)
		}
		_, r = ensure(t, r.Data, AuthorityOptions{Validity: 90 * day}, start)
		if r.Change != tt.change {
			t.Errorf("%d of before: %q, want %q", tt.previous, r.Change, tt.change)
		}
	}
}

// A successor that was made while the clock was wrong is not the end of the world.
func TestSuccessorFromTheFuture(t *testing.T) {
	t.Parallel()
	o := AuthorityOptions{Name: "a", Validity: 300 * day, Overlap: day}
	first, r := ensure(t, nil, o, start)
	_, r = ensure(t, r.Data, o, start.Add(250*day))
	a, r := ensure(t, r.Data, o, start.Add(10*day))
	if a.Next != nil || r.Change != Repaired || !bytes.Equal(r.Data["ca.crt"], first.Bundle()) {
		t.Errorf("%q with successor %v", r.Change, a.Next)
	}
}
