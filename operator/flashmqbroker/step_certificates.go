// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// certificates is what the listeners have.
type certificates struct {
	have map[v1alpha1.ListenerName]brokerconfig.Materials
	// wanted is the revision of each listener's certificate, as the broker calls it.
	wanted map[v1alpha1.ListenerName]string
	// files are those of all listeners.
	files map[string][]byte
	// fault is the first thing that is wrong, nil when nothing is.
	fault *invalid
	// warnings are of what will be wrong.
	warnings []string
}

// material is what one listener gets from its sources. What cannot be had is nil.
type material struct {
	source                                         v1alpha1.CertificateSource
	certificate, key, authorities, revocations, ca []byte
	fault                                          *invalid
}

// listenerCertificates collects the certificates of all listeners into one Secret. What is broken
// or missing does not replace what a listener has.
func (p *pass) listenerCertificates() (bool, error) {
	before := p.facts.data(resources.CertificatesName(p.broker))
	files := make(map[string][]byte)
	p.certificates = certificates{have: make(map[v1alpha1.ListenerName]brokerconfig.Materials),
		wanted: make(map[v1alpha1.ListenerName]string), files: files}
	p.status.Certificates = nil
	authority, err := p.authority()
	if err != nil {
		return false, err
	}
	for i := range p.broker.Spec.Listeners {
		l := &p.broker.Spec.Listeners[i]
		if l.TLS == nil {
			continue
		}
		m, err := p.material(l, authority)
		if err != nil {
			return false, err
		}
		p.keep(l, m, before, files)
	}
	var revisions []string
	for _, name := range slices.Sorted(maps.Keys(p.certificates.wanted)) {
		revisions = append(revisions, p.certificates.wanted[name])
	}
	if p.mutual() {
		revision, err := p.backend(authority, files)
		if err != nil {
			return false, err
		}
		revisions = append(revisions, revision)
	}
	p.revisions.Certificates = v1alpha1.Revision(admin.JoinRevisions(revisions...))
	return true, p.want(resources.CertificatesSecret(p.broker, files))
}

// material gets a listener's certificate and its authorities for Clients.
func (p *pass) material(l *v1alpha1.Listener, a *pki.Authority) (m *material, err error) {
	switch {
	case l.TLS.Generated != nil:
		m, err = p.generated(l, a)
	case l.TLS.IssuerRef != nil:
		m, err = p.issued(l)
	default:
		m, err = p.fromSecret(l, string(l.TLS.SecretName), v1alpha1.CertificateFromSecret)
	}
	if err != nil || !l.TLS.VerifiesClients() {
		return m, err
	}
	return m, p.clientAuthorities(l, m)
}

// keep puts what a listener has into the files: the new where it is good, else the old.
func (p *pass) keep(l *v1alpha1.Listener, m *material, before, files map[string][]byte) {
	place := func(key string, parts ...[]byte) bool {
		for _, text := range append(parts, before[key]) {
			if len(text) > 0 {
				files[key] = text
				return true
			}
		}
		return false
	}
	name := string(l.Name)
	certificate, key := brokerconfig.CertificateKey(name), brokerconfig.PrivateKeyKey(name)
	have := brokerconfig.Materials{}
	have.Certificate = place(certificate, m.certificate)
	if place(key, m.key); len(files[key]) == 0 {
		have.Certificate = false
	}
	revision := [][]byte{files[certificate]}
	if l.TLS.VerifiesClients() {
		have.Authorities = place(brokerconfig.AuthoritiesKey(name), m.authorities)
		revision = append(revision, files[brokerconfig.AuthoritiesKey(name)])
		if l.TLS.ClientAuth.CRLSecretName != "" {
			have.Revocations = place(brokerconfig.RevocationsKey(name), m.revocations)
			revision = append(revision, files[brokerconfig.RevocationsKey(name)])
		}
	}
	p.certificates.have[l.Name] = have
	if !have.Enough(l.TLS) { // without its certificate the broker does not open it
		delete(files, certificate)
		delete(files, key)
	} else {
		p.certificates.wanted[l.Name] = admin.Revision(revision...)
	}
	if m.fault != nil && p.certificates.fault == nil {
		p.certificates.fault = m.fault
	}
	p.describe(l, m.source, files[certificate], files[key])
}

