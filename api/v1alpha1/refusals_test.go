// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"fmt"
	"strings"
)

// repeat writes a line n times, with a running number and a running port.
func repeat(n int, line string) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, line+"\n", i, 2000+i)
	}
	return lines.String()
}

const portTaken = "each proxyPort (port + 10000 unless given) must differ from all other ports " +
	"of the listeners: give another proxyPort"

var proxyRefusals = []refusal{
	{name: "via no proxy", spec: "listeners: [{name: a, port: 1883, viaProxy: true}]",
		field: "spec.listeners",
		message: "a listener has viaProxy: true and there is no proxy: set proxy.enabled to " +
			"true, or leave viaProxy out"},
	{name: "via a proxy that is off", field: "spec.listeners",
		spec: "proxy: {enabled: false}\nlisteners: [{name: a, port: 1883, viaProxy: true}]",
		message: "a listener has viaProxy: true and there is no proxy: set proxy.enabled to " +
			"true, or leave viaProxy out"},
	{name: "proxy for nobody", field: "spec.listeners",
		spec: "proxy: {enabled: true}\nlisteners: [{name: a, port: 1883, viaProxy: false}]",
		message: "proxy.enabled is true and every listener has viaProxy: false: remove that from " +
			"one of them, or the proxy"},
	{name: "port of the proxy not via it", field: "spec.listeners[0].proxyPort",
		spec: "listeners: [{name: a, port: 1883, proxyPort: 1884, viaProxy: false}]",
		message: "proxyPort is the port of a listener behind the proxy, and viaProxy is false: " +
			"leave one of them out"},
	{name: "no room for the second port", field: "spec.listeners",
		spec: "proxy: {enabled: true}\nlisteners: [{name: a, port: 55536}]",
		message: "a listener above port 55535 has no room for port + 10000: give its proxyPort, " +
			"or set its viaProxy to false"},
	{name: "second port is a first", field: "spec.listeners", message: portTaken,
		spec: "proxy: {enabled: true}\n" +
			"listeners: [{name: a, port: 1883}, {name: b, port: 11883, viaProxy: false}]"},
	{name: "second port is its own first", field: "spec.listeners", message: portTaken,
		spec: "proxy: {enabled: true}\nlisteners: [{name: a, port: 1883, proxyPort: 1883}]"},
	{name: "two second ports", field: "spec.listeners", message: portTaken,
		spec: "proxy: {enabled: true}\n" +
			"listeners: [{name: a, port: 1883}, {name: b, port: 1884, proxyPort: 11883}]"},
	{name: "no identifier in WebSocket", field: "spec.proxy.balance",
		spec: "proxy: {enabled: true}\nlisteners: [{name: a, port: 8080, protocol: WebSocket}]",
		message: "HAProxy finds no Client Identifier in WebSocket frames: set proxy.balance to " +
			"LeastConn or Source, or viaProxy of WebSocket listeners to false"},
	{name: "no identifier in TLS", field: "spec.proxy.balance",
		spec: "proxy: {enabled: true}\nlisteners: [{name: a, port: 8883, tls: {generated: {}}}]",
		message: "HAProxy cannot see the Client Identifier through TLS: set proxy.tls to " +
			"Terminate, proxy.balance to LeastConn or Source, or viaProxy of TLS listeners to " +
			"false"},
	{name: "identity that gets lost", field: "spec.proxy.tls",
		spec: "proxy: {enabled: true, tls: Terminate}\n" +
			clientAuth("{mode: Require, identity: SANURI, caFrom: {secretName: ca}}"),
		message: "HAProxy hands on nothing but the common name of a client certificate: set " +
			"identity to CommonName, proxy.tls to Passthrough, or viaProxy of the listener to " +
			"false"},
	{name: "two who scale", spec: "proxy: {scaling: External, replicas: 3}",
		field: "spec.proxy.replicas",
		message: "scaling External leaves the number of pods to a HorizontalPodAutoscaler: leave " +
			"replicas out"},
	{name: "no replicas", spec: "proxy: {replicas: 0}", field: "spec.proxy.replicas",
		message: "should be greater than or equal to 1"},
	{name: "balance", spec: "proxy: {balance: RoundRobin}", field: "spec.proxy.balance",
		message: `supported values: "ClientID", "LeastConn", "Source"`},
	{name: "hasty hard stop", spec: "proxy: {hardStopSeconds: 29}",
		field: "spec.proxy.hardStopSeconds", message: "should be greater than or equal to 30"},
	{name: "endless hard stop", spec: "proxy: {hardStopSeconds: 86401}",
		field: "spec.proxy.hardStopSeconds", message: "should be less than or equal to 86400"},
	{name: "who may send PROXY", spec: "proxy: {acceptFrom: [nobody]}",
		field: "spec.proxy.acceptFrom[0]",
		message: "is not a network in CIDR form: write for instance 10.0.0.0/8, or 192.0.2.7/32 " +
			"for one address"},
}

