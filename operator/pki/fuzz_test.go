// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package pki

import (
	"crypto/tls"
	"maps"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzInspect: what Inspect lets pass, crypto/tls serves.
func FuzzInspect(f *testing.F) {
	b := bring(f)
	f.Add(b.chain, b.leaf.priv, b.root.cert)
	f.Add(b.leaf.cert, b.leaf.priv, []byte{})
	f.Add(b.leaf.priv, b.leaf.cert, b.chain)
	f.Fuzz(func(t *testing.T, cert, key, ca []byte) {
		facts, err := Inspect(cert, key, ca, start)
		if err == nil {
			if _, err := tls.X509KeyPair(cert, key); err != nil {
				t.Errorf("passed, and cannot be served: %v", err)
			}
			if start.After(facts.Until) || facts.Verified != (len(ca) > 0) {
				t.Errorf("%+v", facts)
			}
		} else if text := err.Error(); len(text) > 2000 || !utf8.ValidString(text) {
			t.Errorf("%d bytes of error: %q", len(text), text)
		}
		if !facts.Next.IsZero() && !facts.Next.After(start) {
			t.Errorf("next is %v", facts.Next)
		}
		if _, err := InspectBundle(ca, start); err == nil && len(ca) == 0 {
			t.Error("nothing is a bundle")
		}
	})
}

// FuzzAuthority: what can be read can be written and read again, and changes no more after the
// first time.
func FuzzAuthority(f *testing.F) {
	o := AuthorityOptions{Name: "fuzz", Validity: 300 * day}
	_, r := ensure(f, nil, o, start.Add(-300*day))
	for _, at := range []time.Duration{-99 * day, -49 * day} {
		f.Add(r.Data["tls.crt"], r.Data["tls.key"], r.Data["ca-next.crt"], r.Data["ca-next.key"],
			r.Data["ca-previous.crt"])
		_, r = ensure(f, r.Data, o, start.Add(at))
	}
	f.Add(r.Data["tls.crt"], r.Data["tls.key"], r.Data["ca-next.crt"], r.Data["ca-next.key"],
		r.Data["ca-previous.crt"])
	f.Fuzz(func(t *testing.T, cert, key, nextCert, nextKey, previous []byte) {
		data := map[string][]byte{"tls.crt": cert, "tls.key": key, "ca-next.crt": nextCert,
			"ca-next.key": nextKey, "ca-previous.crt": previous}
		given := maps.Clone(data)
		_, err := readAuthority(data)
		a, first, ensured := EnsureAuthority(data, o, start)
		if !same(authorityKeys, data, given) {
			t.Fatal("what was given has changed")
		}
		if ensured != nil {
			if err == nil && a != nil {
				t.Errorf("an error and an authority: %v", ensured)
			}
			return
		}
		if first.Change != Created && err != nil {
			t.Fatalf("%q of what cannot be read: %v", first.Change, err)
		}
		_, second, err := EnsureAuthority(first.Data, o, start)
		if err != nil || second.Change != Unchanged || !first.Next.After(start) {
			t.Fatalf("again %q, %v, next %v", second.Change, err, first.Next)
		}
		l, err := EnsureLeaf(nil, a, LeafOptions{CommonName: "a", Usages: Client}, start)
		if err != nil {
			t.Fatal(err)
		}
		if l, err = EnsureLeaf(l.Data, a, LeafOptions{CommonName: "a", Usages: Client},
			start); err != nil || l.Change != Unchanged {
			t.Fatalf("the leaf again %q, %v", l.Change, err)
		}
	})
}
