// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// verdict is what a condition says.
type verdict struct {
	good, unknown bool
	reason        v1alpha1.ConditionReason
	message       string
}

func yes(reason v1alpha1.ConditionReason, message string) *verdict {
	return &verdict{true, false, reason, message}
}

func no(reason v1alpha1.ConditionReason, message string) *verdict {
	return &verdict{false, false, reason, message}
}

func unknown(reason v1alpha1.ConditionReason, message string) *verdict {
	return &verdict{false, true, reason, message}
}

func (p *pass) tell(kind v1alpha1.ConditionType, v *verdict) {
	status := metav1.ConditionFalse
	switch {
	case v.good:
		status = metav1.ConditionTrue
	case v.unknown:
		status = metav1.ConditionUnknown
	}
	p.told.Tell(kind, status, v.reason, v.message)
}
