// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/version"
)

// family is one row of the table: everything there is to know about one metric of ours.
// docs/metrics.md follows from it.
type family struct {
	name   string
	kind   prometheus.ValueType
	labels []string
	help   string
	read   reader
}

// reader takes the values of a family out of a Status.
type reader func(x *Status, emit emit)

// emit takes one value with the values of its labels.
type emit func(value float64, labels ...string)

// families are in the order of the documentation.
var families = []family{
	{"flashmq_build_info", prometheus.GaugeValue,
		[]string{"version", "commit", "go_version", "platform"},
		"Always 1; the labels say which build this is.", buildInfo},

	{"flashmq_connections", prometheus.GaugeValue, nil,
		"Open connections, also those that have not logged in.",
		present(func(x *Status) int64 { return x.Connections })},
	{"flashmq_clients", prometheus.GaugeValue, nil,
		"Clients whose CONNECT was accepted and who are connected.",
		present(func(x *Status) int64 { return x.Clients })},
	{"flashmq_connections_accepted_total", prometheus.CounterValue, nil,
		"Connections that listeners accepted, also those closed at once.",
		counted(metrics.SocketsAccepted)},
	{"flashmq_connections_refused_total", prometheus.CounterValue, []string{"reason"},
		"Connections given up before or besides MQTT: by a rule, a limit, TLS, WebSocket or the " +
			"PROXY protocol.", refusals},
	{"flashmq_proxy_header_connections_total", prometheus.CounterValue,
		[]string{"listener", "header"},
		"Connections by their PROXY protocol header: present with the address of a Client, " +
			"local (of the proxy itself), absent, or untrusted.", proxyHeaders},
	{"flashmq_connects_total", prometheus.CounterValue, nil,
		"CONNECT packets handled.", counted(metrics.Connects)},
	{"flashmq_connects_refused_total", prometheus.CounterValue, nil,
		"CONNECT packets answered by an error.", counted(metrics.ConnectsRefused)},
	{"flashmq_login_timeouts_total", prometheus.CounterValue, nil,
		"Connections ended because CONNECT did not come in time.",
		counted(metrics.LoginTimeouts)},
	{"flashmq_keep_alive_timeouts_total", prometheus.CounterValue, nil,
		"Connections ended by their Keep Alive.", counted(metrics.KeepAliveTimeouts)},
	{"flashmq_protocol_errors_total", prometheus.CounterValue, nil,
		"Connections ended by Malformed Packets or Protocol Errors.",
		counted(metrics.ProtocolErrors)},

	{"flashmq_messages_received_total", prometheus.CounterValue, []string{"qos"},
		"PUBLISH packets received.", byQoS(metrics.MessagesReceived0)},
	{"flashmq_messages_sent_total", prometheus.CounterValue, []string{"qos"},
		"PUBLISH packets sent, repetitions included.", byQoS(metrics.MessagesSent0)},
	{"flashmq_publish_received_bytes_total", prometheus.CounterValue, []string{"qos"},
		"Bytes of the PUBLISH packets received, as MQTT has them.",
		byQoS(metrics.PublishBytesReceived0)},
	{"flashmq_publish_sent_bytes_total", prometheus.CounterValue, []string{"qos"},
		"Bytes of the PUBLISH packets sent, as MQTT has them.",
		byQoS(metrics.PublishBytesSent0)},
	{"flashmq_received_bytes_total", prometheus.CounterValue, nil,
		"Bytes of all packets received, as MQTT has them.", counted(metrics.BytesReceived)},
	{"flashmq_sent_bytes_total", prometheus.CounterValue, nil,
		"Bytes of all packets sent, as MQTT has them.", counted(metrics.BytesSent)},
	{"flashmq_messages_dropped_total", prometheus.CounterValue, []string{"reason"},
		"Messages some Client should have got and did not: it read too slowly (QoS 0), they were " +
			"above its Maximum Packet Size, its queue was full, their Message Expiry Interval " +
			"passed, or their share had no member any more.", drops},
	{"flashmq_queued_messages", prometheus.GaugeValue, nil,
		"Messages of QoS 1 and 2 that wait in queues.", counted(metrics.Queued)},
	{"flashmq_inflight_messages", prometheus.GaugeValue, nil,
		"Messages sent and not acknowledged.", counted(metrics.Inflight)},
	{"flashmq_wills_published_total", prometheus.CounterValue, nil,
		"Will Messages published.", counted(metrics.WillsPublished)},

	{"flashmq_sessions", prometheus.GaugeValue, nil,
		"Sessions, with or without a connection.",
		present(func(x *Status) int64 { return x.Sessions })},
	{"flashmq_subscriptions", prometheus.GaugeValue, nil,
		"Subscriptions, shared ones included.",
		present(func(x *Status) int64 { return x.Subscriptions })},
	{"flashmq_retained_messages", prometheus.GaugeValue, nil,
		"Retained messages stored.", present(func(x *Status) int64 { return x.Retained })},
	{"flashmq_retained_bytes", prometheus.GaugeValue, nil,
		"Bytes of retained messages: topics, properties, payloads and the structures around them.",
		present(func(x *Status) int64 { return x.RetainedBytes })},
	{"flashmq_retained_changes_total", prometheus.CounterValue, nil,
		"Retained messages stored, replaced or removed.", counted(metrics.RetainedSet)},
	{"flashmq_retained_refused_total", prometheus.CounterValue, nil,
		"Retained messages not stored because of a limit.", counted(metrics.RetainedRefused)},

	{"flashmq_loop_busy_seconds_total", prometheus.CounterValue, []string{"loop"},
		"Time in which an event loop had something to do.",
		loops(func(l *Loop) float64 { return l.Busy.Seconds() })},
	{"flashmq_loop_turns_total", prometheus.CounterValue, []string{"loop"},
		"Turns of an event loop; busy time divided by turns is how long one takes.",
		loops(func(l *Loop) float64 { return float64(l.Turns) })},
	{"flashmq_loop_lag_seconds", prometheus.GaugeValue, []string{"loop"},
		"How late an event loop does what is due, so how long a Client waits for its turn.",
		loops(func(l *Loop) float64 { return l.Lag.Seconds() })},

	{"flashmq_tls_handshakes", prometheus.GaugeValue, []string{"state"},
		"TLS handshakes that are running, and that are waiting for their turn.", handshakes},
	{"flashmq_certificate_expiry_timestamp_seconds", prometheus.GaugeValue,
		[]string{"listener"},
		"When the certificate expires that a listener serves, in seconds since 1970.",
		certificates(func(c *Certificate) float64 { return float64(c.NotAfter.Unix()) })},
	{"flashmq_certificate_stale", prometheus.GaugeValue, []string{"listener"},
		"1 when a listener serves an older certificate, because what lies in the files now could " +
			"not be loaded.",
		certificates(func(c *Certificate) float64 { return truth(c.Error != "") })},
	{"flashmq_certificate_load_failures_total", prometheus.CounterValue, nil,
		"How often certificates could not be loaded again.",
		present(func(x *Status) int64 { return x.CertificateFailures })},

	{"flashmq_configuration_info", prometheus.GaugeValue, []string{"revision"},
		"Always 1; the label is a hash of the files of the configuration in force.",
		func(x *Status, emit emit) { emit(1, x.Revisions.Configuration) }},
	{"flashmq_configuration_last_reload_successful", prometheus.GaugeValue, nil,
		"1 when the last reload was applied, or there was none; 0 when it was refused.",
		func(x *Status, emit emit) {
			emit(truth(x.LastReload == nil || x.LastReload.Outcome == Applied))
		}},
	{"flashmq_configuration_last_reload_timestamp_seconds", prometheus.GaugeValue, nil,
		"When the last reload ended, however it did, in seconds since 1970; absent before the " +
			"first.", lastReload},
	{"flashmq_draining", prometheus.GaugeValue, nil,
		"1 when the broker has been told to stop.",
		func(x *Status, emit emit) { emit(truth(x.Draining != nil)) }},
}

