// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"slices"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// mutual reports whether HAProxy and broker prove to each other who they are.
func (p *pass) mutual() bool {
	return p.broker.Spec.ProxyEnabled() &&
		p.broker.Spec.Proxy.BackendTLS == v1alpha1.BackendTLSMutual
}

// backend makes the certificates for the way between HAProxy and broker, puts the broker's into its
// files, and returns their revision.
func (p *pass) backend(a *pki.Authority, files map[string][]byte) (revision string, err error) {
	b := p.broker
	name := resources.BackendName(b, p.ClusterDomain)
	server, err := p.leaf(a, resources.BackendSecretName(b),
		pki.LeafOptions{CommonName: b.Name, DNSNames: []string{name}, Usages: pki.Server})
	if err != nil {
		return "", err
	}
	client, err := p.leaf(a, resources.ProxySecretName(b),
		pki.LeafOptions{CommonName: resources.ProxyName(b), Usages: pki.Client})
	if err != nil {
		return "", err
	}
	bundle := server[pki.BundleKey]
	files[brokerconfig.BackendCertificateKey] = server[pki.CertificateKey]
	files[brokerconfig.BackendPrivateKeyKey] = server[pki.PrivateKeyKey]
	files[brokerconfig.BackendAuthoritiesKey] = bundle
	shown := slices.Concat(client[pki.CertificateKey], client[pki.PrivateKeyKey])
	p.backendFiles = map[string][]byte{resources.ProxyBackendKey: shown,
		resources.ProxyAuthoritiesKey: bundle}
	return admin.Revision(server[pki.CertificateKey], client[pki.CertificateKey], bundle),
		p.want(resources.ProxySecret(b, p.backendFiles))
}

// leaf is a certificate of the operator's authority, in a Secret of its own.
func (p *pass) leaf(
	a *pki.Authority, name string, o pki.LeafOptions,
) (map[string][]byte, error) {
	o.Validity = days(backendDays)
	result, err := pki.EnsureLeaf(p.facts.data(name), a, o, p.Now())
	if err != nil {
		return nil, &invalid{v1alpha1.ReasonInvalidCertificate,
			fmt.Sprintf("Secret %s: %v", name, err)}
	}
	p.comeBack(result.Next)
	return result.Data, p.want(resources.TLSSecret(p.broker, name, result.Data))
}

// Ours: as long as certificates of listeners are usually valid.
const backendDays = 90
