// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokeradmin"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
	"github.com/flashmq/flashmq/operator/resources"
)

// Ours: how often drain --wait looks.
const drainInterval = time.Second

type drainFlags struct {
	*session
	yes, wait bool
	timeout   time.Duration
}

func drainCommand(s *session) *cobra.Command {
	f := &drainFlags{session: s}
	c := &cobra.Command{
		Use:   "drain NAME",
		Short: "Let a broker's Clients go now, and start it again",
		Long: text(`
Ask a broker to drain now: it is not ready any more, lets its Clients go as spec.drain
says, and ends; then its StatefulSet starts it again. This does not wait for windows
or approval.

The broker is asked at its administration port, through the API server: that takes the
rights to get the Secret NAME-admin and to create pods/portforward.`),
		Example: `  kubectl flashmq drain factory -n plant --wait`,
		Args:    oneName, ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args[0])
		},
	}
	yesFlag(c, &f.yes)
	c.Flags().BoolVar(&f.wait, "wait", false,
		"wait until the broker is ready again, and show how it goes")
	c.Flags().DurationVar(&f.timeout, "timeout", 10*time.Minute, "how long --wait waits")
	return c
}

func (f *drainFlags) run(ctx context.Context, name string) error {
	if err := f.connect(); err != nil {
		return err
	}
	b, err := f.broker(ctx, name)
	if err != nil {
		return err
	}
	pods, err := f.running(ctx, b)
	if err != nil {
		return err
	}
	token, err := f.token(ctx, b)
	if err != nil {
		return err
	}
	admin, err := f.admin()
	if err != nil {
		return err
	}
	fmt.Fprintf(f.Out, "%s/%s: %s\n", b.Namespace, b.Name, forecast.Disconnected(b, &b.Spec))
	if err := f.confirm(b, "Drain", f.yes); err != nil {
		return err
	}
	for i := range pods {
		if _, err := admin.Drain(ctx, adminAddress(pods[i].Name), token); err != nil {
			return fmt.Errorf("pod %s: %w", pods[i].Name, err)
		}
		fmt.Fprintf(f.Out, "%s: drains; it ends when its Clients are gone, and the StatefulSet "+
			"starts it again\n", pods[i].Name)
	}
	if !f.wait {
		return nil
	}
	for i := range pods {
		w := &drainWatch{drainFlags: f, admin: admin, token: token, before: &pods[i]}
		if err := w.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// running are the broker's pods that can be asked.
func (f *drainFlags) running(
	ctx context.Context, b *v1alpha1.FlashMQBroker,
) (out []corev1.Pod, err error) {
	pods, err := f.pods(ctx, b, resources.Broker)
	if err != nil {
		return nil, err
	}
	for i := range pods {
		if pods[i].DeletionTimestamp == nil && pods[i].Status.Phase == corev1.PodRunning {
			out = append(out, pods[i])
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no pod of %s/%s runs: there is nothing to drain", b.Namespace,
			b.Name)
	}
	return out, nil
}

// drainWatch waits for one pod.
type drainWatch struct {
	*drainFlags
	admin  *brokeradmin.Client
	token  string
	before *corev1.Pod
	said   string
}

func (w *drainWatch) run(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	// Requests have a limit of their own, so that the last one says what there is to say.
	err := wait.PollUntilContextCancel(limited, drainInterval, true,
		func(context.Context) (bool, error) {
			each, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return w.look(each)
		})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%s is not ready again after %s: see kubectl describe pod -n %s %s",
			w.before.Name, w.timeout, w.before.Namespace, w.before.Name)
	}
	return err
}

// look tells how far it is.
func (w *drainWatch) look(ctx context.Context) (done bool, err error) {
	pod := &corev1.Pod{}
	err = w.client.Get(ctx, client.ObjectKeyFromObject(w.before), pod)
	switch {
	case apierrors.IsNotFound(err):
		w.say("has ended")
		return false, nil
	case apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err):
		return false, err
	case err != nil: // it will be reachable again
		w.say("cannot be looked at: " + explain(err))
		return false, nil
	case pod.UID == w.before.UID && restarts(pod) == restarts(w.before):
		w.progress(ctx)
		return false, nil
	case isReady(pod):
		w.say("is ready again")
		return true, nil
	}
	w.say("has ended, and starts again")
	return false, nil
}

// progress tells how many connections are left.
func (w *drainWatch) progress(ctx context.Context) {
	r, err := w.admin.Report(ctx, adminAddress(w.before.Name), w.token)
	switch {
	case err != nil:
		w.say("does not answer, it is about to end")
	case r.Draining != nil:
		w.say(fmt.Sprintf("%d connections are left", r.Draining.Remaining))
	}
}

// say says what is new.
func (w *drainWatch) say(what string) {
	if what != w.said {
		w.said = what
		fmt.Fprintf(w.Out, "%s: %s\n", w.before.Name, what)
	}
}

func restarts(pod *corev1.Pod) (n int32) {
	for _, c := range pod.Status.ContainerStatuses {
		n += c.RestartCount
	}
	return n
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}
