// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// leafOf is EnsureLeaf where it must not fail.
func leafOf(t testing.TB, data map[string][]byte, a *Authority, o LeafOptions,
	now time.Time) Result {
	t.Helper()
	if o.DNSNames == nil {
		o.DNSNames = []string{"mqtt.example"}
	}
	if o.Usages == 0 {
		o.Usages = Server | Client
	}
	r, err := EnsureLeaf(data, a, o, now)
	if err != nil {
		t.Fatalf("%v: %v", now, err)
	}
	return r
}

func TestNewLeaf(t *testing.T) {
	t.Parallel()
	a, _ := ensure(t, nil, AuthorityOptions{Validity: 100 * day}, start)
	for _, tt := range []struct {
		name   string
		o      LeafOptions
		usages []x509.ExtKeyUsage
		until  time.Duration
	}{
		{"server", LeafOptions{Usages: Server, IPs: []netip.Addr{netip.MustParseAddr("::1"),
			netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("127.0.0.1")}},
			[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, 90 * day},
		{"client", LeafOptions{Usages: Client, CommonName: "device", DNSNames: []string{},
			Validity: 30 * day}, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, 30 * day},
		{"both", LeafOptions{Usages: Server | Client, Validity: 101 * day, DNSNames: []string{
			"*.B.example.", "a.example", "b_2.example", "a.example"}},
			[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, 100 * day},
	} {
		r := leafOf(t, nil, a, tt.o, start)
		pair, err := tls.X509KeyPair(r.Data["tls.crt"], r.Data["tls.key"])
		if err != nil {
			t.Fatal(err)
		}
		c := pair.Leaf
		if r.Change != Created || len(r.Data) != 3 || len(pair.Certificate) != 1 {
			t.Errorf("%s: %q, %v", tt.name, r.Change, r.Data)
		}
		if !slices.Equal(c.ExtKeyUsage, tt.usages) || c.KeyUsage != x509.KeyUsageDigitalSignature ||
			c.IsCA || !c.BasicConstraintsValid || c.Subject.CommonName != tt.o.CommonName {
			t.Errorf("%s: %+v", tt.name, c)
		}
		if !c.NotAfter.Equal(start.Add(tt.until)) || !c.NotBefore.Equal(start.Add(-Backdate)) {
			t.Errorf("%s: from %v to %v", tt.name, c.NotBefore, c.NotAfter)
		}
		if !slices.IsSorted(c.DNSNames) || slices.Contains(c.DNSNames, "*.B.example.") {
			t.Errorf("%s: %q", tt.name, c.DNSNames)
		}
		if again := leafOf(t, r.Data, a, tt.o, start); again.Change != Unchanged {
			t.Errorf("%s: again %q", tt.name, again.Change)
		}
	}
}

// leafCase is what EnsureLeaf is given.
type leafCase struct {
	data map[string][]byte
	a    *Authority
	o    LeafOptions
	now  time.Time
}

// Why a leaf is made again, and why not.
func TestLeafChanges(t *testing.T) {
	t.Parallel()
	o := LeafOptions{CommonName: "a", DNSNames: []string{"a.example", "b.example"},
		IPs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, Usages: Server, Validity: 90 * day}
	a, _ := ensure(t, nil, AuthorityOptions{}, start)
	other, _ := ensure(t, nil, AuthorityOptions{}, start)
	r, future := leafOf(t, nil, a, o, start), leafOf(t, nil, a, o, start.Add(day))
	twoThirds := start.Add(-Backdate + (90*day+Backdate)/3*2)
	for _, tt := range []struct {
		name   string
		change Change
		do     func(c *leafCase)
	}{
		{"nothing", Unchanged, func(*leafCase) {}},
		{"a moment before two thirds", Unchanged, func(c *leafCase) { c.now = twoThirds.Add(-1) }},
		{"two thirds", Renewed, func(c *leafCase) { c.now = twoThirds }},
		{"expired", Renewed, func(c *leafCase) { c.now = start.Add(100 * day) }},
		{"other order", Unchanged, func(c *leafCase) {
			c.o.DNSNames = []string{"B.example.", "a.example", "b.example"}
		}},
		{"one name more", RequestChanged, func(c *leafCase) {
			c.o.DNSNames = []string{"a.example", "b.example", "c.example"}
		}},
		{"one name less", RequestChanged, func(c *leafCase) {
			c.o.DNSNames = []string{"a.example"}
		}},
		{"no address", RequestChanged, func(c *leafCase) { c.o.IPs = nil }},
		{"another common name", RequestChanged, func(c *leafCase) { c.o.CommonName = "b" }},
		{"another usage", RequestChanged, func(c *leafCase) { c.o.Usages = Server | Client }},
		{"shorter life", ValidityShrunk, func(c *leafCase) { c.o.Validity -= time.Second }},
		{"longer life", Unchanged, func(c *leafCase) { c.o.Validity += 10 * day }},
		{"another authority", AuthorityChanged, func(c *leafCase) { c.a = other }},
		{"a successor", BundleChanged, func(c *leafCase) {
			c.a = &Authority{Current: c.a.Current, Next: other.Current}
		}},
		{"no bundle", BundleChanged, func(c *leafCase) { delete(c.data, "ca.crt") }},
		{"no key", Repaired, func(c *leafCase) { delete(c.data, "tls.key") }},
		{"no certificate", Repaired, func(c *leafCase) { delete(c.data, "tls.crt") }},
		{"another key", Repaired, func(c *leafCase) { c.data["tls.key"] = other.Current.keyPEM }},
		{"text", Repaired, func(c *leafCase) { c.data["tls.crt"] = []byte("x") }},
		{"a leaf of the future", Repaired, func(c *leafCase) {
			c.data, c.now = future.Data, start.Add(-time.Second)
		}},
		{"a chain", Repaired, func(c *leafCase) {
			c.data["tls.crt"] = append(bytes.Clone(c.data["tls.crt"]), c.a.Bundle()...)
		}},
	} {
		c := &leafCase{maps.Clone(r.Data), a, o, start.Add(time.Hour)}
		tt.do(c)
		got := leafOf(t, c.data, c.a, c.o, c.now)
		if got.Change != tt.change {
			t.Errorf("%s: %q, want %q", tt.name, got.Change, tt.change)
		}
		kept := bytes.Equal(got.Data["tls.crt"], r.Data["tls.crt"]) &&
			bytes.Equal(got.Data["tls.key"], r.Data["tls.key"])
		if kept != (tt.change == Unchanged || tt.change == BundleChanged) {
			t.Errorf("%s: the leaf is kept: %v", tt.name, kept)
		}
		if !bytes.Equal(got.Data["ca.crt"], c.a.Bundle()) || !got.Next.After(c.now) {
			t.Errorf("%s: another bundle, or next is %v", tt.name, got.Next)
		}
		if again := leafOf(t, got.Data, c.a, c.o, c.now); again.Change != Unchanged {
			t.Errorf("%s: again %q", tt.name, again.Change)
		}
	}
}

// A leaf that clients cannot trace back to the authority, or that is more than a leaf, is no use.
func TestLeafOfAnotherForm(t *testing.T) {
	t.Parallel()
	key := ecKey(t)
	of := func(name string, id []byte) *made {
		template := root(name)
		template.SubjectKeyId = id
		return issue(t, template, key, nil)
	}
	ours := of("ours", []byte("one"))
	a, _ := ensure(t, ours.data(), AuthorityOptions{}, start)
	for _, tt := range []struct {
		name   string
		by     *made
		isCA   bool
		change Change
	}{
		{"as it should be", ours, false, BundleChanged},
		{"same key, another name", of("others", []byte("one")), false, AuthorityChanged},
		{"same key, another identifier", of("ours", []byte("two")), false, AuthorityChanged},
		{"an authority", ours, true, RequestChanged},
	} {
		l := issue(t, x509.Certificate{DNSNames: []string{"mqtt.example"}, IsCA: tt.isCA,
			BasicConstraintsValid: true, ExtKeyUsage: (Server | Client).extended()}, nil, tt.by)
		r := leafOf(t, l.data(), a, LeafOptions{}, start)
		if r.Change != tt.change {
			t.Errorf("%s: %q, want %q", tt.name, r.Change, tt.change)
		}
	}
}

// A leaf is not older than its authority, even if clocks differ a little.
func TestLeafIsNotOlderThanItsAuthority(t *testing.T) {
	t.Parallel()
	a, _ := ensure(t, nil, AuthorityOptions{}, start)
	r := leafOf(t, nil, a, LeafOptions{}, start.Add(-time.Minute))
	if c := certificateOf(t, r.Data["tls.crt"]); !c.NotBefore.Equal(start.Add(-Backdate)) {
		t.Errorf("it is valid from %v", c.NotBefore)
	}
}

func TestLeafOptions(t *testing.T) {
	t.Parallel()
	a, _ := ensure(t, nil, AuthorityOptions{}, start)
	many := func(n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf("n%d.example", i))
		}
		return names
	}
	long := strings.Repeat("a", 63)
	name := func(names ...string) LeafOptions {
		return LeafOptions{DNSNames: names, Usages: Server}
	}
	ip := func(ips ...netip.Addr) LeafOptions { return LeafOptions{IPs: ips, Usages: Server} }
	for _, tt := range []struct {
		name string
		o    LeafOptions
		part string // "" when nothing is wrong
	}{
		{"one label", name("localhost"), ""},
		{"longest", name(strings.Join([]string{long, long, long, long[:61]}, ".")), ""},
		{"as many as there may be", name(many(maxNames)...), ""},
		{"wild", name("*.factory-nodes.mqtt.svc"), ""},
		{"too long", name(strings.Join([]string{long, long, long, long[:62]}, ".")), "DNSNames"},
		{"long label", name(long + "a.example"), "DNSNames"},
		{"empty", name(""), "DNSNames"},
		{"empty label", name("a..example"), "DNSNames"},
		{"hyphen", name("-a.example"), "DNSNames"},
		{"hyphen at the end", name("a-.example"), "DNSNames"},
		{"star inside", name("a.*.example"), "DNSNames"},
		{"star of a whole domain", name("*.example"), "DNSNames"},
		{"star alone", name("*"), "DNSNames"},
		{"letters", name("m\u00fcller.example"), "DNSNames"},
		{"address", name("10.0.0.1"), "DNSNames"},
		{"too many", name(many(maxNames + 1)...), "DNSNames"},
		{"no name for a server", LeafOptions{Usages: Server, CommonName: "a"}, "DNSNames"},
		{"no name for a client", LeafOptions{Usages: Client}, "CommonName"},
		{"long common name", LeafOptions{Usages: Client, CommonName: long + "ab"}, "CommonName"},
		{"lines", LeafOptions{Usages: Client, CommonName: "a\nb"}, "CommonName"},
		{"no address", ip(netip.Addr{}), "IPs"},
		{"address of everybody", ip(netip.IPv6Unspecified()), "IPs"},
		{"zone", ip(netip.MustParseAddr("fe80::1%eth0")), "IPs"},
		{"no usage", LeafOptions{DNSNames: many(1)}, "Usages"},
		{"another usage", LeafOptions{DNSNames: many(1), Usages: 4}, "Usages"},
		{"short", LeafOptions{Usages: Client, CommonName: "a", Validity: time.Minute}, "Validity"},
		{"long", LeafOptions{Usages: Client, CommonName: "a", Validity: 367 * day}, "Validity"},
	} {
		_, err := EnsureLeaf(nil, a, tt.o, start)
		var e *Error
		if tt.part == "" && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.part != "" && (!errors.Is(err, InvalidOption) || !errors.As(err, &e) ||
			e.Part != tt.part) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	_, err := EnsureLeaf(nil, a, name("a.example"), start.Add(20*365*day))
	refused(t, "expired authority", err, Expired, "tls.crt", "expired at")
	_, err = EnsureLeaf(nil, a, name("a.example"), start.Add(-day))
	refused(t, "authority of the future", err, NotYetValid, "tls.crt", "clock")
}

func TestNextEvent(t *testing.T) {
	t.Parallel()
	one, two, none := start, start.Add(1), time.Time{}
	for _, tt := range []struct {
		name  string
		times []time.Time
		want  time.Time
	}{
		{"nothing", nil, none}, {"none", []time.Time{none, none}, none},
		{"one", []time.Time{none, one}, one}, {"zero behind", []time.Time{two, none}, two},
		{"later first", []time.Time{two, one}, one}, {"earlier first", []time.Time{one, two}, one},
	} {
		if got := NextEvent(tt.times...); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
