// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The neighbours of the refusals, on the right side of each limit.
func testAccepted(t *testing.T, api client.Client) {
	tests := []struct{ name, object, spec string }{
		{"name of 40", "factory-of-the-northern-plant-number-042", ""},
		{"stopped", "", "replicas: 0"},
		{"versions", "", "version: '1.4'"},
		{"version of a candidate", "", "version: 1.4.2-rc.1\nupdate: {upgrades: Pinned}"},
		{"digest", "", "image: example.com:5000/flashmq@sha256:" + strings.Repeat("0a", 32)},
		{"16 listeners", "", "listeners:\n" + repeat(16, "- {name: l%[1]d, port: %[2]d}")},
		{"16 listeners via the proxy", "", "proxy: {enabled: true}\n" +
			"listeners:\n" + repeat(16, "- {name: l%[1]d, port: %[2]d}")},
		{"ports beside those of the broker", "", "listeners: [{name: a, port: 9089}, " +
			"{name: b, port: 9092}, {name: c, port: 1024}, {name: d, port: 65535}]"},
		{"highest port via the proxy", "", "proxy: {enabled: true}\n" +
			"listeners: [{name: a, port: 65535, proxyPort: 1024}, {name: b, port: 55534}]"},
		{"a second port may be that of a listener elsewhere", "", "proxy: {enabled: false}\n" +
			"listeners: [{name: a, port: 1883}, {name: b, port: 11883}]"},
		{"WebSocket past the proxy", "", "proxy: {enabled: true}\nlisteners: " +
			"[{name: a, port: 1883}, {name: b, port: 8080, protocol: WebSocket, viaProxy: false}]"},
		{"WebSocket by address", "", "proxy: {enabled: true, balance: Source}\n" +
			"listeners: [{name: a, port: 8080, protocol: WebSocket}]"},
		{"TLS through the proxy", "", "proxy: {enabled: true, balance: LeastConn}\n" +
			clientAuth("{mode: Require, identity: SANURI, caFrom: {secretName: ca}}")},
		{"scaled by another", "", "proxy: {enabled: true, scaling: External}"},
		{"load balancer with PROXY headers", "", "listeners: [{name: a, port: 1883, " +
			"proxyProtocol: {mode: V1OrV2, trustedCIDRs: ['2001:db8::/32', 192.0.2.7/32], " +
			"identityFromTLV: true, headerTimeoutSeconds: 30}, allowFrom: [0.0.0.0/0, '::/0']}]"},
		{"peers", "", "networkPolicy: Enabled\nlisteners: [{name: a, port: 1883, " +
			"networkPolicyPeers: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]"},
		{"issuer with times", "",
			tls("{issuerRef: {name: ca, duration: 1h, renewBefore: 5m}, minVersion: '1.3'}")},
		{"Services with every port", "",
			"listeners: [{name: a, port: 1883}, {name: b, port: 1884}]\n" +
				"services: [{name: client}, {name: node, target: Broker, listeners: " +
				"[{name: a, port: 80, nodePort: 31883}, {name: b, port: 81}], " +
				"template: {spec: {type: NodePort, externalTrafficPolicy: Local}}}]"},
		{"Services before and behind the proxy", "", "proxy: {enabled: true}\n" +
			"listeners: [{name: a, port: 1883}, {name: b, port: 1884, viaProxy: false}]\n" +
			"services: [{name: a, listeners: [{name: a}]}, " +
			"{name: b, target: Broker, listeners: [{name: b}]}]"},
		{"Sessions for ever", "", "config: {sessionExpirySeconds: 0, retained: {maxBytes: 0}}"},
		{"limits at their ends", "", "config: {eventLoops: 1024, " +
			"sessionExpirySeconds: 4294967295, limits: " +
			"{queueBytesPerClient: 1099511627776, clientWriteBufferBytes: 4294967295}}"},
		{"keys without a field", "", "config: {extra: [{name: max_connections, value: '10'}, " +
			"{name: websocket_set_real_ip_from, value: 10.0.0.0/8 192.168.0.0/16}]}"},
		{"labels of others", "", "inheritedMetadata: {labels: {example.com/team: a, " +
			"app.kubernetes.io/version: '1'}, annotations: {example.com/a: b}}"},
		{"pod", "", "podTemplate: {env: [{name: TZ, value: UTC}], sidecars: [{name: log, " +
			"image: a, volumeMounts: [{name: v, mountPath: /v}]}], extraVolumes: " +
			"[{name: v, emptyDir: {}}], affinity: {podAntiAffinity: {" +
			"requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a}]}}}"},
		{"16 patches of 16 KiB", "", "patches:\n" + repeat(16, "- {target: {kind: StatefulSet}, "+
			"type: JSON, patch: '%d%d"+strings.Repeat("x", 16<<10-6)+"'}")},
		{"drain at its ends", "", "drain: {ratePerSecond: 0, deadlineSeconds: 3600, " +
			"serverReference: 'other.example.com:1883 third.example.com'}"},
		{"drain without patience", "", "drain: {deadlineSeconds: 0}"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			name := c.object
			if name == "" {
				name = "factory"
			}
			if _, err := try(t, api, broker(name, c.spec)); err != nil {
				t.Error(err)
			}
		})
	}
}
