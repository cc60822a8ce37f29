// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
)

// Ours.
const (
	// operatorPatience is how long restart --approve waits for the operator.
	operatorPatience = time.Minute
	// askAgain is how often the API server is asked meanwhile.
	askAgain = 500 * time.Millisecond
)

type restartFlags struct {
	*session
	yes, approve bool
}

func restartCommand(s *session) *cobra.Command {
	f := &restartFlags{session: s}
	c := &cobra.Command{
		Use:   "restart NAME",
		Short: "Restart a broker when its update strategy allows",
		Long: text(`
Restart a broker, by setting the annotation flashmq.io/restartedAt on it. The operator
restarts it when spec.update allows: at once, in a window, or after approval. It lets
its Clients go first, as spec.drain says.`),
		Example: `  kubectl flashmq restart factory -n plant
  kubectl flashmq restart factory --approve --yes`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args[0])
		},
	}
	yesFlag(c, &f.yes)
	c.Flags().BoolVar(&f.approve, "approve", false,
		"with update.strategy Manual, approve the restart as well")
	return c
}

func (f *restartFlags) run(ctx context.Context, name string) error {
	if err := f.connect(); err != nil {
		return err
	}
	b, err := f.broker(ctx, name)
	if err != nil {
		return err
	}
	if b.Spec.Replicas != nil && *b.Spec.Replicas == 0 {
		return fmt.Errorf("spec.replicas of %s/%s is 0: there is nothing to restart", b.Namespace,
			b.Name)
	}
	if f.approve && !isManual(b) {
		return errors.New("--approve is for brokers with update.strategy Manual: leave it out")
	}
	begins := forecast.When(b, f.Now())
	if f.approve {
		begins = "at once (approved here)"
	}
	fmt.Fprintf(f.Out, "%s/%s: %s; the restart begins %s\n", b.Namespace, b.Name,
		forecast.Disconnected(b, &b.Spec), begins)
	if r := b.Status.Restart; r != nil {
		fmt.Fprintf(f.Out, "%s/%s: another restart waits or is under way (%s); this one may be a "+
			"part of it\n", b.Namespace, b.Name, r.Reason)
	}
	if err := f.confirm(b, "Restart", f.yes); err != nil {
		return err
	}
	before := pending(b)
	at := f.Now().UTC().Format(time.RFC3339)
	if err := f.annotate(ctx, b, v1alpha1.RestartedAtAnnotation, at); err != nil {
		return err
	}
	if f.approve {
		if b, err = f.awaitPending(ctx, name, before); err != nil {
			return err
		}
		if err := f.annotate(ctx, b, v1alpha1.ApproveAnnotation, pending(b)); err != nil {
			return err
		}
	}
	fmt.Fprintf(f.Out, "%s/%s: restart requested; %s\n", b.Namespace, b.Name, follow(b))
	return nil
}

// awaitPending waits until the operator says which revision waits now.
func (f *restartFlags) awaitPending(
	ctx context.Context, name, before string,
) (b *v1alpha1.FlashMQBroker, err error) {
	err = wait.PollUntilContextTimeout(ctx, askAgain, operatorPatience, true,
		func(ctx context.Context) (bool, error) {
			if b, err = f.broker(ctx, name); err != nil {
				return false, err
			}
			return pending(b) != "" && pending(b) != before, nil
		})
	if wait.Interrupted(err) && ctx.Err() == nil {
		return nil, fmt.Errorf("the restart is requested, and the operator has not said within %s "+
			"what there is to approve: is it running? Then: kubectl flashmq approve %s",
			operatorPatience, name)
	}
	return b, err
}

func isManual(b *v1alpha1.FlashMQBroker) bool {
	return b.Spec.Update != nil && b.Spec.Update.Strategy == v1alpha1.UpdateManual
}

// pending is the revision that waits; empty when none does.
func pending(b *v1alpha1.FlashMQBroker) string {
	if b.Status.Revisions == nil {
		return ""
	}
	return string(b.Status.Revisions.PendingWorkload)
}
