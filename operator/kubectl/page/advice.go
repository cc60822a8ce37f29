// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package page

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// advice is what to do about a reason, in commands that can be copied. NAME and NAMESPACE are those
// of the broker.
var advice = map[v1alpha1.ConditionReason]string{
	v1alpha1.ReasonPending: "wait; if it stays so, look at the operator: " +
		"kubectl get pods -A -l app.kubernetes.io/name=flashmq-operator",
	v1alpha1.ReasonApplyFailed: "read the message: the API server has refused something that " +
		"the operator wanted to write",

	v1alpha1.ReasonNoReadyPods: "wait; if it stays so: kubectl describe pods -n NAMESPACE " +
		"-l flashmq.io/broker=NAME",
	v1alpha1.ReasonScaledToZero: "to start it: kubectl scale fmq NAME -n NAMESPACE --replicas=1",
	v1alpha1.ReasonImagePullFailed: "correct spec.image or spec.version, or give the credentials " +
		"of the registry in spec.imagePullSecrets",
	v1alpha1.ReasonCrashLooping: "read the message, and the log of the pod before: " +
		"kubectl flashmq logs NAME -n NAMESPACE --previous",
	v1alpha1.ReasonUnschedulable: "read the message: lower spec.resources, change " +
		"spec.podTemplate, or add nodes",

	v1alpha1.ReasonInvalidKey:  "correct the field that the message names",
	v1alpha1.ReasonReservedKey: "remove the key that the message names: the operator sets it",
	v1alpha1.ReasonPatchFailed: "correct the patch that the message names",
	v1alpha1.ReasonPortConflict: "give one of the two that the message names another port: " +
		"spec.listeners, spec.services",
	v1alpha1.ReasonUnknownVersion: "set spec.image, or start the operator with --image",
	v1alpha1.ReasonNameTaken: "remove the object that the message names, or give the " +
		"FlashMQBroker another name",
	v1alpha1.ReasonSecretMissing: "create the Secret, or the key in it, that the message names",
	v1alpha1.ReasonConfigMapMissing: "create the ConfigMap, or the key in it, that the message " +
		"names",

	v1alpha1.ReasonPropagating: "wait; if it stays so for minutes, look at the pod: " +
		"kubectl flashmq logs NAME -n NAMESPACE",
	v1alpha1.ReasonRestartRequired: "see Restart below",
	v1alpha1.ReasonRejectedByBroker: "the broker goes on with what it had; correct what the " +
		"message names",
	v1alpha1.ReasonNoReport: "see whether the operator can reach port 9090 of the broker's " +
		"pod, or 8405 of HAProxy's: a NetworkPolicy may be in the way",

	v1alpha1.ReasonInvalidCertificate: "bring a certificate, with the chain that leads to its " +
		"authority, that can be read",
	v1alpha1.ReasonKeyMismatch: "put the key and the certificate that belong together into the " +
		"Secret",
	v1alpha1.ReasonExpiring: "renew the certificate; it is taken over without a restart",
	v1alpha1.ReasonExpired:  "renew the certificate; it is taken over without a restart",
	v1alpha1.ReasonCertManagerNotInstalled: "install cert-manager, or use secretName or " +
		"generated instead of issuerRef",
	v1alpha1.ReasonIssuerNotReady: "ask cert-manager why: kubectl describe certificates " +
		"-n NAMESPACE -l flashmq.io/broker=NAME",

	v1alpha1.ReasonConfigRejected: "correct spec.proxy.extraGlobal or extraDefaults as the " +
		"message says",
	v1alpha1.ReasonNoBackends: "get the broker ready first: see Available",

	v1alpha1.ReasonNoHeaderSeen: "have the load balancer send PROXY headers, or remove " +
		"proxyProtocol or acceptFrom",
	v1alpha1.ReasonUntrustedSender: "add the network of the load balancer to " +
		"proxyProtocol.trustedCIDRs or proxy.acceptFrom",
	v1alpha1.ReasonAllFromNodeIPs: "set externalTrafficPolicy Local on the Service, or use " +
		"PROXY headers",

	v1alpha1.ReasonAwaitingApproval: "kubectl flashmq approve NAME -n NAMESPACE",
	v1alpha1.ReasonAwaitingWindow: "wait for the window, or set spec.update.strategy to " +
		"Automatic",
	v1alpha1.ReasonAwaitingTurn: "wait: other brokers restart first",
	v1alpha1.ReasonInProgress:   "wait",
	v1alpha1.ReasonStuck: "see why the new pod is not ready: kubectl describe pods -n NAMESPACE " +
		"-l flashmq.io/broker=NAME",
	v1alpha1.ReasonPaused:      "set spec.paused to false when you are done",
	v1alpha1.ReasonProgressing: "wait",
}

// todo is what to do about a condition of a broker; empty when there is nothing.
func todo(b *v1alpha1.FlashMQBroker, c *metav1.Condition) string {
	return strings.NewReplacer("NAMESPACE", b.Namespace, "NAME", b.Name).
		Replace(advice[v1alpha1.ConditionReason(c.Reason)])
}

// good tells whether a condition is nothing to worry about.
func good(c *metav1.Condition) bool {
	switch v1alpha1.ConditionType(c.Type) {
	case v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled:
		return c.Status == metav1.ConditionFalse
	case v1alpha1.ConditionUpgradeAvailable:
		return true
	case v1alpha1.ConditionPaused:
		return c.Status != metav1.ConditionTrue
	case v1alpha1.ConditionClientAddressPreserved:
		return c.Status != metav1.ConditionFalse
	}
	return c.Status == metav1.ConditionTrue
}
