// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ConditionType is the type of a condition of a FlashMQBroker. docs/conditions.md is made from the
// comments in this file.
type ConditionType string

// All are there from the first visit, except Reconciling and Stalled, which are there only while
// they are True. True is good, except with those two and UpgradeAvailable and Paused, which are
// neither good nor bad.
const (
	// ConditionReady sums up: the broker serves, and each process runs what this generation asks
	// for. When it is False, the reason is that of the first condition that stands in the way.
	ConditionReady ConditionType = "Ready"
	// ConditionAvailable says whether enough pods serve, by what they say themselves.
	ConditionAvailable ConditionType = "Available"
	// ConditionConfigValid says whether the spec makes sense with everything it refers to, and the
	// broker's parser accepts the configuration made of it.
	ConditionConfigValid ConditionType = "ConfigValid"
	// ConditionConfigApplied says whether every pod reports the wanted configuration.
	ConditionConfigApplied ConditionType = "ConfigApplied"
	// ConditionCertificatesReady says whether every listener with TLS has loaded a valid
	// certificate.
	ConditionCertificatesReady ConditionType = "CertificatesReady"
	// ConditionProxyReady says whether the HAProxy tier is up with the wanted configuration.
	ConditionProxyReady ConditionType = "ProxyReady"
	// ConditionClientAddressPreserved says whether recent connections came with the addresses of
	// Clients.
	ConditionClientAddressPreserved ConditionType = "ClientAddressPreserved"
	// ConditionRolloutSettled says whether no change that needs a restart is outstanding.
	ConditionRolloutSettled ConditionType = "RolloutSettled"
	// ConditionUpgradeAvailable says whether the operator offers a newer version.
	ConditionUpgradeAvailable ConditionType = "UpgradeAvailable"
	// ConditionPaused says whether spec.paused keeps the operator from changing anything.
	ConditionPaused ConditionType = "Paused"
	// ConditionReconciling is there while the operator works towards the spec (kstatus).
	ConditionReconciling ConditionType = "Reconciling"
	// ConditionStalled is there while only the user can help; its reason is that of the condition
	// that says with what (kstatus).
	ConditionStalled ConditionType = "Stalled"
)

// ConditionReason is the reason of a condition of a FlashMQBroker.
type ConditionReason string

