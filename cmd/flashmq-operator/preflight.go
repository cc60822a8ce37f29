// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// watched are the kinds without which the operator cannot even begin, by their groups.
var watched = []struct{ group, resources string }{
	{"flashmq.io", "flashmqbrokers"},
	{"", "configmaps pods secrets serviceaccounts services"},
	{"apps", "deployments statefulsets"},
	{"networking.k8s.io", "networkpolicies"},
	{"policy", "poddisruptionbudgets"},
}

// preflight makes sure that the operator may read what it watches. Without, its memory would never
// be filled, and it would wait for that without a word. Rights to write are asked for when they are
// needed: then a condition says which one is missing.
func preflight(ctx context.Context, c client.Client, namespaces []string) error {
	if len(namespaces) == 0 {
		namespaces = []string{""} // all
	}
	var missing []string
	for _, namespace := range namespaces {
		for _, group := range watched {
			for _, resource := range strings.Fields(group.resources) {
				for _, verb := range []string{"list", "watch"} {
					allowed, err := may(ctx, c, namespace, group.group, resource, verb)
					if err != nil {
						return fmt.Errorf("ask for our own rights: %w", err)
					}
					if !allowed {
						missing = append(missing, inWords(namespace, group.group, resource, verb))
					}
				}
			}
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("the operator's ServiceAccount lacks these rights: %s; give them, or say "+
		"with --namespaces where it has them", strings.Join(missing, ", "))
}

func may(
	ctx context.Context, c client.Client, namespace, group, resource, verb string,
) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace,
				Group: group, Resource: resource, Verb: verb}}}
	err := c.Create(ctx, review)
	return review.Status.Allowed, err
}

// inWords tells of one right.
func inWords(namespace, group, resource, verb string) string {
	if group != "" {
		resource += "." + group
	}
	where := "in all namespaces"
	if namespace != "" {
		where = "in namespace " + namespace
	}
	return verb + " " + resource + " " + where
}
