// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// verifyClients sets up the check of client certificates. A Client without one may finish its
// handshake, so that MQTT can tell it what is missing.
func verifyClients(
	config *tls.Config, authorities []*x509.Certificate, lists revoked, now func() time.Time,
) {
	config.ClientAuth, config.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
	for _, a := range authorities {
		config.ClientCAs.AddCert(a)
		lists.verify(a)
	}
	// Not VerifyPeerCertificate: that is not called when a session is resumed.
	config.VerifyConnection = func(s tls.ConnectionState) error { return check(s, lists, now()) }
}

// errDepth is for chains that only exist to make us work.
var errDepth = errors.New("the chain has more than 50 certificates")

const maxChain = 50

// check is made for every connection, also one that resumes a session.
func check(s tls.ConnectionState, lists revoked, now time.Time) error {
	if len(s.PeerCertificates) > maxChain {
		return errDepth
	}
	for _, c := range s.PeerCertificates {
		if now.After(c.NotAfter) || now.Before(c.NotBefore) {
			return fmt.Errorf("the client's certificate %q is not valid now", c.Subject)
		}
	}
	for _, chain := range s.VerifiedChains {
		if err := lists.check(chain, now); err != nil {
			return err
		}
	}
	return nil
}

// offerALPN offers protocols to those Clients only that know one of them (RFC 7301). Others name
// protocols of their own, and would have to be refused.
func offerALPN(config *tls.Config, protocols []string) {
	if len(protocols) == 0 {
		return
	}
	offering := config.Clone()
	offering.NextProtos = protocols
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, p := range hello.SupportedProtos {
			if slices.Contains(protocols, p) {
				return offering, nil
			}
		}
		return nil, nil // go on as before
	}
}
