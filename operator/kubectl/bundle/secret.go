// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package bundle

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Ours: certificates of one key of a Secret that are told.
const mostCertificates = 16

// secret is what is told of one.
type secret struct {
	Kind            string                  `json:"kind"`
	Name            string                  `json:"name"`
	Namespace       string                  `json:"namespace"`
	UID             string                  `json:"uid,omitempty"`
	ResourceVersion string                  `json:"resourceVersion,omitempty"`
	Created         metav1.Time             `json:"created,omitzero"`
	Labels          map[string]string       `json:"labels,omitempty"`
	Owners          []metav1.OwnerReference `json:"ownerReferences,omitempty"`
	Type            corev1.SecretType       `json:"type,omitempty"`
	// Values are lengths and the beginnings of sums, by key.
	Values       map[string]string        `json:"values,omitempty"`
	Certificates map[string][]certificate `json:"certificates,omitempty"`
}

// certificate is what is told of one.
type certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	DNSNames  []string  `json:"dnsNames,omitempty"`
	IPs       []string  `json:"ips,omitempty"`
	URIs      []string  `json:"uris,omitempty"`
	CA        bool      `json:"ca,omitempty"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
}

// AddSecret adds what may be told of a Secret: keys, how long their values are, the beginning of
// their sums, and what certificates say. Its values are learned.
func (a *Archive) AddSecret(name string, s *corev1.Secret) {
	out := secret{Kind: "Secret", Name: s.Name, Namespace: s.Namespace, UID: string(s.UID),
		ResourceVersion: s.ResourceVersion, Created: s.CreationTimestamp, Labels: s.Labels,
		Owners: s.OwnerReferences, Type: s.Type, Values: make(map[string]string),
		Certificates: make(map[string][]certificate)}
	for key, value := range s.Data {
		a.Secrets.Learn(value)
		sum := sha256.Sum256(value)
		out.Values[key] = fmt.Sprintf("%d bytes, sha256 %x...", len(value), sum[:4])
		if strings.HasSuffix(key, ".crt") || strings.HasSuffix(key, ".pem") {
			if list := decode(value); len(list) > 0 {
				out.Certificates[key] = list
			}
		}
	}
	a.AddYAML(name, out)
}

// decode reads the certificates of a PEM text, as far as they can be read.
func decode(text []byte) (out []certificate) {
	for len(out) < mostCertificates {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return out
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			out = append(out, certificate{Subject: "cannot be read: " + err.Error()})
			continue
		}
		told := certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(),
			DNSNames: c.DNSNames, CA: c.IsCA, NotBefore: c.NotBefore, NotAfter: c.NotAfter}
		for _, ip := range c.IPAddresses {
			told.IPs = append(told.IPs, ip.String())
		}
		for _, u := range c.URIs {
			told.URIs = append(told.URIs, u.String())
		}
		out = append(out, told)
	}
	return out
}