const ownServices = "the operator makes Services of that name itself: choose one other than " +
	"nodes, metrics, proxy and node-..."

var serviceRefusals = []refusal{
	{name: "two Services of one name", spec: "services: [{name: a}, {name: a}]",
		field: "spec.services[1]", message: "Duplicate value"},
	{name: "9 Services", spec: "services:\n" + repeat(9, "- {name: s%[1]d-%[2]d}"),
		field: "spec.services", message: "must have at most 8 items"},
	{name: "Service called as one of ours", spec: "services: [{name: nodes}]",
		field: "spec.services[0].name", message: ownServices},
	{name: "Service called as one of a pod", spec: "services: [{name: node-0}]",
		field: "spec.services[0].name", message: ownServices},
	{name: "Service for no listener", spec: "services: [{name: a, listeners: [{name: mqtts}]}]",
		field: "spec.services",
		message: "a Service names a listener that does not exist: add it to listeners, or " +
			"correct the name"},
	{name: "Service with one port twice", field: "spec.services[0].listeners",
		spec: "listeners: [{name: a, port: 1883}, {name: b, port: 1884}]\n" +
			"services: [{name: a, listeners: [{name: a, port: 80}, {name: b, port: 80}]}]",
		message: "a Service has each port once: give the listeners different ports"},
	{name: "Service for no proxy", spec: "services: [{name: a, target: Proxy}]",
		field: "spec.services",
		message: "a Service has target Proxy and there is no proxy: set proxy.enabled to true, " +
			"or the target to Broker"},
	{name: "Service for each pod", spec: "services: [{name: a, target: PerPod}]",
		field: "spec.services[0].target", message: `supported values: "Broker", "Proxy"`},
	{name: "Service past the proxy", field: "spec.services",
		spec: `
proxy: {enabled: true}
listeners: [{name: a, port: 1883}, {name: b, port: 1884, viaProxy: false}]
services: [{name: a, listeners: [{name: b}]}]`,
		message: "a Service leads to the proxy and names a listener with viaProxy: false: set " +
			"the target of the Service to Broker, or remove viaProxy"},
	{name: "node port of a cluster address", field: "spec.services[0].listeners",
		spec: `
services:
- name: a
  listeners: [{name: mqtt, nodePort: 31883}]
  template: {spec: {type: ClusterIP}}`,
		message: "a Service of type ClusterIP has no nodePort: set template.spec.type to " +
			"NodePort or LoadBalancer, or leave nodePort out"},
	{name: "load balancer that is none", field: "spec.services[0].template.spec",
		spec: "services: [{name: a, template: {spec: " +
			"{type: NodePort, loadBalancerClass: example.com/lb}}}]",
		message: "loadBalancerClass, loadBalancerSourceRanges and allocateLoadBalancerNodePorts " +
			"need type LoadBalancer"},
	{name: "traffic from outside", field: "spec.services[0].template.spec.externalTrafficPolicy",
		spec: "services: [{name: a, template: {spec: " +
			"{type: ClusterIP, externalTrafficPolicy: Local}}}]",
		message: "externalTrafficPolicy is for traffic from outside: set type to LoadBalancer or " +
			"NodePort, or leave it out"},
	{name: "selector of one's own", field: "strict decoding error",
		spec:    "services: [{name: a, template: {spec: {selector: {a: b}}}}]",
		message: `unknown field "spec.services[0].template.spec.selector"`},
}

