// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import "slices"

// refusal is a spec that the API server refuses, with the field it names and what it says.
type refusal struct {
	name, spec, field, message string
	// object is the name of the object, factory unless given. The API server has no field for what
	// is wrong with it: <nil> is the object as a whole.
	object string
}

// refusals are every rule violated once, alone.
func refusals() []refusal {
	return slices.Concat(brokerRefusals, listenerRefusals, tlsRefusals, proxyRefusals,
		serviceRefusals, configRefusals, podRefusals, operationRefusals)
}

var brokerRefusals = []refusal{
	{name: "long name", object: "factory-of-the-northern-plant-number-0042",
		field: "<nil>",
		message: "the name may have 40 characters at most, because names of Services and labels " +
			"are made from it: choose a shorter one"},
	{name: "name with a dot", object: "factory.north", field: "<nil>",
		message: "the name becomes that of a Service: begin with a letter and use only " +
			"lower-case letters, digits and hyphens"},
	{name: "image and version", spec: "image: example.com/flashmq:1\nversion: '1.4'",
		field: "spec.image",
		message: "image and version exclude each other: give version to let the operator choose " +
			"the image, or image to choose it yourself"},
	{name: "image and upgrades", spec: "image: example.com/flashmq:1\nupdate: {upgrades: Patch}",
		field: "spec.image",
		message: "update.upgrades Patch lets the operator choose the image, and image has chosen " +
			"it: leave one of them out"},
	{name: "no version", spec: "version: latest", field: "spec.version",
		message: "should match '^[0-9]+"},
	{name: "image with white space", spec: "image: 'flashmq 1'", field: "spec.image",
		message: "should match"},
	{name: "empty image", spec: "image: ''", field: "spec.image", message: "at least 1 chars"},
	{name: "pull policy", spec: "imagePullPolicy: Sometimes", field: "spec.imagePullPolicy",
		message: `supported values: "Always", "IfNotPresent", "Never"`},
	{name: "two pull secrets of one name", spec: "imagePullSecrets: [{name: a}, {name: a}]",
		field: "spec.imagePullSecrets[1]", message: "Duplicate value"},
	{name: "two replicas", spec: "replicas: 2", field: "spec.replicas",
		message: "one FlashMQBroker is one broker: set replicas to 1, or to 0 to stop it. " +
			"Further pods would be brokers that know nothing of each other's Clients and " +
			"messages; they need a cluster topology, which this version does not have"},
	{name: "replicas below zero", spec: "replicas: -1", field: "spec.replicas",
		message: "should be greater than or equal to 0"},
	{name: "no such field", spec: "topology: {mode: Sharded}", field: "strict decoding error",
		message: `unknown field "spec.topology"`},
}

