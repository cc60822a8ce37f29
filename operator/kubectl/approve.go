// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
)

type approveFlags struct {
	*session
	yes bool
}

func approveCommand(s *session) *cobra.Command {
	f := &approveFlags{session: s}
	c := &cobra.Command{
		Use:   "approve NAME",
		Short: "Approve the restart that waits, with update.strategy Manual",
		Long: text(`
Approve the restart that waits, by setting the annotation flashmq.io/approve of the broker
to the revision that waits. A later change waits for an approval of its own.`),
		Example: `  kubectl flashmq status factory # says why a restart waits
  kubectl flashmq approve factory -n plant`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args[0])
		},
	}
	yesFlag(c, &f.yes)
	return c
}

func (f *approveFlags) run(ctx context.Context, name string) error {
	if err := f.connect(); err != nil {
		return err
	}
	b, err := f.broker(ctx, name)
	if err != nil {
		return err
	}
	switch revision := pending(b); {
	case revision == "":
		return fmt.Errorf("no restart of %s/%s waits: there is nothing to approve", b.Namespace,
			b.Name)
	case !isManual(b):
		return fmt.Errorf("the restart of %s/%s begins %s, and approval counts only with "+
			"update.strategy Manual", b.Namespace, b.Name, forecast.When(b, f.Now()))
	case b.Annotations[v1alpha1.ApproveAnnotation] == revision:
		fmt.Fprintf(f.Out, "%s/%s: it is approved already; %s\n", b.Namespace, b.Name, follow(b))
		return nil
	}
	why := ""
	if r := b.Status.Restart; r != nil {
		why = strings.Join(append([]string{r.Reason}, r.Keys...), ", ") + "; "
	}
	fmt.Fprintf(f.Out, "%s/%s: %s%s\n", b.Namespace, b.Name, why,
		forecast.Disconnected(b, &b.Spec))
	if err := f.confirm(b, "Approve the restart of", f.yes); err != nil {
		return err
	}
	if err := f.annotate(ctx, b, v1alpha1.ApproveAnnotation, pending(b)); err != nil {
		return err
	}
	fmt.Fprintf(f.Out, "%s/%s: approved; %s\n", b.Namespace, b.Name, follow(b))
	return nil
}