const (
	typedKey = "this key has a field of its own: look for it in config, logging, auth or drain " +
		"and set it there"
	ownKey = "the operator sets this key itself: remove it from extra (listeners are in " +
		"spec.listeners, the log goes to standard output)"
)

var configRefusals = []refusal{
	{name: "Sessions that expire at once", spec: "config: {sessionExpirySeconds: 59}",
		field: "spec.config.sessionExpirySeconds",
		message: "the broker looks for expired Sessions about once a minute: give at least 60 " +
			"seconds, or 0 for ever"},
	{name: "packet below any CONNECT", spec: "config: {limits: {maxPacketBytes: 63}}",
		field:   "spec.config.limits.maxPacketBytes",
		message: "should be greater than or equal to 64"},
	{name: "retained without end", spec: "config: {retained: {expirySeconds: 0}}",
		field:   "spec.config.retained.expirySeconds",
		message: "should be greater than or equal to 1"},
	{name: "no limits", spec: "config: {limits: {}}", field: "spec.config.limits",
		message: "should have at least 1 properties"},
	{name: "targeting", spec: "config: {sharedSubscriptions: Random}",
		field:   "spec.config.sharedSubscriptions",
		message: `supported values: "RoundRobin", "SenderHash", "First"`},
	{name: "key with a field", spec: extra("max_packet_size"), message: typedKey,
		field: "spec.config.extra[0].name"},
	{name: "key with a list", spec: extra("listen"), message: ownKey,
		field: "spec.config.extra[0].name"},
	{name: "folder", spec: extra("storage_dir"), message: ownKey,
		field: "spec.config.extra[0].name"},
	{name: "file", spec: extra("mosquitto_password_file"), message: ownKey,
		field: "spec.config.extra[0].name"},
	{name: "plugin", spec: extra("plugin_opt_color"), message: ownKey,
		field: "spec.config.extra[0].name"},
	{name: "administration", spec: extra("admin_port"), message: ownKey,
		field: "spec.config.extra[0].name"},
	{name: "one key twice",
		spec: "config: {extra: [{name: sys_interval, value: '1'}, " +
			"{name: sys_interval, value: '2'}]}",
		field: "spec.config.extra[1]", message: "Duplicate value"},
	{name: "second line in a value", field: "spec.config.extra[0].value", message: "should match",
		spec: `config: {extra: [{name: sys_interval, value: "1\nlog_level none"}]}`},
	{name: "log level", spec: "logging: {level: Trace}", field: "spec.logging.level",
		message: `supported values: "Debug", "Info", "Notice", "Warning", "Error", "None"`},
}

func extra(key string) string { return "config: {extra: [{name: " + key + ", value: 'x'}]}" }

const ownLabels = "the operator finds its objects by the labels flashmq.io/... and " +
	"app.kubernetes.io/name, instance, component, part-of and managed-by: choose other labels"

