// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"strings"
	"testing"
)

func TestPorts(t *testing.T) {
	t.Parallel()
	const mqtt = "listeners: [{name: mqtt, port: 1883}]\n"
	tests := []struct{ name, spec, says string }{
		{"one listener", mqtt, ""},
		{"a sidecar beside it", mqtt + "podTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 8080}]}]}", ""},
		{"its port over UDP", mqtt + "podTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 1883, protocol: UDP}]}]}", ""},
		{"a sidecar on it", mqtt + "podTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 1883}]}]}", "sidecars[s]: port 1883 is that of listener mqtt"},
		{"a sidecar on the broker's own", mqtt + "podTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 9090}]}]}", "port 9090 is that of the broker's own"},
		{"a sidecar on a proxyPort", "listeners: [{name: mqtt, port: 1883, proxyPort: 2883}]\n" +
			"proxy: {enabled: true}\npodTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 2883}]}]}", "the proxyPort of listener mqtt"},
		{"two sidecars", mqtt + "podTemplate: {sidecars: [{name: s, image: s, " +
			"ports: [{containerPort: 8080}]}, {name: u, image: u, " +
			"ports: [{containerPort: 8080}]}]}",
			"sidecars[u]: port 8080 is that of sidecar s"},
		{"HAProxy's metrics", "listeners: [{name: mqtt, port: 8404}]\nproxy: {enabled: true}",
			"listener mqtt: the HAProxy pods use 8404"},
		{"its agent", "listeners: [{name: mqtt, port: 8405}]\nproxy: {enabled: true}",
			"8405 (agent)"},
		{"not through HAProxy", "listeners: [{name: mqtt, port: 8404, viaProxy: false}, " +
			"{name: b, port: 1884}]\nproxy: {enabled: true}", ""},
		{"without HAProxy", "listeners: [{name: mqtt, port: 8404}]", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := ports(&spec(t, test.spec).broker.Spec)
			if test.says == "" && err != nil ||
				test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%v, want %q", err, test.says)
			}
		})
	}
}