// describe tells in the status how long a certificate lasts.
func (p *pass) describe(
	l *v1alpha1.Listener, source v1alpha1.CertificateSource, cert, key []byte,
) {
	s := v1alpha1.CertificateStatus{Listener: l.Name, Source: source}
	facts, err := pki.Inspect(cert, key, nil, p.Now())
	if err == nil || !facts.NotAfter.IsZero() {
		end := metav1.NewTime(facts.NotAfter)
		s.NotAfter = &end
		p.comeBack(facts.Next)
		if facts.ExpiresSoon && source == v1alpha1.CertificateFromSecret &&
			p.certificates.fault == nil {
			p.certificates.fault = &invalid{v1alpha1.ReasonExpiring, fmt.Sprintf(
				"the certificate of listener %s expires at %s: renew it", l.Name, end)}
		}
	}
	p.status.Certificates = append(p.status.Certificates, s)
}

// authority is the operator's own for this broker; nil where nothing needs it.
func (p *pass) authority() (*pki.Authority, error) {
	needed := p.mutual()
	for i := range p.broker.Spec.Listeners {
		t := p.broker.Spec.Listeners[i].TLS
		needed = needed || t != nil && t.Generated != nil
	}
	if !needed {
		return nil, nil
	}
	name := resources.AuthorityName(p.broker)
	a, result, err := pki.EnsureAuthority(p.facts.data(name),
		pki.AuthorityOptions{Name: p.broker.Namespace + "/" + p.broker.Name}, p.Now())
	if err != nil {
		return nil, &invalid{v1alpha1.ReasonInvalidCertificate,
			fmt.Sprintf("Secret %s: %v", name, err)}
	}
	p.comeBack(result.Next)
	return a, p.want(resources.TLSSecret(p.broker, name, result.Data))
}

func (p *pass) generated(l *v1alpha1.Listener, a *pki.Authority) (*material, error) {
	name := resources.ListenerSecretName(p.broker, l.Name)
	names := p.serviceNames()
	for _, n := range l.TLS.Generated.DNSNames {
		names = append(names, string(n))
	}
	result, err := pki.EnsureLeaf(p.facts.data(name), a, pki.LeafOptions{CommonName: p.broker.Name,
		DNSNames: names, Validity: days(l.TLS.Generated.ValidityDays), Usages: pki.Server}, p.Now())
	if err != nil {
		return nil, &invalid{v1alpha1.ReasonInvalidKey, fmt.Sprintf("listener %s: %v", l.Name, err)}
	}
	p.comeBack(result.Next)
	err = p.want(resources.TLSSecret(p.broker, name, result.Data))
	return &material{source: v1alpha1.CertificateGenerated,
		certificate: result.Data[pki.CertificateKey],
		key:         result.Data[pki.PrivateKeyKey], ca: result.Data[pki.BundleKey]}, err
}

// fromSecret reads and looks at what somebody else has put into a Secret.
func (p *pass) fromSecret(
	l *v1alpha1.Listener, name string, source v1alpha1.CertificateSource,
) (*material, error) {
	m := &material{source: source}
	key := client.ObjectKey{Namespace: p.broker.Namespace, Name: name}
	s, err := p.references.Secret(p.ctx, key)
	switch {
	case apierrors.IsNotFound(err):
		m.fault = &invalid{v1alpha1.ReasonSecretMissing,
			fmt.Sprintf("listener %s: there is no Secret %s: create it", l.Name, name)}
		return m, nil
	case err != nil:
		return nil, err
	}
	cert, private := s.Data[pki.CertificateKey], s.Data[pki.PrivateKeyKey]
	if _, err := pki.Inspect(cert, private, nil, p.Now()); err != nil {
		m.fault = &invalid{reasonOf(err), fmt.Sprintf("listener %s: Secret %s: %v", l.Name, name,
			err)}
		return m, nil
	}
	m.certificate, m.key = cert, private
	return m, nil
}

