// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokerconfig

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
)

// named are the keys that the comment of a field names.
var named = regexp.MustCompile(`flashmq\.conf: ([a-z0-9_]+(?:, [a-z0-9_]+)*)\.`)

// keysOf are the keys that cases become, by the path of the field in the schema.
func keysOf(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	fixtures.Fields(fixtures.Schema(t), "", func(path string, schema map[string]any) {
		text, _ := schema["description"].(string)
		m := named.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
		if m != nil && strings.HasPrefix(path, ".spec.") {
			out[strings.TrimPrefix(path, ".spec.")] = strings.Split(m[1], ", ")
		}
	})
	return out
}

// field is a value of a field other than its default, and the lines that it becomes.
type field struct{ path, spec, lines string }

const onListener = "listeners: [{name: a, port: 1884, "

func listeners(name, rest string) field {
	return field{"listeners[]." + name, onListener + rest + "}]", ""}
}

func (f field) as(lines string) field {
	f.lines = lines
	return f
}

func encrypted(name, rest, lines string) field {
	if rest != "" {
		rest = ", " + rest
	}
	return listeners("tls."+name, "tls: {secretName: s"+rest+"}").as(lines)
}

func verified(name, rest, lines string) field {
	if rest != "" {
		rest = ", " + rest
	}
	return encrypted("clientAuth."+name, "clientAuth: {mode: Require, caFrom: {secretName: c}"+
		rest+"}", lines)
}

func behind(name, rest, lines string) field {
	const trusted = "proxyProtocol: {mode: V1OrV2, trustedCIDRs: [10.0.0.0/8, '2001:db8::/32']"
	return listeners("proxyProtocol."+name, trusted+rest+"}").as(lines)
}

// cases are all that become keys.
var cases = []field{
	{"auth.anonymous", "auth: {anonymous: true}", "allow_anonymous true"},
	{"logging.level", "logging: {level: Warning}", "log_level warning"},
	{"logging.format", "logging: {format: JSON}", "log_format json"},
	{"logging.subscriptions", "logging: {subscriptions: true}", "log_subscriptions true"},
	{"drain.ratePerSecond", "drain: {ratePerSecond: 7}", "drain_rate 7"},
	{"drain.deadlineSeconds", "drain: {deadlineSeconds: 61}", "drain_deadline 61"},
	{"drain.serverReference", "drain: {serverReference: 'a.example.com b.example.com:1883'}",
		`server_reference "a.example.com b.example.com:1883"`},
	{"config.sessionExpirySeconds", "config: {sessionExpirySeconds: 4294967295}",
		"expire_sessions_after_seconds 4294967295"},
	{"config.retained.mode", "config: {retained: {mode: DisconnectWithError}}",
		"retained_messages_mode disconnect_with_error"},
	{"config.retained.expirySeconds", "config: {retained: {expirySeconds: 4294967295}}",
		"expire_retained_messages_after_seconds 4294967295"},
	{"config.retained.maxBytes", "config: {retained: {maxBytes: 1125899906842624}}",
		"max_retained_bytes 1125899906842624"},
	{"config.sharedSubscriptions", "config: {sharedSubscriptions: SenderHash}",
		"shared_subscription_targeting sender_hash"},
	{"config.eventLoops", "config: {eventLoops: 1024}", "thread_count 1024"},
	{"config.limits.maxPacketBytes", "config: {limits: {maxPacketBytes: 64}}",
		"max_packet_size 64"},
	{"config.limits.queueMessagesPerClient", "config: {limits: {queueMessagesPerClient: 0}}",
		"max_queued_messages_per_client 0"},
	{"config.limits.queueBytesPerClient", "config: {limits: {queueBytesPerClient: 1099511627776}}",
		"max_qos_bytes_pending_per_client 1099511627776"},
	{"config.limits.clientWriteBufferBytes",
		"config: {limits: {clientWriteBufferBytes: 4294967295}}",
		"client_max_write_buffer_size 4294967295"},
	{"config.limits.topicLevels", "config: {limits: {topicLevels: 65535}}",
		"max_topic_split_depth 65535"},
	{"config.limits.wildcardMinDepth", "config: {limits: {wildcardMinDepth: 2}}",
		"minimum_wildcard_subscription_depth 2"},
	{"config.limits.stringBytes", "config: {limits: {stringBytes: 0}}", "max_string_length 0"},
	listeners("protocol", "protocol: WebSocket").as("protocol websockets\nwebsocket_path /mqtt"),
	listeners("port", "protocol: MQTT").as("port 1884"),
	listeners("path", "protocol: WebSocket, path: /devices").as("websocket_path /devices"),
	listeners("anonymous", "anonymous: Deny").as("allow_anonymous false"),
	listeners("allowFrom", "allowFrom: [10.0.0.0/8, '2001:db8::/32']").as(
		"only_allow_from 10.0.0.0/8\nonly_allow_from 2001:db8::/32"),
	listeners("denyFrom", "denyFrom: [192.0.2.7/32]").as("deny_from 192.0.2.7/32"),
	listeners("limits.maxQoS", "limits: {maxQoS: 0}").as("max_qos 0"),
	listeners("limits.overload", "limits: {overload: CloseNew}").as(
		"overload_mode close_new_clients"),
	encrypted("secretName", "", "fullchain /etc/flashmq/a.crt\nprivkey /etc/flashmq/a.key"),
	encrypted("minVersion", "minVersion: '1.3'", "minimum_tls_version tlsv1.3"),
	verified("caFrom", "identity: CommonName", "client_verification_ca_file /etc/flashmq/a-ca.crt"),
	verified("crlSecretName", "identity: CommonName, crlSecretName: r",
		"client_verification_crl_file /etc/flashmq/a.crl"),
	verified("identity", "identity: SANURI", "client_verification_identity san_uri"),
	verified("alsoPassword", "identity: CommonName, alsoPassword: true",
		"client_verification_still_do_authn true"),
	behind("mode", "", "haproxy on"),
	behind("trustedCIDRs", "",
		"haproxy_trusted_from 10.0.0.0/8\nhaproxy_trusted_from 2001:db8::/32"),
	behind("headerTimeoutSeconds", ", headerTimeoutSeconds: 30", "haproxy_header_timeout 30"),
	behind("identityFromTLV", ", identityFromTLV: true", "haproxy client_verification"),
}

