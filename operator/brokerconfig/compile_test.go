// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"flag"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const clientAuth = "clientAuth: {mode: Require, identity: CommonName, " +
	"crlSecretName: r, caFrom: {secretName: c}}"

const tlsListeners = `listeners:
- {name: mqtt, port: 1883}
- name: mqtts
  port: 8883
  tls: {generated: {}}
- name: devices
  port: 8884
  tls: {secretName: s, minVersion: "1.3", ` + clientAuth + `}
`

// examples have a golden file each.
var examples = []struct {
	name, spec string
	// waiting are the listeners that have no certificates yet.
	waiting []v1alpha1.ListenerName
}{
	{"minimal", "", nil},
	{"everything", everything, nil},
	{"tls", "listeners: [{name: mqtts, port: 8883, tls: {generated: {}}}]", nil},
	{"client-certificates", "listeners: [{name: a, port: 8883, tls: {secretName: s, " +
		clientAuth + "}}, {name: b, port: 8884, tls: {secretName: s, clientAuth: {mode: Require, " +
		"identity: SANURI, alsoPassword: true, caFrom: {configMapName: c}}}}]", nil},
	{"websocket", "listeners: [{name: ws, port: 8080, protocol: WebSocket}, {name: wss, " +
		"port: 8443, protocol: WebSocket, path: /a, tls: {secretName: s}}]", nil},
	{"load-balancer", "listeners: [{name: a, port: 1883, proxyProtocol: {mode: V1OrV2, " +
		"trustedCIDRs: [10.0.0.0/8]}}, {name: b, port: 1884, proxyProtocol: {mode: V1OrV2, " +
		"trustedCIDRs: [10.0.0.0/8], identityFromTLV: true, headerTimeoutSeconds: 9}}]", nil},
	{"proxy-passthrough", tlsListeners + "proxy: {enabled: true, balance: Source}", nil},
	{"proxy-terminate", tlsListeners + `- name: both
  port: 8885
  proxyPort: 9885
  tls: {secretName: s, clientAuth: {mode: Require, identity: CommonName, alsoPassword: true,
    caFrom: {secretName: c}}}
- {name: past, port: 1884, viaProxy: false}
- {name: balanced, port: 1885, proxyProtocol: {mode: V1OrV2, trustedCIDRs: [10.0.0.0/8]}}
proxy: {enabled: true, tls: Terminate, maxConnectBytes: 4096}`, nil},
	{"proxy-mutual", tlsListeners + "proxy: {enabled: true, tls: Terminate, " +
		"backendTLS: Mutual, maxConnectBytes: 4194304}", nil},
	{"waiting", tlsListeners, []v1alpha1.ListenerName{"mqtts", "devices"}},
	{"only-waiting", "listeners: [{name: mqtts, port: 8883, tls: {generated: {}}}]",
		[]v1alpha1.ListenerName{"mqtts"}},
	{"waiting-proxy-passthrough", tlsListeners + "proxy: {enabled: true, balance: Source}",
		[]v1alpha1.ListenerName{"mqtts", "devices"}},
	{"waiting-proxy-terminate", tlsListeners + "proxy: {enabled: true, tls: Terminate}",
		[]v1alpha1.ListenerName{"mqtts", "devices"}},
}

const everything = `auth: {anonymous: true}
logging: {level: Debug, format: Text, subscriptions: true}
drain: {ratePerSecond: 0, deadlineSeconds: 3600, serverReference: "other # not a comment"}
config:
  sessionExpirySeconds: 0
  retained: {mode: EnabledWithoutRetaining, expirySeconds: 86400, maxBytes: 1000000}
  sharedSubscriptions: First
  eventLoops: 2
  limits: {maxPacketBytes: 1048576, queueMessagesPerClient: 100, queueBytesPerClient: 8388608,
    clientWriteBufferBytes: 65536, topicLevels: 16, wildcardMinDepth: 1, stringBytes: 1024}
  extra:
  - {name: max_connections, value: "100000"}
  - {name: huge_pages, value: "no"}
  - {name: websocket_set_real_ip_from, value: 10.0.0.0/8}
listeners:
- name: mqtt
  port: 1024
  anonymous: Deny
  allowFrom: [10.0.0.0/8, "2001:db8::/32"]
  denyFrom: [10.7.0.0/16]
  limits: {maxQoS: 1, overload: Log}
- {name: ws, port: 65535, protocol: WebSocket, path: "/a/b;c=d~", anonymous: Allow}
`

func facts(b *v1alpha1.FlashMQBroker, waiting []v1alpha1.ListenerName) Facts {
	f := complete(b)
	for _, name := range waiting {
		delete(f.Materials, name)
	}
	if b.Spec.ProxyEnabled() {
		f.Tier = []netip.Addr{netip.MustParseAddr("fd00::7"), netip.MustParseAddr("10.244.0.9"),
			netip.MustParseAddr("10.244.0.7"), netip.MustParseAddr("::ffff:10.244.0.7")}
	}
	return f
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, test := range examples {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Spec(t, test.spec)
			c, err := Compile(b, facts(b, test.waiting))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.LeftOut, test.waiting) {
				t.Errorf("left out are %q", c.LeftOut)
			}
			if c.Revision != admin.Revision(c.Text) {
				t.Errorf("the revision is %s", c.Revision)
			}
			name := filepath.Join("testdata", test.name+".conf")
			if *update {
				if err := os.WriteFile(name, c.Text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(c.Text)); d != "" {
				t.Errorf("other than %s (-update writes it anew):\n%s", name, d)
			}
			started(t, c, test.waiting)
		})
	}
}