func reasonOf(err error) v1alpha1.ConditionReason {
	switch {
	case errors.Is(err, pki.KeyMismatch):
		return v1alpha1.ReasonKeyMismatch
	case errors.Is(err, pki.Expired), errors.Is(err, pki.NotYetValid):
		return v1alpha1.ReasonExpired
	case errors.Is(err, pki.Missing):
		return v1alpha1.ReasonSecretMissing
	}
	return v1alpha1.ReasonInvalidCertificate
}

// clientAuthorities adds what client certificates are verified with.
func (p *pass) clientAuthorities(l *v1alpha1.Listener, m *material) error {
	from := l.TLS.ClientAuth.CAFrom // it is there, or Clients would not be verified
	text, where, err := p.authorityText(from)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		reason := v1alpha1.ReasonSecretMissing
		if from.SecretName == "" {
			reason = v1alpha1.ReasonConfigMapMissing
		}
		m.fault = &invalid{reason, fmt.Sprintf("listener %s: there is no %s with the key %s: "+
			"create it", l.Name, where, pki.BundleKey)}
	} else if _, bad := pki.InspectBundle(text, p.Now()); bad != nil {
		m.fault = &invalid{reasonOf(bad), fmt.Sprintf("listener %s: %s: %v", l.Name, where, bad)}
	} else {
		m.authorities = text
	}
	name := string(l.TLS.ClientAuth.CRLSecretName)
	if name == "" {
		return nil
	}
	s, err := p.references.Secret(p.ctx, client.ObjectKey{Namespace: p.broker.Namespace,
		Name: name})
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && len(s.Data["ca.crl"]) > 0 {
		m.revocations = s.Data["ca.crl"]
		return nil
	}
	m.fault = &invalid{v1alpha1.ReasonSecretMissing, fmt.Sprintf(
		"listener %s: there is no Secret %s with the key ca.crl: create it", l.Name, name)}
	return nil
}

// authorityText is what a CASource has; what is not there is empty.
func (p *pass) authorityText(from *v1alpha1.CASource) (text []byte, where string, err error) {
	namespace := p.broker.Namespace
	if from.SecretName != "" {
		s, err := p.references.Secret(p.ctx, client.ObjectKey{Namespace: namespace,
			Name: string(from.SecretName)})
		if err == nil {
			text = s.Data[pki.BundleKey]
		}
		return text, "Secret " + string(from.SecretName), client.IgnoreNotFound(err)
	}
	m, err := p.references.ConfigMap(p.ctx,
		client.ObjectKey{Namespace: namespace, Name: string(from.ConfigMapName)})
	if err == nil {
		text = []byte(m.Data[pki.BundleKey])
	}
	return text, "ConfigMap " + string(from.ConfigMapName), client.IgnoreNotFound(err)
}

// serviceNames are the names by which Clients in the cluster reach the broker.
func (p *pass) serviceNames() (out []string) {
	b := p.broker
	for _, s := range b.Spec.EffectiveServices() {
		n := s.Name.ServiceObjectName(b.Name)
		out = append(out, n, n+"."+b.Namespace, n+"."+b.Namespace+".svc",
			n+"."+b.Namespace+".svc."+p.ClusterDomain)
	}
	return append(out, fmt.Sprintf("*.%s.%s.svc.%s", resources.NodesName(b), b.Namespace,
		p.ClusterDomain))
}

func days(n int32) time.Duration { return time.Duration(n) * 24 * time.Hour }