// Every field whose comment names a key becomes that key.
func TestFields(t *testing.T) {
	t.Parallel()
	keys := keysOf(t)
	if len(keys) < 35 {
		t.Fatalf("only %d cases name a key", len(keys))
	}
	standard := lines(t, "logging: {format: Text}")
	for _, f := range cases {
		t.Run(f.path, func(t *testing.T) {
			t.Parallel()
			got := lines(t, f.spec)
			for _, want := range strings.Split(f.lines, "\n") {
				if !slices.Contains(got, want) {
					t.Errorf("there is no line %q:\n%s", want, strings.Join(got, "\n"))
				}
				if slices.Contains(standard, want) {
					t.Errorf("%q is there without the field, too", want)
				}
			}
			for _, key := range keys[f.path] {
				if !slices.ContainsFunc(strings.Split(f.lines, "\n"), func(line string) bool {
					return strings.HasPrefix(line, key+" ")
				}) {
					t.Errorf("the comment names %s, the test does not", key)
				}
			}
		})
		if _, ok := keys[f.path]; !ok {
			t.Errorf("the comment of %s names no key", f.path)
		}
		delete(keys, f.path)
	}
	for path, list := range keys {
		t.Errorf("%s is to become %q, and nobody has tried: add it to cases", path, list)
	}
}

// lines are those of the configuration of a spec.
func lines(t *testing.T, spec string) (out []string) {
	t.Helper()
	for line := range strings.Lines(string(compile(t, spec).Text)) {
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

func compile(t testing.TB, spec string) *Compiled {
	t.Helper()
	b := fixtures.Spec(t, spec)
	c, err := Compile(b, complete(b))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// complete are facts with which nothing is missing.
func complete(b *v1alpha1.FlashMQBroker) Facts {
	f := Facts{Materials: map[v1alpha1.ListenerName]Materials{}}
	for i := range b.Spec.Listeners {
		f.Materials[b.Spec.Listeners[i].Name] = Materials{true, true, true}
	}
	return f
}

// Each word that a field may have is another value of its key.
func TestWords(t *testing.T) {
	t.Parallel()
	words := []struct{ name, before, after string }{
		{".spec.logging.level", "logging: {level: ", "}"},
		{".spec.logging.format", "logging: {format: ", "}"},
		{".spec.config.retained.mode", "config: {retained: {mode: ", "}}"},
		{".spec.config.sharedSubscriptions", "config: {sharedSubscriptions: ", "}"},
		{".spec.listeners[].anonymous", onListener + "anonymous: ", "}]"},
		{".spec.listeners[].limits.overload", onListener + "limits: {overload: ", "}}]"},
		{".spec.listeners[].protocol", onListener + "protocol: ", "}]"},
		{".spec.listeners[].tls.minVersion", onListener + "tls: {secretName: s, minVersion: '",
			"'}}]"},
	}
	found := 0
	fixtures.Fields(fixtures.Schema(t), "", func(path string, schema map[string]any) {
		for _, w := range words {
			if w.name != path {
				continue
			}
			found++
			texts := map[string]any{}
			for _, word := range schema["enum"].([]any) {
				text := string(compile(t, w.before+word.(string)+w.after).Text)
				if other, ok := texts[text]; ok {
					t.Errorf("%s: %s and %s are the same", path, word, other)
				}
				texts[text] = word
			}
		}
	})
	if found != len(words) {
		t.Errorf("%d of %d cases are in the schema", found, len(words))
	}
}
