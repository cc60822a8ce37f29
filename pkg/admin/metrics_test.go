// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"log/slog"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/flashmq/flashmq/pkg/metrics"
)

// Names and help follow the rules of Prometheus, and what is collected is what was described.
func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	c := newCollector(newFake())
	if err := prometheus.NewPedanticRegistry().Register(c); err != nil {
		t.Error(err)
	}
	problems, err := testutil.CollectAndLint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.name, "flashmq_") || !strings.HasSuffix(f.help, ".") {
			t.Errorf("%s: %s", f.name, f.help)
		}
	}
}

// Each counter is where it belongs: no two of them are shown as one, and none is forgotten.
func TestEveryCounterIsShown(t *testing.T) {
	t.Parallel()
	f := newFake()
	want := map[string]string{}
	for i, c := range []struct {
		counter metrics.Counter
		sample  string
	}{
		{metrics.SocketsAccepted, "flashmq_connections_accepted_total"},
		{metrics.Connects, "flashmq_connects_total"},
		{metrics.ConnectsRefused, "flashmq_connects_refused_total"},
		{metrics.MessagesReceived0, `flashmq_messages_received_total{qos="0"}`},
		{metrics.MessagesReceived0 + 1, `flashmq_messages_received_total{qos="1"}`},
		{metrics.MessagesReceived0 + 2, `flashmq_messages_received_total{qos="2"}`},
		{metrics.MessagesSent0, `flashmq_messages_sent_total{qos="0"}`},
		{metrics.MessagesSent0 + 1, `flashmq_messages_sent_total{qos="1"}`},
		{metrics.MessagesSent0 + 2, `flashmq_messages_sent_total{qos="2"}`},
		{metrics.PublishBytesReceived0, `flashmq_publish_received_bytes_total{qos="0"}`},
		{metrics.PublishBytesReceived0 + 2, `flashmq_publish_received_bytes_total{qos="2"}`},
		{metrics.PublishBytesSent0, `flashmq_publish_sent_bytes_total{qos="0"}`},
		{metrics.PublishBytesSent0 + 2, `flashmq_publish_sent_bytes_total{qos="2"}`},
		{metrics.BytesReceived, "flashmq_received_bytes_total"},
		{metrics.BytesSent, "flashmq_sent_bytes_total"},
		{metrics.DroppedSlow, `flashmq_messages_dropped_total{reason="slow"}`},
		{metrics.DroppedTooLarge, `flashmq_messages_dropped_total{reason="too_large"}`},
		{metrics.DroppedQueueFull, `flashmq_messages_dropped_total{reason="queue_full"}`},
		{metrics.DroppedExpired, `flashmq_messages_dropped_total{reason="expired"}`},
		{metrics.DroppedReroute, `flashmq_messages_dropped_total{reason="reroute"}`},
		{metrics.RetainedSet, "flashmq_retained_changes_total"},
		{metrics.RetainedRefused, "flashmq_retained_refused_total"},
		{metrics.WillsPublished, "flashmq_wills_published_total"},
		{metrics.KeepAliveTimeouts, "flashmq_keep_alive_timeouts_total"},
		{metrics.LoginTimeouts, "flashmq_login_timeouts_total"},
		{metrics.ProtocolErrors, "flashmq_protocol_errors_total"},
		{metrics.Queued, "flashmq_queued_messages"},
		{metrics.Inflight, "flashmq_inflight_messages"},
	} {
		f.status.Counters[i%2].Set(c.counter, int64(1000+i))
		want[c.sample] = strconv.Itoa(1000 + i)
	}
	for _, s := range f.status.Counters {
		s.Share()
	}
	maps.Copy(want, map[string]string{
		"flashmq_connections": "7", "flashmq_clients": "6", "flashmq_sessions": "5",
		"flashmq_retained_messages": "4", "flashmq_subscriptions": "3",
		"flashmq_retained_bytes":                                                  "99",
		`flashmq_connections_refused_total{reason="tls_alert"}`:                   "9",
		`flashmq_loop_busy_seconds_total{loop="1"}`:                               "2",
		`flashmq_loop_turns_total{loop="0"}`:                                      "10",
		`flashmq_loop_lag_seconds{loop="0"}`:                                      "0.5",
		`flashmq_tls_handshakes{state="running"}`:                                 "2",
		`flashmq_tls_handshakes{state="waiting"}`:                                 "1",
		`flashmq_certificate_stale{listener="127.0.0.1:8883"}`:                    "0",
		"flashmq_certificate_load_failures_total":                                 "8",
		`flashmq_configuration_info{revision="c1"}`:                               "1",
		"flashmq_configuration_last_reload_successful":                            "0",
		"flashmq_configuration_last_reload_timestamp_seconds":                     "1.7953488e+09",
		"flashmq_draining":                                                        "0",
		`flashmq_certificate_expiry_timestamp_seconds{listener="127.0.0.1:8883"}`: "1.7953488e+09",
		`flashmq_proxy_header_connections_total{header="present",` +
			`listener="127.0.0.1:8883"}`: "1",
		`flashmq_proxy_header_connections_total{header="untrusted",` +
			`listener="127.0.0.1:8883"}`: "4",
	})
	got := scrape(t, f)
	for _, sample := range slices.Sorted(maps.Keys(want)) {
		if got[sample] != want[sample] {
			t.Errorf("%s is %q, want %s", sample, got[sample], want[sample])
		}
	}
	for _, other := range []string{"go_goroutines", "process_open_fds"} {
		if got[other] == "" {
			t.Errorf("no %s", other)
		}
	}
}

// sampleLine is one line of the page.
var sampleLine = regexp.MustCompile(`(?m)^([a-z_]+(?:\{.*\})?) (\S+)$`)

// scrape returns the samples of the page.
func scrape(t *testing.T, b Broker) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	metricsPage(b, slog.New(slog.DiscardHandler)).
		ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	found := map[string]string{}
	for _, m := range sampleLine.FindAllStringSubmatch(w.Body.String(), -1) {
		found[m[1]] = m[2]
	}
	if w.Code != 200 || len(found) == 0 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return found
}

// One metric that cannot be shown does not hide the others, and does not end the process.
func TestNameThatIsNoText(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.status.Listeners[0].Name = "/run/\xff.sock"
	if got := scrape(t, f); got["flashmq_clients"] != "6" {
		t.Errorf("clients: %q", got["flashmq_clients"])
	}
}
