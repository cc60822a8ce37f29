// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// parsed are revocation lists as they are before anybody has verified them.
func parsed(t *testing.T, pem ...[]byte) revoked {
	t.Helper()
	var text []byte
	for _, p := range pem {
		text = append(text, p...)
	}
	l, path := &loader{sum: sha256.New()}, credentialstest.File(t, t.TempDir(), "crl.pem", text)
	lists := l.revocations(path)
	if len(l.problems) > 0 {
		t.Fatal(l.problems)
	}
	return lists
}

// spoil takes the signatures away, so that whoever verifies one from now on finds it wrong.
func (r revoked) spoil() {
	for _, lists := range r {
		for _, l := range lists {
			l.signed.Signature = nil
		}
	}
}

// A signature is verified once: at load for an authority in our files, with the first Client for
// one that comes with its chain.
func TestSignatureIsVerifiedOnce(t *testing.T) {
	t.Parallel()
	later := time.Now().Add(time.Hour)
	root := credentialstest.New(t, "root")
	middle, twin := root.Intermediate("middle"), root.Intermediate("middle")
	good, bad, below := root.Client("good"), root.Client("bad"), middle.Client("below")
	of := func(c *credentialstest.Certificate, issuers ...*credentialstest.Authority,
	) []*x509.Certificate {
		chain := []*x509.Certificate{c.Leaf}
		for _, i := range issuers {
			chain = append(chain, i.Leaf)
		}
		return chain
	}
	lists := parsed(t, root.Revoke(later, bad), twin.Revoke(later, below), middle.Revoke(later))
	lists.verify(root.Leaf)
	if err := lists.check(of(below, middle, root), time.Now()); err != nil {
		t.Errorf("below an intermediate, the first time: %v", err)
	}
	lists.spoil()
	for _, tt := range []struct {
		name  string
		chain []*x509.Certificate
		taken bool
	}{
		{"of a listed authority", of(good, root), true},
		{"revoked by a listed authority", of(bad, root), false},
		{"of an intermediate that came before", of(below, middle, root), true},
		{"of one that comes for the first time", of(twin.Client("new"), twin, root), false},
	} {
		if err := lists.check(tt.chain, time.Now()); (err == nil) != tt.taken {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Load asks the listed authorities, of which only those of the right name matter.
func TestLoadVerifiesLists(t *testing.T) {
	t.Parallel()
	a, namesake := credentialstest.New(t, "a"), credentialstest.New(t, "a")
	other := credentialstest.New(t, "other")
	lists := parsed(t, a.Revoke(time.Now().Add(time.Hour)))
	config := &tls.Config{}
	verifyClients(config, []*x509.Certificate{other.Leaf, namesake.Leaf, a.Leaf}, lists, time.Now)
	signers := lists[string(a.Leaf.RawSubject)][0].signers
	if len(signers) != 2 || !signers[string(a.Leaf.Raw)] || signers[string(namesake.Leaf.Raw)] {
		t.Errorf("%d authorities were asked, the right one says %v, its namesake %v", len(signers),
			signers[string(a.Leaf.Raw)], signers[string(namesake.Leaf.Raw)])
	}
}

// Authorities beyond those a list remembers are answered no worse.
func TestManyAuthoritiesOfOneName(t *testing.T) {
	t.Parallel()
	root := credentialstest.New(t, "root")
	middle := root.Intermediate("middle")
	lists := parsed(t, middle.Revoke(time.Now().Add(time.Hour)))
	l := lists[string(middle.Leaf.RawSubject)][0]
	for range maxSigners {
		if l.signedBy(root.Intermediate("middle").Leaf) {
			t.Fatal("a namesake has signed the list")
		}
	}
	if !l.signedBy(middle.Leaf) || l.signedBy(root.Leaf) {
		t.Error("what is not remembered is answered wrongly")
	}
	if len(l.signers) != maxSigners {
		t.Errorf("%d authorities are remembered", len(l.signers))
	}
}

func TestOverdue(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		name string
		next time.Time
		want bool
	}{
		{"no date", time.Time{}, false}, {"to come", now.Add(1), false}, {"now", now, true},
		{"over", now.Add(-1), true},
	} {
		if got := overdue(tt.next, now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