var listenerRefusals = []refusal{
	{name: "no listeners", spec: "listeners: []", field: "spec.listeners",
		message: "should have at least 1 items"},
	{name: "two listeners of one name",
		spec:  "listeners: [{name: a, port: 1883}, {name: a, port: 1884}]",
		field: "spec.listeners[1]", message: "Duplicate value"},
	{name: "two listeners on one port",
		spec:    "listeners: [{name: a, port: 1883}, {name: b, port: 1883}]",
		field:   "spec.listeners",
		message: "two listeners have the same port: give each one a port of its own"},
	{name: "17 listeners", spec: "listeners:\n" + repeat(17, "- {name: l%[1]d, port: %[2]d}"),
		field: "spec.listeners", message: "must have at most 16 items"},
	{name: "listener with a long name", spec: "listeners: [{name: sixteen-letters-, port: 1883}]",
		field: "spec.listeners[0].name", message: "may not be more than 15"},
	{name: "listener without a letter", spec: "listeners: [{name: '1883', port: 1883}]",
		field:   "spec.listeners[0].name",
		message: "becomes the name of a port: it needs a letter, and no two hyphens side by side"},
	{name: "listener with two hyphens", spec: "listeners: [{name: a--b, port: 1883}]",
		field:   "spec.listeners[0].name",
		message: "becomes the name of a port: it needs a letter, and no two hyphens side by side"},
	{name: "listener called as a port of ours", spec: "listeners: [{name: metrics, port: 1883}]",
		field:   "spec.listeners[0].name",
		message: "admin and metrics are names of the broker's own ports: choose another name"},
	{name: "privileged port", spec: "listeners: [{name: a, port: 883}]",
		field: "spec.listeners[0].port", message: "should be greater than or equal to 1024"},
	{name: "port of the metrics", spec: "listeners: [{name: a, port: 9090}]",
		field: "spec.listeners[0].port",
		message: "the broker uses 9090 (probes and metrics) and 9091 (administration) itself: " +
			"choose another port"},
	{name: "port of administration", field: "spec.listeners[0].proxyPort",
		spec: "listeners: [{name: a, port: 1883, proxyPort: 9091}]",
		message: "the broker uses 9090 (probes and metrics) and 9091 (administration) itself: " +
			"choose another port"},
	{name: "protocol", spec: "listeners: [{name: a, port: 1883, protocol: MQTTAndWebSocket}]",
		field: "spec.listeners[0].protocol", message: `supported values: "MQTT", "WebSocket"`},
	{name: "path of MQTT", spec: "listeners: [{name: a, port: 1883, path: /mqtt}]",
		field:   "spec.listeners[0].path",
		message: "path is for WebSocket only: set protocol to WebSocket, or leave path out"},
	{name: "relative path", field: "spec.listeners[0].path", message: "should match",
		spec: "listeners: [{name: a, port: 1883, protocol: WebSocket, path: mqtt}]"},
	{name: "address that is none", field: "spec.listeners[0].allowFrom[0]",
		spec: "listeners: [{name: a, port: 1883, allowFrom: [10.0.0.1]}]",
		message: "is not a network in CIDR form: write for instance 10.0.0.0/8, or 192.0.2.7/32 " +
			"for one address"},
	{name: "address in the network", field: "spec.listeners[0].denyFrom[0]",
		spec: "listeners: [{name: a, port: 1883, denyFrom: [10.1.2.3/8]}]",
		message: "has bits set behind the prefix: write the first address of the network, for " +
			"instance 10.0.0.0/8 instead of 10.1.2.3/8"},
	{name: "QoS 3", spec: "listeners: [{name: a, port: 1883, limits: {maxQoS: 3}}]",
		field: "spec.listeners[0].limits.maxQoS", message: "should be less than or equal to 2"},
	{name: "peers without a policy", field: "spec.networkPolicy",
		spec: "listeners: [{name: a, port: 1883, networkPolicyPeers: [{podSelector: {}}]}]",
		message: "networkPolicyPeers has no effect without a NetworkPolicy: set networkPolicy to " +
			"Enabled, or leave networkPolicyPeers out"},
	{name: "PROXY headers of anybody", field: "spec.listeners[0].proxyProtocol.trustedCIDRs",
		spec: "listeners: [{name: a, port: 1883, proxyProtocol: {mode: V1OrV2}}]",
		message: "without trustedCIDRs anybody could claim any address: name the networks of the " +
			"load balancers that send PROXY headers"},
	{name: "trust without PROXY", field: "spec.listeners[0].proxyProtocol.trustedCIDRs",
		spec: "listeners: [{name: a, port: 1883, proxyProtocol: {trustedCIDRs: [10.0.0.0/8]}}]",
		message: "trustedCIDRs needs a mode other than Disabled: set mode to V1OrV2, or leave " +
			"trustedCIDRs out"},
	{name: "TLV without PROXY", field: "spec.listeners[0].proxyProtocol.identityFromTLV",
		spec:    "listeners: [{name: a, port: 1883, proxyProtocol: {identityFromTLV: true}}]",
		message: "identityFromTLV needs a mode other than Disabled: set mode to V1OrV2"},
	{name: "patient header timeout", message: "should be less than or equal to 30",
		field: "spec.listeners[0].proxyProtocol.headerTimeoutSeconds",
		spec:  "listeners: [{name: a, port: 1883, proxyProtocol: {headerTimeoutSeconds: 31}}]"},
	{name: "two sources of identity", field: "spec.listeners[0].proxyProtocol",
		spec: `
listeners:
- name: a
  port: 1883
  proxyProtocol: {mode: V1OrV2, trustedCIDRs: [10.0.0.0/8], identityFromTLV: true}
  tls:
    generated: {}
    clientAuth: {mode: Require, identity: CommonName, caFrom: {secretName: ca}}`,
		message: "proxyProtocol.identityFromTLV and tls.clientAuth exclude each other: either " +
			"the load balancer verifies client certificates, or the broker does"},
}

