// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/rawclient"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// secret is a folder as Kubernetes mounts a Secret: names are links into a folder that is exchanged
// as a whole.
type secret struct {
	folder string
	number int
}

func (s *secret) put(t *testing.T, c *credentialstest.Certificate) (chain, key string) {
	t.Helper()
	s.number++
	version := fmt.Sprintf("..%d", s.number)
	if err := os.Mkdir(filepath.Join(s.folder, version), 0o700); err != nil {
		t.Fatal(err)
	}
	credentialstest.File(t, filepath.Join(s.folder, version), "tls.crt", c.Chain)
	credentialstest.File(t, filepath.Join(s.folder, version), "tls.key", c.Key)
	link := func(to, name string) {
		next := filepath.Join(s.folder, name+".next")
		if err := os.Symlink(to, next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(s.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(version, "..data")
	link("..data/tls.crt", "tls.crt")
	link("..data/tls.key", "tls.key")
	return filepath.Join(s.folder, "tls.crt"), filepath.Join(s.folder, "tls.key")
}

// Certificates are exchanged under load, good ones and bad ones, and no Client is lost.
func TestCertificatesAreExchangedUnderLoad(t *testing.T) {
	t.Parallel()
	authority := credentialstest.New(t, "authority")
	s := &secret{folder: t.TempDir()}
	chain, key := s.put(t, authority.Server())
	h := open(t, door{tls: true}, servertest.Config(func(c *config.Config) {
		c.Listeners[0].Fullchain, c.Listeners[0].Privkey = chain, key
	}))
	h.trusted = &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"}
	var stop atomic.Bool
	done := make(chan int, 4)
	for i := range cap(done) {
		c := rawclient.Wrap(t, h.enter(t, 0))
		c.Connect(mqtt.V311, fmt.Sprint("steady", i))
		topic := fmt.Sprint("steady/", i)
		c.Subscribe(topic, mqtt.AtMostOnce)
		go func() {
			n := 0
			for ; !stop.Load(); n++ {
				text := fmt.Sprint(n)
				c.Publish(topic, text, mqtt.AtMostOnce)
				c.ExpectMessage(topic, text)
			}
			done <- n
		}()
	}
	for round := range 5 {
		next := authority.Server()
		s.put(t, next)
		h.RefreshCertificates()
		nc, err := tls.Dial("tcp4", "127.0.0.1:"+h.Port(), h.trusted)
		if err != nil {
			t.Fatal(err)
		}
		if got := nc.ConnectionState().PeerCertificates[0]; !got.Equal(next.Leaf) {
			t.Errorf("round %d: the certificate is %v, want %v", round, got.SerialNumber,
				next.Leaf.SerialNumber)
		}
		_ = nc.Close()
		if list := h.Certificates(); len(list) != 1 || !list[0].Expires.Equal(next.Leaf.NotAfter) {
			t.Errorf("round %d: %v", round, list)
		}
	}
	// A bad one is not taken, and said so.
	good := h.Certificates()
	bad := authority.Server()
	bad.Key = authority.Server().Key
	s.put(t, bad)
	h.RefreshCertificates()
	h.WaitLogged("certificate not loaded")
	if now := h.Certificates(); h.StaleCertificates() != 1 || now[0] != good[0] {
		t.Errorf("%d times stale, %v in use", h.StaleCertificates(), now)
	}
	nc, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp4",
		"127.0.0.1:"+h.Port(), h.trusted)
	if err != nil {
		t.Fatal(err)
	}
	_ = nc.Close()
	stop.Store(true)
	for range cap(done) {
		if n := <-done; n == 0 {
			t.Error("a Client exchanged nothing")
		}
	}
}
