// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator

import (
	"context"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/operator/optional"
)

// rights asks the API server what the operator may do in all of its namespaces, none of which
// stands for all of the cluster's. Everybody may ask that.
func rights(c client.Client, namespaces []string) optional.Rights {
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	return func(
		ctx context.Context, verb string, resource schema.GroupResource,
	) (allowed bool, err error) {
		for _, namespace := range namespaces {
			review := &authorizationv1.SelfSubjectAccessReview{}
			review.Spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
				Namespace: namespace, Verb: verb, Group: resource.Group,
				Resource: resource.Resource}
			err := c.Create(ctx, review)
			if err != nil || !review.Status.Allowed {
				return false, err
			}
		}
		return true, nil
	}
}