const oneSource = "tls needs exactly one source of the certificate: secretName (a Secret of " +
	"yours), issuerRef (cert-manager) or generated: {} (the operator's own authority)"

var tlsRefusals = []refusal{
	{name: "no certificate", spec: tls("{}"), field: "spec.listeners[0].tls", message: oneSource},
	{name: "two certificates", spec: tls("{generated: {}, secretName: a}"),
		field: "spec.listeners[0].tls", message: oneSource},
	{name: "old TLS", spec: tls("{generated: {}, minVersion: '1.1'}"),
		field: "spec.listeners[0].tls.minVersion", message: `supported values: "1.2", "1.3"`},
	{name: "certificate for an address", spec: tls("{generated: {dnsNames: ['a b']}}"),
		field: "spec.listeners[0].tls.generated.dnsNames[0]", message: "should match"},
	{name: "certificate for no day", spec: tls("{generated: {validityDays: 0}}"),
		field:   "spec.listeners[0].tls.generated.validityDays",
		message: "should be greater than or equal to 1"},
	{name: "issuer without a name", spec: tls("{issuerRef: {kind: Issuer}}"),
		field: "spec.listeners[0].tls.issuerRef.name", message: "Required value"},
	{name: "short duration", spec: tls("{issuerRef: {name: ca, duration: 59m}}"),
		field:   "spec.listeners[0].tls.issuerRef.duration",
		message: "cert-manager issues for an hour at least: write for instance 2160h"},
	{name: "late renewal", spec: tls("{issuerRef: {name: ca, renewBefore: 299s}}"),
		field: "spec.listeners[0].tls.issuerRef.renewBefore",
		message: "cert-manager renews five minutes before the end at the latest: write for " +
			"instance 720h"},
	{name: "renewal without end",
		spec:  tls("{issuerRef: {name: ca, duration: 2h, renewBefore: 120m}}"),
		field: "spec.listeners[0].tls.issuerRef.renewBefore",
		message: "renewBefore must be shorter than duration, or the certificate would be renewed " +
			"without end"},
	{name: "days in a duration", spec: tls("{issuerRef: {name: ca, duration: 90d}}"),
		field: "spec.listeners[0].tls.issuerRef.duration", message: "should match"},
	{name: "no authorities", spec: clientAuth("{mode: Require, identity: CommonName}"),
		field: "spec.listeners[0].tls.clientAuth.caFrom",
		message: "mode Require needs caFrom: name the Secret or ConfigMap with the authorities " +
			"of client certificates"},
	{name: "no identity", spec: clientAuth("{mode: Require, caFrom: {secretName: ca}}"),
		field: "spec.listeners[0].tls.clientAuth.identity",
		message: "with mode Require the certificate names the user: set identity to CommonName " +
			"or SANURI"},
	{name: "identity of nobody", spec: clientAuth("{identity: CommonName}"),
		field:   "spec.listeners[0].tls.clientAuth.identity",
		message: "identity needs certificates of Clients: set mode to Require"},
	{name: "password besides nothing", spec: clientAuth("{alsoPassword: true}"),
		field:   "spec.listeners[0].tls.clientAuth.alsoPassword",
		message: "alsoPassword needs certificates of Clients: set mode to Require"},
	{name: "authorities for nothing", spec: clientAuth("{caFrom: {secretName: ca}}"),
		field:   "spec.listeners[0].tls.clientAuth.caFrom",
		message: "caFrom has no effect with mode None: set mode to Require, or leave caFrom out"},
	{name: "revocation of nothing", spec: clientAuth("{crlSecretName: crl}"),
		field: "spec.listeners[0].tls.clientAuth.crlSecretName",
		message: "crlSecretName has no effect with mode None: set mode to Require, or leave " +
			"crlSecretName out"},
	{name: "authorities from two places",
		spec: clientAuth("{mode: Require, identity: SANURI, " +
			"caFrom: {secretName: ca, configMapName: ca}}"),
		field:   "spec.listeners[0].tls.clientAuth.caFrom",
		message: "caFrom needs exactly one of secretName and configMapName"},
	{name: "certificates on request", spec: clientAuth("{mode: Request}"),
		field:   "spec.listeners[0].tls.clientAuth.mode",
		message: `supported values: "None", "Require"`},
}

func tls(block string) string {
	return "listeners:\n- name: a\n  port: 8883\n  tls: " + block
}

func clientAuth(block string) string { return tls("{generated: {}, clientAuth: " + block + "}") }
