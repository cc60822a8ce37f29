// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/resources"
)

// issued asks cert-manager.
func (p *pass) issued(l *v1alpha1.Listener) (*material, error) {
	const source = v1alpha1.CertificateFromCertManager
	if !p.Kinds.There(optional.Certificate) {
		return &material{source: source, fault: &invalid{v1alpha1.ReasonCertManagerNotInstalled,
			"listener " + string(l.Name) +
				" has an issuerRef, and the cluster has no cert-manager: " +
				"install it, or use secretName or generated"}}, nil
	}
	if err := p.want(resources.Certificate(p.broker, l, p.serviceNames())); err != nil {
		return nil, err
	}
	name := resources.ListenerSecretName(p.broker, l.Name)
	m, err := p.fromSecret(l, name, source)
	if err != nil {
		return nil, err
	}
	failed, waits := p.issuerSays(name)
	if m.fault == nil {
		if failed != "" { // to renew it: what it has serves on
			p.certificates.warnings = append(p.certificates.warnings, fmt.Sprintf(
				"cert-manager cannot renew the certificate of listener %s: %s", l.Name, failed))
		}
		return m, nil
	}
	if m.fault.reason == v1alpha1.ReasonSecretMissing {
		m.fault = &invalid{v1alpha1.ReasonIssuerNotReady,
			fmt.Sprintf("cert-manager has not issued "+
				"the certificate of listener %s yet: kubectl describe certificate %s", l.Name,
				name)}
	}
	if why := cmp.Or(failed, waits); why != "" {
		m.fault.message += ": it says: " + why
	}
	// That there is a Secret we hear, but nothing of what a Certificate says.
	p.comeBack(p.Now().Add(p.waiting(v1alpha1.ConditionCertificatesReady, m.fault.reason)))
	return m, nil
}

// issuerSays is why cert-manager has not issued a certificate, as far as it tells: what has failed,
// and what it waits for.
func (p *pass) issuerSays(name string) (failed, waits string) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(optional.Certificate)
	key := client.ObjectKey{Namespace: p.broker.Namespace, Name: name}
	if p.Client.Get(p.ctx, key, u, client.UnsafeDisableDeepCopy) != nil {
		return "", "" // there is none yet; if anything is wrong, applying it will tell
	}
	all, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range all {
		c, _ := c.(map[string]any)
		message, _ := c["message"].(string)
		switch {
		case c["status"] != "False":
		case c["type"] == "Issuing" && c["reason"] == "Failed":
			failed = message
		case c["type"] == "Ready":
			waits = message
		}
	}
	return failed, waits
}
