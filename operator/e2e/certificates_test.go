// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/operator/pki"
)

// issued is a new certificate of a new authority, with its key, as in a Secret of type
// kubernetes.io/tls.
func issued(t *testing.T, usage pki.LeafOptions) map[string][]byte {
	t.Helper()
	authority, _, err := pki.EnsureAuthority(nil, pki.AuthorityOptions{Name: "e2e"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	usage.Validity = 24 * time.Hour
	leaf, err := pki.EnsureLeaf(nil, authority, usage, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return leaf.Data
}

// putCertificate makes or exchanges a Secret with a certificate for a name.
func putCertificate(t *testing.T, r *room, secret, name string) {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: r.name, Name: secret},
		Type: corev1.SecretTypeTLS,
		Data: issued(t, pki.LeafOptions{CommonName: name, DNSNames: []string{name},
			Usages: pki.Server})}
	err := kube.Create(t.Context(), s)
	if client.IgnoreAlreadyExists(err) == nil && err != nil {
		err = kube.Update(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
}
