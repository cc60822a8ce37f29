// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"strings"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// always are the conditions that are there from the first visit.
var always = []v1alpha1.ConditionType{v1alpha1.ConditionReady, v1alpha1.ConditionAvailable,
	v1alpha1.ConditionConfigValid, v1alpha1.ConditionConfigApplied,
	v1alpha1.ConditionCertificatesReady, v1alpha1.ConditionProxyReady,
	v1alpha1.ConditionClientAddressPreserved, v1alpha1.ConditionUpgradeAvailable,
	v1alpha1.ConditionRolloutSettled, v1alpha1.ConditionPaused}

// parts make Ready, the ones that explain the others first.
var parts = []v1alpha1.ConditionType{v1alpha1.ConditionConfigValid,
	v1alpha1.ConditionAvailable, v1alpha1.ConditionCertificatesReady,
	v1alpha1.ConditionConfigApplied, v1alpha1.ConditionProxyReady}

// summarize makes the sum of what the steps have told.
func (p *pass) summarize() {
	if !p.broker.Spec.ProxyEnabled() {
		p.told.True(v1alpha1.ConditionProxyReady, v1alpha1.ReasonNotEnabled, "")
	}
	p.told.Pending(v1alpha1.ReasonPending, "not looked at yet", always...)
	p.told.Summarize(v1alpha1.ConditionReady, v1alpha1.ReasonReady, "", parts...)
	ready := p.told.Get(v1alpha1.ConditionReady)
	if ready.Status == "True" || ready.Reason == string(v1alpha1.ReasonScaledToZero) ||
		p.told.Get(v1alpha1.ConditionStalled) != nil ||
		on(p.broker.Spec.Paused) {
		p.told.Absent(v1alpha1.ConditionReconciling)
		return
	}
	p.told.True(v1alpha1.ConditionReconciling, v1alpha1.ReasonProgressing, ready.Message)
}

// From the definition of a FlashMQBroker: what its status may hold.
const (
	mostWarnings   = 32
	longestWarning = 1024
	mostEndpoints  = 128
)

// bound leaves out what the API server would refuse a status for.
func bound(s *v1alpha1.FlashMQBrokerStatus) {
	if n := len(s.Warnings); n > mostWarnings {
		s.Warnings = append(s.Warnings[:mostWarnings-1:mostWarnings-1],
			fmt.Sprintf("and %d more", n-mostWarnings+1))
	}
	for i, w := range s.Warnings {
		if len(w) > longestWarning {
			s.Warnings[i] = strings.ToValidUTF8(w[:longestWarning-3], "") + "..."
		}
	}
	if len(s.Endpoints) > mostEndpoints {
		s.Endpoints = s.Endpoints[:mostEndpoints]
	}
}
