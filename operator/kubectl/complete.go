// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// Ours: somebody has pressed a key and waits.
const completionPatience = 3 * time.Second

// completeNames offers the names of brokers as the first argument.
func (s *session) completeNames(
	c *cobra.Command, args []string, _ string,
) (names []string, directive cobra.ShellCompDirective) {
	if len(args) == 0 {
		var list v1alpha1.FlashMQBrokerList
		s.list(c, &list, func() { names = append(names, namesOf(list.Items)...) })
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func namesOf(list []v1alpha1.FlashMQBroker) (names []string) {
	for i := range list {
		names = append(names, list[i].Name)
	}
	return names
}

// completeNamespaces offers namespaces.
func (s *session) completeNamespaces(
	c *cobra.Command, _ []string, _ string,
) (names []string, directive cobra.ShellCompDirective) {
	var list corev1.NamespaceList
	s.list(c, &list, func() {
		for i := range list.Items {
			names = append(names, list.Items[i].Name)
		}
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

// list reads a list, and calls use if that works: nobody wants to see an error here.
func (s *session) list(c *cobra.Command, list client.ObjectList, use func()) {
	ctx, cancel := context.WithTimeout(c.Context(), completionPatience)
	defer cancel()
	if s.connect() != nil {
		return
	}
	var in []client.ListOption
	if _, ok := list.(*v1alpha1.FlashMQBrokerList); ok {
		in = append(in, client.InNamespace(s.namespace))
	}
	if s.client.List(ctx, list, in...) == nil {
		use()
	}
}
