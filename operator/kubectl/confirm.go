// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
)

// yesFlag adds --yes to a command that asks.
func yesFlag(c *cobra.Command, into *bool) {
	c.Flags().BoolVarP(into, "yes", "y", false, "do not ask, although Clients are connected")
}

// confirm asks whether to go on, if Clients are connected to a broker.
func (s *session) confirm(b *v1alpha1.FlashMQBroker, verb string, yes bool) error {
	if yes || forecast.Clients(b) == 0 {
		return nil
	}
	fmt.Fprintf(s.ErrOut, "%s %s/%s? [y/N] ", verb, b.Namespace, b.Name)
	answer, _ := bufio.NewReader(s.In).ReadString('\n') // nothing is a no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	fmt.Fprintln(s.ErrOut)
	return errors.New("nothing was done: answer y, or give --yes")
}

// annotate sets one annotation of a broker.
func (s *session) annotate(
	ctx context.Context, b *v1alpha1.FlashMQBroker, key, value string,
) error {
	before := b.DeepCopy()
	if b.Annotations == nil {
		b.Annotations = make(map[string]string)
	}
	b.Annotations[key] = value
	return s.client.Patch(ctx, b, client.MergeFrom(before), client.FieldOwner(fieldOwner))
}

// follow is the command that shows what happens now.
func follow(b *v1alpha1.FlashMQBroker) string {
	return fmt.Sprintf("follow it with: kubectl flashmq status %s -n %s -w", b.Name, b.Namespace)
}
