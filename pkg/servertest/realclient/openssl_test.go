// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// dialogue is openssl s_client, which sends what is typed.
type dialogue struct {
	*program
	keys *os.File
}

// openssl connects to a TLS listener of s as somebody who verifies all there is to verify.
func openssl(t *testing.T, p *papers, port string, args ...string) *dialogue {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	t.Cleanup(func() { _ = w.Close() })
	all := append([]string{"s_client", "-connect", "127.0.0.1:" + port, "-CAfile", p.serverCA,
		"-servername", "localhost", "-verify_hostname", "localhost", "-verify_return_error",
		"-alpn", "x-unknown,mqtt"}, args...)
	return &dialogue{runWith(t, func(c *exec.Cmd) { c.Stdin = r }, "openssl", all...), w}
}

// awaits waits until it has printed something.
func (d *dialogue) awaits(text string) {
	d.t.Helper()
	d.out.Wait(d.t, text)
}

// leave types what makes it say goodbye.
func (d *dialogue) leave() {
	d.t.Helper()
	if _, err := d.keys.WriteString("Q\n"); err != nil {
		d.t.Fatal(err)
	}
	_ = d.keys.Close() // it has read all
	d.wait()
}

func exists(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Size() > 0
}

// What openssl finds out about a listener.
func TestOpenSSL(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.encrypted))
	for _, v := range []struct{ flag, name string }{
		{"-tls1_2", "TLSv1.2"}, {"-tls1_3", "TLSv1.3"},
	} {
		t.Run(v.name, func(t *testing.T) {
			ticket := filepath.Join(t.TempDir(), "ticket")
			d := openssl(t, p, portOf(t, s, 1), v.flag, "-sess_out", ticket)
			d.awaits("New, " + v.name)
			d.awaits("ALPN protocol: mqtt\n")
			d.awaits("Verify return code: 0 (ok)")
			servertest.Wait(t, "a session ticket", func() bool { return exists(ticket) })
			d.leave()
			d = openssl(t, p, portOf(t, s, 1), v.flag, "-sess_in", ticket)
			d.awaits("Reused, " + v.name)
			d.leave()
		})
	}
	if n := s.Refusals(); len(n) > 0 {
		t.Errorf("refusals %v", n)
	}
}

// Old versions are not spoken, whatever the client would accept.
func TestOpenSSLOldVersions(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.encrypted))
	printed := openssl(t, p, portOf(t, s, 1), "-tls1_1", "-cipher", "ALL:@SECLEVEL=0").fails()
	if !strings.Contains(printed, "alert protocol version") {
		t.Errorf("it printed %q", printed)
	}
	refused(t, s, "tls_handshake")
}

// A renegotiation, which costs a server more than a client, ends the connection, and no other one.
func TestOpenSSLRenegotiation(t *testing.T) {
	p := newPapers(t)
	s := start(t, another(p.encrypted))
	good := pahoConnect5(t, s, "good")
	d := openssl(t, p, portOf(t, s, 1), "-tls1_2")
	d.awaits("New, TLSv1.2")
	if _, err := d.keys.WriteString("R\n"); err != nil {
		t.Fatal(err)
	}
	d.awaits("RENEGOTIATING")
	if printed := d.fails(); !strings.Contains(printed, "alert") {
		t.Errorf("it printed %q", printed)
	}
	refused(t, s, "tls_record")
	good.publish("still/here", 1, "x")
}
