// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"time"

	"github.com/flashmq/flashmq/pkg/credentials"
)

// RefreshCertificates loads the certificates, client authorities and revocation lists of all
// listeners again. What has changed is for connections from then on; those that are open stay. What
// cannot be loaded is logged and counted, and the listener keeps what it had.
func (s *Server) RefreshCertificates() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.doors {
		r := d.rules.Load()
		if r.credentials == nil {
			continue
		}
		c, err := credentials.Load(credentialFiles(r.block))
		address := d.socket.Addr().String()
		switch {
		case err != nil:
			s.staleCertificates.Add(1)
			s.log.Error("certificate not loaded, the one before stays in use",
				"listener", address, "error", err)
			d.setStale(err.Error())
		case c.Same(r.credentials):
			d.setStale("")
		default:
			renewed := *r
			renewed.credentials, renewed.stale = c, ""
			renewed.layers = s.layersOf(s.config, &renewed)
			d.rules.Store(&renewed)
			s.log.Info("certificate loaded", "listener", address,
				"subject", c.Leaf.Subject.String(),
				"expires", c.NotAfter().UTC().Format(time.RFC3339))
		}
	}
}

// setStale notes why the door's certificate is not the one on disk.
func (d *door) setStale(why string) {
	if r := d.rules.Load(); r.stale != why {
		renewed := *r
		renewed.stale = why
		d.rules.Store(&renewed)
	}
}

// Certificate is what one listener serves.
type Certificate struct {
	Listener string
	Subject  string
	Expires  time.Time
}

// Certificates lists the certificates in use.
func (s *Server) Certificates() (list []Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.doors {
		if c := d.rules.Load().credentials; c != nil {
			list = append(list, Certificate{d.socket.Addr().String(), c.Leaf.Subject.String(),
				c.NotAfter()})
		}
	}
	return list
}

// StaleCertificates is how often certificates could not be loaded again.
func (s *Server) StaleCertificates() int64 { return s.staleCertificates.Load() }