// paths are the files that a configuration names.
var paths = regexp.MustCompile(`(?m)^\s*\w+ /etc/flashmq/(\S+)$`)

// started has the broker look at a configuration as it does before it starts: with its files, but
// for those that are waited for.
func started(t *testing.T, c *Compiled, waiting []v1alpha1.ListenerName) {
	t.Helper()
	folder := t.TempDir()
	authority := credentialstest.New(t, "authority")
	server := authority.Server()
	for _, m := range paths.FindAllStringSubmatch(string(c.Text), -1) {
		name, content := m[1], []byte("a token")
		// Both listeners of a certificate wait for it, and no name is the beginning of another's.
		if slices.ContainsFunc(waiting, func(l v1alpha1.ListenerName) bool {
			return strings.HasPrefix(name, string(l)+".") || strings.HasPrefix(name, string(l)+"-")
		}) {
			continue
		}
		switch {
		case strings.HasSuffix(name, "ca.crt"):
			content = authority.PEM()
		case strings.HasSuffix(name, ".crl"):
			content = authority.Revoke(time.Now().Add(time.Hour))
		case strings.HasSuffix(name, ".crt"), strings.HasSuffix(name, ".key"):
			chain, key := server.Write(t, t.TempDir(), "s")
			if strings.HasSuffix(name, ".key") {
				chain = key
			}
			var err error
			if content, err = os.ReadFile(chain); err != nil {
				t.Fatal(err)
			}
		}
		credentialstest.File(t, folder, name, content)
	}
	file := credentialstest.File(t, folder, FileName,
		[]byte(strings.ReplaceAll(string(c.Text), Directory, folder)))
	loaded, _, err := config.Load(file, config.LoadOptions{Now: time.Now()})
	if err != nil {
		t.Fatalf("%v in\n%s", err, c.Text)
	}
	left := 0
	for i := range loaded.Listeners {
		if loaded.Listeners[i].TLS() && loaded.Listeners[i].LeftOut() {
			left++
		}
	}
	if (left > 0) != strings.Contains(string(c.Text), "drop_on_absent_certificate true") {
		t.Errorf("the broker leaves out %d listeners of\n%s", left, c.Text)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	administration := map[string]string{"admin_port": "9090", "admin_bind_address": "::",
		"log_format": "json"}
	with := func(key, value string) map[string]string {
		out := maps.Clone(administration)
		out[key] = value
		return out
	}
	tests := []struct {
		name, spec string
		want       map[string]string
	}{
		{"nothing", "", administration},
		{"what counts at once", "auth: {anonymous: true}\nlogging: {level: Debug}\n" + tlsListeners,
			administration},
		{"event loops", "config: {eventLoops: 3}", with("thread_count", "3")},
		{"as many as by default", "config: {eventLoops: 0}", administration},
		{"an extra key", "config: {extra: [{name: huge_pages, value: 'off'}]}",
			with("huge_pages", "false")},
		{"an extra key as by default", "config: {extra: [{name: huge_pages, value: 'on'}]}",
			administration},
	}
	for _, test := range tests {
		if d := cmp.Diff(test.want, compile(t, test.spec).Restart); d != "" {
			t.Errorf("%s: %s", test.name, d)
		}
	}
}

// Whatever the schema lets through of the drain makes a configuration.
func TestDrainWithoutPatience(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ deadline, want string }{{"0", "drain_deadline 0"},
		{"2", "drain_delay 2"}, {"3", "drain_delay 3"}, {"3600", "drain_delay 3"}} {
		got := lines(t, "drain: {deadlineSeconds: "+test.deadline+"}")
		if !slices.Contains(got, test.want) {
			t.Errorf("%s: there is no %q in %q", test.deadline, test.want, got)
		}
	}
}

// Nobody but the tier is believed, and never everybody.
func TestTierIsTrusted(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, "proxy: {enabled: true}")
	for _, test := range []struct {
		name string
		tier []netip.Addr
		want []string
	}{
		{"nobody yet", nil, []string{"haproxy_trusted_from 127.0.0.1/32"}},
		{"two", []netip.Addr{netip.MustParseAddr("fd00::1"), netip.MustParseAddr("10.0.0.1")},
			[]string{"haproxy_trusted_from 10.0.0.1/32", "haproxy_trusted_from 127.0.0.1/32",
				"haproxy_trusted_from fd00::1/128"}},
	} {
		c, err := Compile(b, Facts{Tier: test.tier})
		if err != nil {
			t.Fatal(err)
		}
		got := regexp.MustCompile(`haproxy_trusted_from \S+`).FindAllString(string(c.Text), -1)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
