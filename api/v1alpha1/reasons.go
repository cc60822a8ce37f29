// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// StatusReason is a status of a condition and a reason it may have then.
type StatusReason struct {
	Status metav1.ConditionStatus
	Reason ConditionReason
}

// ConditionTypes returns all types of conditions, in the order of the documentation.
func ConditionTypes() []ConditionType {
	all := make([]ConditionType, 0, len(conditionReasons))
	for _, c := range conditionReasons {
		all = append(all, c.kind)
	}
	return all
}

// Reasons returns what a condition of that type may say, nil when there is no such type. The
// summary Ready, and Stalled, may also have the reasons with which others are False.
func Reasons(kind ConditionType) []StatusReason {
	for _, c := range conditionReasons {
		if c.kind != kind {
			continue
		}
		var all []StatusReason
		for _, s := range []struct {
			status  metav1.ConditionStatus
			reasons []ConditionReason
		}{
			{metav1.ConditionTrue, c.whenTrue},
			{metav1.ConditionFalse, c.whenFalse},
			{metav1.ConditionUnknown, c.whenUnknown},
		} {
			for _, reason := range s.reasons {
				all = append(all, StatusReason{s.status, reason})
			}
		}
		return all
	}
	return nil
}

// SaysReason reports whether a condition of that type may have that status with that reason.
func SaysReason(kind ConditionType, status metav1.ConditionStatus, reason ConditionReason) bool {
	if slices.Contains(Reasons(kind), StatusReason{status, reason}) {
		return true
	}
	// A summary says why it is not what it should be with the words of the condition it sums up.
	switch kind {
	case ConditionReady:
		return status != metav1.ConditionTrue && saidByOthers(status, reason)
	case ConditionStalled:
		return status == metav1.ConditionTrue && saidByOthers(metav1.ConditionFalse, reason)
	}
	return false
}

func saidByOthers(status metav1.ConditionStatus, reason ConditionReason) bool {
	return slices.ContainsFunc(conditionReasons, func(c conditionReason) bool {
		return c.blocking && slices.Contains(Reasons(c.kind), StatusReason{status, reason})
	})
}

// conditionReason is what one condition may say.
type conditionReason struct {
	kind ConditionType
	// blocking conditions keep Ready from being True.
	blocking                         bool
	whenTrue, whenFalse, whenUnknown []ConditionReason
}

// pods are the reasons why pods are not ready.
var pods = []ConditionReason{ReasonNoReadyPods, ReasonImagePullFailed, ReasonCrashLooping,
	ReasonUnschedulable}

var pending = []ConditionReason{ReasonPending}

var conditionReasons = []conditionReason{
	{kind: ConditionReady, whenTrue: []ConditionReason{ReasonReady}, whenUnknown: pending},
	{kind: ConditionAvailable, blocking: true,
		whenTrue:    []ConditionReason{ReasonPodsReady},
		whenFalse:   slices.Concat(pods, []ConditionReason{ReasonScaledToZero, ReasonApplyFailed}),
		whenUnknown: pending},
	{kind: ConditionConfigValid, blocking: true,
		whenTrue: []ConditionReason{ReasonValid},
		whenFalse: []ConditionReason{ReasonInvalidKey, ReasonReservedKey, ReasonPatchFailed,
			ReasonPortConflict, ReasonUnknownVersion, ReasonNameTaken, ReasonSecretMissing,
			ReasonConfigMapMissing},
		whenUnknown: pending},
	{kind: ConditionConfigApplied, blocking: true,
		whenTrue: []ConditionReason{ReasonApplied},
		whenFalse: []ConditionReason{ReasonPropagating, ReasonRestartRequired,
			ReasonRejectedByBroker, ReasonApplyFailed},
		whenUnknown: []ConditionReason{ReasonPending, ReasonNoReport, ReasonScaledToZero}},
	{kind: ConditionCertificatesReady, blocking: true,
		whenTrue: []ConditionReason{ReasonCertificatesLoaded, ReasonNoTLS},
		whenFalse: []ConditionReason{ReasonSecretMissing, ReasonConfigMapMissing,
			ReasonInvalidCertificate, ReasonKeyMismatch, ReasonExpiring, ReasonExpired,
			ReasonCertManagerNotInstalled, ReasonIssuerNotReady, ReasonPropagating,
			ReasonRejectedByBroker, ReasonApplyFailed},
		whenUnknown: []ConditionReason{ReasonPending, ReasonNoReport, ReasonScaledToZero}},
	{kind: ConditionProxyReady, blocking: true,
		whenTrue: []ConditionReason{ReasonPodsReady, ReasonNotEnabled},
		whenFalse: slices.Concat(pods, []ConditionReason{ReasonPropagating, ReasonConfigRejected,
			ReasonNoBackends, ReasonApplyFailed}),
		whenUnknown: []ConditionReason{ReasonPending, ReasonNoReport}},
	{kind: ConditionClientAddressPreserved,
		whenTrue: []ConditionReason{ReasonHeadersSeen},
		whenFalse: []ConditionReason{ReasonNoHeaderSeen, ReasonUntrustedSender,
			ReasonAllFromNodeIPs},
		whenUnknown: []ConditionReason{ReasonPending, ReasonNotConfigured, ReasonNoClients,
			ReasonNoReport}},
	{kind: ConditionRolloutSettled,
		whenTrue: []ConditionReason{ReasonSettled},
		whenFalse: []ConditionReason{ReasonAwaitingApproval, ReasonAwaitingWindow,
			ReasonAwaitingTurn, ReasonInProgress, ReasonPaused, ReasonStuck},
		whenUnknown: pending},
	{kind: ConditionUpgradeAvailable,
		whenTrue:    []ConditionReason{ReasonNewerVersion},
		whenFalse:   []ConditionReason{ReasonUpToDate},
		whenUnknown: []ConditionReason{ReasonPending, ReasonOwnImage}},
	{kind: ConditionPaused,
		whenTrue:    []ConditionReason{ReasonPaused},
		whenFalse:   []ConditionReason{ReasonNotPaused},
		whenUnknown: pending},
	{kind: ConditionReconciling, whenTrue: []ConditionReason{ReasonProgressing}},
	{kind: ConditionStalled, whenTrue: []ConditionReason{ReasonStuck}},
}
