// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
	"github.com/flashmq/flashmq/operator/resources"
)

type planFlags struct {
	*session
	files  []string
	output string
}

func planCommand(s *session) *cobra.Command {
	f := &planFlags{session: s}
	c := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "What applying files would do, beforehand",
		Long: text(`
What applying files would do to each FlashMQBroker in them, and why. Nothing is changed:
the API server is asked for a dry run, and what the operator would make of the result is
compared with what it has made of the broker that is there.

  new        the broker is made
  unchanged  nothing happens
  hot        it takes effect while the broker runs: no Client is disconnected
  restart    the broker is restarted, or stopped: its Clients are disconnected
  refused    the API server or the operator would refuse it

Objects that were applied before by kubectl apply are compared as kubectl apply does, all
others as kubectl apply --server-side does.

Exit code: 0 when all are new, unchanged or hot; 2 when one would be restarted; 1 when
one is refused, or in case of another error.`),
		Example: `  kubectl flashmq plan -f factory.yaml
  kustomize build . | kubectl flashmq plan -f -
  kubectl flashmq plan -f factory.yaml || test $? = 2 # in CI: only errors count`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context()) },
	}
	c.Flags().StringArrayVarP(&f.files, "filename", "f", nil,
		"file or folder with YAML or JSON, - for standard input; can be repeated")
	outputFlag(c, &f.output)
	return c
}

func (f *planFlags) run(ctx context.Context) error {
	if len(f.files) == 0 {
		return fmt.Errorf("give files with --filename")
	}
	if err := checkOutput(f.output); err != nil {
		return err
	}
	if err := f.connect(); err != nil {
		return err
	}
	brokers, others, err := readFiles(f.files, f.In)
	if err != nil {
		return err
	}
	if others > 0 {
		fmt.Fprintf(f.ErrOut, "%d objects of other kinds are not looked at.\n", others)
	}
	if len(brokers) == 0 {
		return fmt.Errorf("there is no FlashMQBroker in the files")
	}
	plans := make([]*forecast.Forecast, len(brokers))
	for i, b := range brokers {
		if plans[i], err = f.plan(ctx, b); err != nil {
			return err
		}
	}
	if err := f.show(f.Out, plans); err != nil {
		return err
	}
	return verdict(plans)
}

func (f *planFlags) show(w io.Writer, plans []*forecast.Forecast) error {
	if f.output != "" {
		return writeAs(w, f.output, plans)
	}
	for _, p := range plans {
		if err := p.Write(w); err != nil {
			return err
		}
	}
	return nil
}

// verdict is the exit code of all of them.
func verdict(plans []*forecast.Forecast) error {
	code := exitGood
	for _, p := range plans {
		switch {
		case p.Verdict == forecast.Refused:
			code = exitBad
		case p.Verdict == forecast.Restart && code == exitGood:
			code = exitRestart
		}
	}
	if code == exitGood {
		return nil
	}
	return &ended{code}
}

// plan forecasts what applying one object does. What the API server refuses is a Forecast, too.
func (f *planFlags) plan(
	ctx context.Context, wanted *unstructured.Unstructured,
) (*forecast.Forecast, error) {
	switch {
	case wanted.GetNamespace() == "":
		wanted.SetNamespace(f.namespace)
	case f.explicit && wanted.GetNamespace() != f.namespace:
		return nil, fmt.Errorf("FlashMQBroker %s is in namespace %s, and --namespace is %s",
			wanted.GetName(), wanted.GetNamespace(), f.namespace)
	}
	key := client.ObjectKeyFromObject(wanted)
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(wanted.GroupVersionKind())
	switch err := f.client.Get(ctx, key, live); {
	case apierrors.IsNotFound(err):
		live = nil
	case err != nil:
		return nil, err
	}
	facts := forecast.Facts{Now: f.Now()}
	next, err := f.dryRun(ctx, live, wanted)
	if isRefusal(err) {
		return &forecast.Forecast{Namespace: key.Namespace, Name: key.Name,
			Verdict: forecast.Refused, Error: explain(err)}, nil
	}
	if err != nil {
		return nil, err
	}
	if facts.Next, err = typed(next); err != nil {
		return nil, err
	}
	if live != nil {
		if facts.Live, err = typed(live); err != nil {
			return nil, err
		}
		facts.Certificates = f.certificates(ctx, facts.Live)
	}
	out := forecast.Of(facts)
	out.Notes = append(out.Notes, f.missing(ctx, facts.Next)...)
	return out, nil
}

// certificates are those that listeners have; nil when nobody may look.
func (f *planFlags) certificates(
	ctx context.Context, b *v1alpha1.FlashMQBroker,
) map[string][]byte {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: b.Namespace, Name: resources.CertificatesName(b)}
	if f.client.Get(ctx, key, secret) != nil || secret.Data == nil {
		return nil
	}
	return secret.Data
}

// missing notes the Secrets that listeners wait for.
func (f *planFlags) missing(ctx context.Context, b *v1alpha1.FlashMQBroker) (notes []string) {
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if l.TLS == nil || l.TLS.SecretName == "" {
			continue
		}
		key := client.ObjectKey{Namespace: b.Namespace, Name: string(l.TLS.SecretName)}
		if apierrors.IsNotFound(f.client.Get(ctx, key, &corev1.Secret{})) {
			notes = append(notes, fmt.Sprintf("listener %s waits for the Secret %s, which is not "+
				"there", l.Name, key.Name))
		}
	}
	return notes
}
