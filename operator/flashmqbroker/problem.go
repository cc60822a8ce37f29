// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/apply"
)

// invalid is what only a user can put right.
type invalid struct {
	reason  v1alpha1.ConditionReason
	message string
}

func (e *invalid) Error() string { return e.message }

// failed sorts what has gone wrong. What a user has to put right is said in conditions, and trying
// again would not help: the next change of the broker, or of what it refers to, brings us back. All
// else is returned, to be tried again.
func (p *pass) failed(s *step, err error) error {
	var user *invalid
	reason, message := v1alpha1.ReasonApplyFailed, s.name+": "+err.Error()
	again := false
	switch {
	case errors.Is(err, apply.ErrUnseen):
		p.comeBack(p.Now().Add(time.Second)) // when the cache shows it, we hear of it sooner
		return nil
	case errors.As(err, &user):
		reason, message = user.reason, user.message
	case errors.Is(err, apply.ErrForeign):
		reason, again = v1alpha1.ReasonNameTaken, true // its end would tell us nothing
		message = err.Error() + ": remove it or give the FlashMQBroker another name"
	case apierrors.IsForbidden(err):
		again = true
		message = err.Error() + ": give the operator's ServiceAccount this right"
	case apierrors.IsInvalid(err):
	case apierrors.IsConflict(err), errors.Is(err, context.Canceled):
		return err // it goes by itself
	default:
		p.told.False(s.tells, reason, message)
		return err
	}
	kind := s.tells
	if v1alpha1.SaysReason(v1alpha1.ConditionConfigValid, metav1.ConditionFalse, reason) {
		kind = v1alpha1.ConditionConfigValid // it is about the spec
	}
	p.told.False(kind, reason, message)
	p.told.True(v1alpha1.ConditionStalled, reason, message)
	if again {
		p.comeBack(p.Now().Add(retryForeign))
	}
	return nil
}
