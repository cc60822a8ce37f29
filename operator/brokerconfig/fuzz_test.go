// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/pkg/config"
)

// Whatever the spec says, also what the schema refuses: there is an error, or a configuration that
// the broker accepts, in which the operator has its port and its token.
func FuzzCompile(f *testing.F) {
	for _, e := range examples {
		text, err := json.Marshal(fixtures.Spec(f, e.spec).Spec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, byte(7), []byte{10, 0, 0, 1})
		f.Add(text, byte(0), []byte{})
	}
	f.Add([]byte(`{"config":{"extra":[{"name":"a\n}","value":"\"\\"}]}}`), byte(0), []byte{})
	f.Fuzz(func(t *testing.T, spec []byte, have byte, tier []byte) {
		b := &v1alpha1.FlashMQBroker{}
		if json.Unmarshal(spec, &b.Spec) != nil {
			return
		}
		b.Spec.Complete()
		if len(spec) > 16<<10 { // each list has its bound in the schema
			return
		}
		facts := complete(b)
		for name := range facts.Materials {
			facts.Materials[name] = Materials{have&1 != 0, have&2 != 0, have&4 != 0}
		}
		if a, ok := netip.AddrFromSlice(tier); ok {
			facts.Tier = append(facts.Tier, a)
		}
		c, err := Compile(b, facts)
		if err != nil {
			if c != nil && len(c.Text) > 0 && c.Revision != "" {
				t.Errorf("an error and a configuration: %v", err)
			}
			return
		}
		parsed, _, err := config.Parse(FileName, c.Text)
		if err != nil {
			t.Fatalf("the broker refuses it: %v\n%s", err, c.Text)
		}
		if parsed.AdminPort != AdminPort || parsed.AdminTokenFile != Directory+"/"+TokenFile {
			t.Errorf("the operator's port is %d, its token %s", parsed.AdminPort,
				parsed.AdminTokenFile)
		}
		for _, l := range parsed.Listeners {
			if l.HAProxy != config.HAProxyOff && len(l.HAProxyTrustedFrom) == 0 {
				t.Errorf("everybody may send a PROXY header:\n%s", c.Text)
			}
		}
		again, err := Compile(b, facts)
		if err != nil || !bytes.Equal(again.Text, c.Text) {
			t.Errorf("twice compiled, twice different: %v", err)
		}
	})
}