func buildInfo(_ *Status, emit emit) {
	b := version.Info()
	emit(1, b.Version, b.Commit, b.Go, b.Platform)
}

// present reads an amount of the report.
func present(of func(*Status) int64) reader {
	return func(x *Status, emit emit) { emit(float64(of(x))) }
}

// counted reads what the loops count.
func counted(c metrics.Counter) reader {
	return func(x *Status, emit emit) { emit(float64(x.Counters.Sum(c))) }
}

func byQoS(first metrics.Counter) reader {
	return func(x *Status, emit emit) {
		for qos, c := range metrics.ByQoS(first) {
			emit(float64(x.Counters.Sum(c)), strconv.Itoa(qos))
		}
	}
}

// dropReasons are the counters of lost messages.
var dropReasons = []struct {
	reason  string
	counter metrics.Counter
}{
	{"slow", metrics.DroppedSlow},
	{"too_large", metrics.DroppedTooLarge},
	{"queue_full", metrics.DroppedQueueFull},
	{"expired", metrics.DroppedExpired},
	{"reroute", metrics.DroppedReroute},
}

func drops(x *Status, emit emit) {
	for _, d := range dropReasons {
		emit(float64(x.Counters.Sum(d.counter)), d.reason)
	}
}

func refusals(x *Status, emit emit) {
	for reason, n := range x.Refusals {
		emit(float64(n), reason)
	}
}

func proxyHeaders(x *Status, emit emit) {
	for i := range x.Listeners {
		l := &x.Listeners[i]
		emit(float64(l.ProxyHeaders.Present), l.Name, "present")
		emit(float64(l.ProxyHeaders.Local), l.Name, "local")
		emit(float64(l.ProxyHeaders.Absent), l.Name, "absent")
		emit(float64(l.ProxyHeaders.Untrusted), l.Name, "untrusted")
	}
}

func loops(of func(*Loop) float64) reader {
	return func(x *Status, emit emit) {
		for i := range x.Loops {
			emit(of(&x.Loops[i]), strconv.Itoa(i))
		}
	}
}

func handshakes(x *Status, emit emit) {
	emit(float64(x.HandshakesRunning), "running")
	emit(float64(x.HandshakesWaiting), "waiting")
}

func certificates(of func(*Certificate) float64) reader {
	return func(x *Status, emit emit) {
		for i := range x.Listeners {
			if c := x.Listeners[i].Certificate; c != nil {
				emit(of(c), x.Listeners[i].Name)
			}
		}
	}
}

func lastReload(x *Status, emit emit) {
	if x.LastReload != nil {
		emit(float64(x.LastReload.Time.Unix()))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
