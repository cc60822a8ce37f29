// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// panel is a chart. OF in a query stands for the labels of the broker's series.
type panel struct {
	title, unit string
	queries     []query
}

type query struct{ legend, expression string }

// panels are the dashboard's, in rows of three.
var panels = []panel{
	{"Clients", "short", []query{{"Clients", "flashmq_clients{OF}"},
		{"connections", "flashmq_connections{OF}"}, {"sessions", "flashmq_sessions{OF}"}}},
	{"Messages received by QoS", "cps", []query{
		{"QoS {{qos}}", "rate(flashmq_messages_received_total{OF}[$__rate_interval])"}}},
	{"Messages sent by QoS", "cps", []query{
		{"QoS {{qos}}", "rate(flashmq_messages_sent_total{OF}[$__rate_interval])"}}},
	{"Bytes", "Bps", []query{
		{"received", "rate(flashmq_received_bytes_total{OF}[$__rate_interval])"},
		{"sent", "rate(flashmq_sent_bytes_total{OF}[$__rate_interval])"}}},
	{"Messages dropped", "cps", []query{
		{"{{reason}}", "rate(flashmq_messages_dropped_total{OF}[$__rate_interval])"}}},
	{"Messages waiting", "short", []query{{"queued", "flashmq_queued_messages{OF}"},
		{"in flight", "flashmq_inflight_messages{OF}"}}},
	{"Connections accepted and refused", "cps", []query{
		{"accepted", "rate(flashmq_connections_accepted_total{OF}[$__rate_interval])"},
		{"{{reason}}", "rate(flashmq_connections_refused_total{OF}[$__rate_interval])"},
		{"CONNECT refused", "rate(flashmq_connects_refused_total{OF}[$__rate_interval])"}}},
	{"Subscriptions and retained messages", "short", []query{
		{"subscriptions", "flashmq_subscriptions{OF}"},
		{"retained", "flashmq_retained_messages{OF}"}}},
	{"How busy event loops are", "percentunit", []query{
		{"loop {{loop}}", "rate(flashmq_loop_busy_seconds_total{OF}[$__rate_interval])"}}},
	{"How late event loops are", "s", []query{{"loop {{loop}}", "flashmq_loop_lag_seconds{OF}"}}},
	{"Memory", "bytes", []query{{"resident", "process_resident_memory_bytes{OF}"},
		{"retained messages", "flashmq_retained_bytes{OF}"}}},
	{"Time until certificates expire", "s", []query{{"{{listener}}",
		"flashmq_certificate_expiry_timestamp_seconds{OF} - time()"}}},
}

// Dashboard is a ConfigMap as Grafana's sidecar finds it.
func Dashboard(b *v1alpha1.FlashMQBroker) *corev1.ConfigMap {
	of := fmt.Sprintf(`namespace=%q,service=%q`, b.Namespace, MetricsName(b))
	var charts []any
	for i, p := range panels {
		charts = append(charts, p.chart(i, of))
	}
	name := b.Namespace + "/" + b.Name
	text, err := json.MarshalIndent(map[string]any{
		"title": "FlashMQ " + name, "uid": string(b.UID), "tags": []string{"flashmq", "mqtt"},
		"schemaVersion": 39, "editable": true, "refresh": "30s",
		"time": map[string]string{"from": "now-3h", "to": "now"},
		"templating": map[string]any{"list": []any{map[string]any{
			"name": "datasource", "type": "datasource", "query": "prometheus"}}},
		"panels": charts}, "", " ")
	if err != nil {
		panic("resources: a dashboard that cannot be written: " + err.Error()) // all of it can
	}
	m := meta(b, b.Name+"-dashboard", &v1alpha1.TemplateMetadata{
		Labels: merge(map[string]string{"grafana_dashboard": "1"},
			b.Spec.Metrics.Dashboard.Labels)})
	return &corev1.ConfigMap{ObjectMeta: m,
		Data: map[string]string{"flashmq-" + b.Namespace + "-" + b.Name + ".json": string(text)}}
}

// chart is a panel in Grafana's words; i is its place.
func (p panel) chart(i int, of string) map[string]any {
	const width, height = 8, 8 // of 24 columns
	source := map[string]string{"type": "prometheus", "uid": "${datasource}"}
	var targets []any
	for n, q := range p.queries {
		targets = append(targets, map[string]any{"refId": string(rune('A' + n)),
			"datasource": source, "legendFormat": q.legend,
			"expr": strings.ReplaceAll(q.expression, "OF", of)})
	}
	return map[string]any{"id": i + 1, "type": "timeseries", "title": p.title,
		"datasource": source,
		"gridPos": map[string]int{"x": i % 3 * width, "y": i / 3 * height, "w": width,
			"h": height},
		"fieldConfig": map[string]any{"defaults": map[string]any{"unit": p.unit, "min": 0}},
		"targets":     targets}
}