var podRefusals = []refusal{
	{name: "label of ours", spec: "inheritedMetadata: {labels: {flashmq.io/broker: other}}",
		field: "spec.inheritedMetadata.labels", message: ownLabels},
	{name: "label that selects", field: "spec.podTemplate.metadata.labels", message: ownLabels,
		spec: "podTemplate: {metadata: {labels: {app.kubernetes.io/name: other}}}"},
	{name: "annotation of ours", field: "spec.inheritedMetadata.annotations",
		spec:    "inheritedMetadata: {annotations: {flashmq.io/config: x}}",
		message: "annotations that begin with flashmq.io/ are the operator's: choose other ones"},
	{name: "configuration by environment", field: "spec.podTemplate.env",
		spec: "podTemplate: {env: [{name: FLASHMQ_MAX_QOS, value: '1'}]}",
		message: "variables that begin with FLASHMQ_ would override the configuration unseen: " +
			"use spec.config"},
	{name: "volume of ours", field: "spec.podTemplate.extraVolumes",
		spec:    "podTemplate: {extraVolumes: [{name: flashmq-config, emptyDir: {}}]}",
		message: "volumes that begin with flashmq are the operator's: choose another name"},
	{name: "volume of no kind", field: "spec.podTemplate.extraVolumes[0]",
		spec: "podTemplate: {extraVolumes: [{name: a}]}",
		message: "a volume needs exactly one of configMap, secret, emptyDir, " +
			"persistentVolumeClaim, csi and hostPath"},
	{name: "container of ours", field: "spec.podTemplate.sidecars",
		spec:    "podTemplate: {sidecars: [{name: flashmq, image: a}]}",
		message: "containers that begin with flashmq are the operator's: choose another name"},
	{name: "first container of ours", field: "spec.podTemplate.initContainers",
		spec:    "podTemplate: {initContainers: [{name: flashmq-init, image: a}]}",
		message: "containers that begin with flashmq are the operator's: choose another name"},
	{name: "17 patches", field: "spec.patches", message: "must have at most 16 items",
		spec: "patches:\n" + repeat(17, "- {target: {kind: Service}, patch: 'p%d: %d'}")},
	{name: "patch of 16 KiB and a byte", field: "spec.patches[0].patch",
		spec: "patches: [{target: {kind: Service}, patch: " + strings.Repeat("x", 16<<10+1) +
			"}]",
		message: "may not be more than 16384"},
	{name: "patch of a Secret", spec: "patches: [{target: {kind: Secret}, patch: 'a: b'}]",
		field: "spec.patches[0].target.kind", message: `supported values: "StatefulSet"`},
	{name: "patch of nothing", spec: "patches: [{patch: 'a: b'}]",
		field: "spec.patches[0].target", message: "Required value"},
}

var operationRefusals = []refusal{
	{name: "drain below zero", spec: "drain: {ratePerSecond: -1}",
		field: "spec.drain.ratePerSecond", message: "should be greater than or equal to 0"},
	{name: "drain of more than an hour", spec: "drain: {deadlineSeconds: 3601}",
		field: "spec.drain.deadlineSeconds", message: "should be less than or equal to 3600"},
	{name: "no windows", spec: "update: {strategy: Windows}", field: "spec.update.windows",
		message: "strategy Windows needs windows: say when the broker may be restarted"},
	{name: "windows for nothing", field: "spec.update.windows",
		spec: "update: {windows: [{cron: 0 3 * * 0, durationMinutes: 60}]}",
		message: "windows have no effect with this strategy: set strategy to Windows, or leave " +
			"windows out"},
	{name: "window that never opens", field: "spec.update.windows[0].cron",
		spec:    "update: {strategy: Windows, windows: [{cron: 10 23 * *, durationMinutes: 60}]}",
		message: "should match"},
	{name: "switch that YAML reads as a boolean", spec: "networkPolicy: true",
		field: "spec.networkPolicy", message: "must be of type string"},
	{name: "disruption budget", spec: "disruptionBudget: Always", field: "spec.disruptionBudget",
		message: `supported values: "Auto", "Disabled"`},
	{name: "monitor", spec: "metrics: {serviceMonitor: {mode: Sometimes}}",
		field:   "spec.metrics.serviceMonitor.mode",
		message: `supported values: "Auto", "Enabled", "Disabled"`},
	{name: "interval", spec: "metrics: {serviceMonitor: {interval: 1h30m}}",
		field: "spec.metrics.serviceMonitor.interval", message: "should match"},
}