// The closed list of reasons. conditionReasons says which condition has which.
const (
	// ReasonPending: not looked at yet.
	ReasonPending ConditionReason = "Pending"
	// ReasonReady: everything is as the spec wants it.
	ReasonReady ConditionReason = "Ready"
	// ReasonApplyFailed: the API server refused something the operator wanted to write; the message
	// says what.
	ReasonApplyFailed ConditionReason = "ApplyFailed"

	// ReasonPodsReady: enough pods are ready.
	ReasonPodsReady ConditionReason = "PodsReady"
	// ReasonNoReadyPods: pods are there, and none is ready yet.
	ReasonNoReadyPods ConditionReason = "NoReadyPods"
	// ReasonScaledToZero: the spec asks for 0 replicas.
	ReasonScaledToZero ConditionReason = "ScaledToZero"
	// ReasonImagePullFailed: the node cannot get the image.
	ReasonImagePullFailed ConditionReason = "ImagePullFailed"
	// ReasonCrashLooping: the container ends again and again; the message has its last line.
	ReasonCrashLooping ConditionReason = "CrashLooping"
	// ReasonUnschedulable: no node takes the pod.
	ReasonUnschedulable ConditionReason = "Unschedulable"

	// ReasonValid: the configuration was accepted.
	ReasonValid ConditionReason = "Valid"
	// ReasonInvalidKey: a key or value in config.extra that the broker refuses.
	ReasonInvalidKey ConditionReason = "InvalidKey"
	// ReasonReservedKey: a key in config.extra, or a word in the proxy's extra lines, that is the
	// operator's.
	ReasonReservedKey ConditionReason = "ReservedKey"
	// ReasonPatchFailed: a patch cannot be applied.
	ReasonPatchFailed ConditionReason = "PatchFailed"
	// ReasonPortConflict: two ports of one pod or Service are the same.
	ReasonPortConflict ConditionReason = "PortConflict"
	// ReasonUnknownVersion: the operator knows no image for spec.version.
	ReasonUnknownVersion ConditionReason = "UnknownVersion"
	// ReasonNameTaken: an object of that name is there and is not the operator's.
	ReasonNameTaken ConditionReason = "NameTaken"
	// ReasonSecretMissing: a Secret that is referred to, or a key in it, does not exist.
	ReasonSecretMissing ConditionReason = "SecretMissing"
	// ReasonConfigMapMissing: a ConfigMap that is referred to, or a key in it, does not exist.
	ReasonConfigMapMissing ConditionReason = "ConfigMapMissing"

	// ReasonApplied: every pod reports what is wanted.
	ReasonApplied ConditionReason = "Applied"
	// ReasonPropagating: it is written, and not every pod reports it yet.
	ReasonPropagating ConditionReason = "Propagating"
	// ReasonRestartRequired: it takes effect with the next restart.
	ReasonRestartRequired ConditionReason = "RestartRequired"
	// ReasonRejectedByBroker: a pod refused it and goes on with what it had.
	ReasonRejectedByBroker ConditionReason = "RejectedByBroker"
	// ReasonNoReport: a pod does not say what it runs.
	ReasonNoReport ConditionReason = "NoReport"

	// ReasonCertificatesLoaded: all certificates are valid and loaded.
	ReasonCertificatesLoaded ConditionReason = "CertificatesLoaded"
	// ReasonNoTLS: no listener has TLS.
	ReasonNoTLS ConditionReason = "NoTLS"
	// ReasonInvalidCertificate: a certificate cannot be read, or does not lead to its authority.
	ReasonInvalidCertificate ConditionReason = "InvalidCertificate"
	// ReasonKeyMismatch: key and certificate do not belong together.
	ReasonKeyMismatch ConditionReason = "KeyMismatch"
	// ReasonExpiring: a certificate ends soon and nobody has renewed it.
	ReasonExpiring ConditionReason = "Expiring"
	// ReasonExpired: a certificate has ended.
	ReasonExpired ConditionReason = "Expired"
	// ReasonCertManagerNotInstalled: there is an issuerRef, and the cluster has no cert-manager.
	ReasonCertManagerNotInstalled ConditionReason = "CertManagerNotInstalled"
	// ReasonIssuerNotReady: cert-manager has not issued the certificate.
	ReasonIssuerNotReady ConditionReason = "IssuerNotReady"

	// ReasonNotEnabled: there is no HAProxy tier in the spec.
	ReasonNotEnabled ConditionReason = "NotEnabled"
	// ReasonConfigRejected: HAProxy refuses its configuration.
	ReasonConfigRejected ConditionReason = "ConfigRejected"
	// ReasonNoBackends: HAProxy has no broker to lead Clients to.
	ReasonNoBackends ConditionReason = "NoBackends"

	// ReasonHeadersSeen: connections come with the headers they should have.
	ReasonHeadersSeen ConditionReason = "HeadersSeen"
	// ReasonNoHeaderSeen: connections come without a header.
	ReasonNoHeaderSeen ConditionReason = "NoHeaderSeen"
	// ReasonUntrustedSender: headers come from addresses that may not send any.
	ReasonUntrustedSender ConditionReason = "UntrustedSender"
	// ReasonAllFromNodeIPs: nodes put their addresses in the place of those of Clients.
	ReasonAllFromNodeIPs ConditionReason = "AllFromNodeIPs"
	// ReasonNotConfigured: nothing in the spec asks for addresses of Clients.
	ReasonNotConfigured ConditionReason = "NotConfigured"
	// ReasonNoClients: there was no connection to judge by.
	ReasonNoClients ConditionReason = "NoClients"

	// ReasonSettled: no restart is outstanding.
	ReasonSettled ConditionReason = "Settled"
	// ReasonAwaitingApproval: the restart waits for the annotation flashmq.io/approve.
	ReasonAwaitingApproval ConditionReason = "AwaitingApproval"
	// ReasonAwaitingWindow: the restart waits for its window.
	ReasonAwaitingWindow ConditionReason = "AwaitingWindow"
	// ReasonAwaitingTurn: the restart waits for that of another broker.
	ReasonAwaitingTurn ConditionReason = "AwaitingTurn"
	// ReasonInProgress: the restart is under way.
	ReasonInProgress ConditionReason = "InProgress"
	// ReasonStuck: the new pod did not become ready in time.
	ReasonStuck ConditionReason = "Stuck"

	// ReasonNewerVersion: there is a newer one, in status.availableVersion.
	ReasonNewerVersion ConditionReason = "NewerVersion"
	// ReasonUpToDate: the operator has nothing newer.
	ReasonUpToDate ConditionReason = "UpToDate"
	// ReasonOwnImage: the spec names an image, so nothing is known about newer ones.
	ReasonOwnImage ConditionReason = "OwnImage"

	// ReasonPaused: the spec says so.
	ReasonPaused ConditionReason = "Paused"
	// ReasonNotPaused: the spec does not say so.
	ReasonNotPaused ConditionReason = "NotPaused"
	// ReasonProgressing: the operator works towards the spec.
	ReasonProgressing ConditionReason = "Progressing"
)

// GetConditions returns the conditions as they are.
func (b *FlashMQBroker) GetConditions() []metav1.Condition { return b.Status.Conditions }

// SetConditions replaces them. It keeps the slice.
func (b *FlashMQBroker) SetConditions(conditions []metav1.Condition) {
	b.Status.Conditions = conditions
}
