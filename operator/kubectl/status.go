// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/page"
	"github.com/flashmq/flashmq/operator/resources"
)

// Ours: how often status --watch looks.
const lookAgain = 2 * time.Second

type statusFlags struct {
	*session
	everywhere, watch bool
	output            string
}

func statusCommand(s *session) *cobra.Command {
	f := &statusFlags{session: s}
	c := &cobra.Command{
		Use:   "status [NAME]",
		Short: "How brokers are: a table of all, or a page of one",
		Long: text(`
How brokers are. Without a name: a table of all in the namespace. With one: a page with
what is not well and what to do about it, why a restart waits and the command that
approves it, endpoints to copy, certificates with the days they have left, the
revisions each pod runs, pods and warnings.`),
		Example: `  kubectl flashmq status -A
  kubectl flashmq status factory -n plant --watch
  kubectl flashmq status factory -o yaml`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args)
		},
	}
	c.Flags().BoolVarP(&f.everywhere, "all-namespaces", "A", false, "the brokers of all namespaces")
	c.Flags().BoolVarP(&f.watch, "watch", "w", false,
		"show it again when it changes, until interrupted")
	outputFlag(c, &f.output)
	return c
}

// outputFlag adds -o.
func outputFlag(c *cobra.Command, into *string) {
	c.Flags().StringVarP(into, "output", "o", "", "json or yaml instead of text")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"},
		cobra.ShellCompDirectiveNoFileComp))
}

func (f *statusFlags) run(ctx context.Context, args []string) error {
	if len(args) > 0 && f.everywhere {
		return fmt.Errorf("a name and --all-namespaces exclude each other")
	}
	if err := checkOutput(f.output); err != nil {
		return err
	}
	if err := f.connect(); err != nil {
		return err
	}
	look := f.table
	if len(args) > 0 {
		look = func(ctx context.Context) (view, error) { return f.page(ctx, args[0]) }
	}
	if f.watch {
		return f.again(ctx, look)
	}
	show, err := look(ctx)
	if err != nil {
		return err
	}
	return show(f.Out, f.Now())
}

// view shows what was seen, with ages as of a moment.
type view func(w io.Writer, now time.Time) error

// again shows what has changed, whenever it has. A request that fails is said, and made again.
func (f *statusFlags) again(ctx context.Context, look func(context.Context) (view, error)) error {
	began, before := f.Now(), ""
	err := wait.PollUntilContextCancel(ctx, lookAgain, true,
		func(ctx context.Context) (bool, error) {
			show, err := look(ctx)
			if err != nil {
				if before == "" || ctx.Err() != nil {
					return false, err
				}
				show = complaint(err)
			}
			var same bytes.Buffer // as if it were still the beginning: time alone is no change
			if err := show(&same, began); err != nil || same.String() == before {
				return false, err
			}
			if before != "" {
				fmt.Fprintf(f.Out, "\n--- %s\n", f.Now().Format(time.TimeOnly))
			}
			before = same.String()
			return false, show(f.Out, f.Now())
		})
	if ctx.Err() != nil {
		return nil // it was interrupted, which is how it ends
	}
	return err
}

func complaint(err error) view {
	return func(w io.Writer, _ time.Time) error {
		_, err := fmt.Fprintln(w, explain(err))
		return err
	}
}

// table looks at all brokers.
func (f *statusFlags) table(ctx context.Context) (view, error) {
	var list v1alpha1.FlashMQBrokerList
	in, where := client.InNamespace(f.namespace), "in namespace "+f.namespace
	if f.everywhere {
		in, where = "", "in the cluster"
	}
	if err := f.client.List(ctx, &list, in); err != nil {
		return nil, err
	}
	return func(w io.Writer, now time.Time) error {
		switch {
		case f.output != "":
			return f.objects(w, &list)
		case len(list.Items) == 0:
			_, err := fmt.Fprintln(w, "There are no FlashMQBrokers "+where+".")
			return err
		}
		return page.Table(w, list.Items, f.everywhere, now)
	}, nil
}

// page looks at one.
func (f *statusFlags) page(ctx context.Context, name string) (view, error) {
	b, err := f.broker(ctx, name)
	if err != nil {
		return nil, err
	}
	facts := page.Facts{Broker: b}
	if f.output == "" {
		f.lookAtPods(ctx, &facts)
	}
	return func(w io.Writer, now time.Time) error {
		if f.output != "" {
			return writeAs(w, f.output, plain(b))
		}
		facts.Now = now
		return page.Write(w, facts)
	}, nil
}

// lookAtPods does what it can: who may see brokers may not see pods.
func (f *statusFlags) lookAtPods(ctx context.Context, facts *page.Facts) {
	var err error
	if facts.Pods, err = f.pods(ctx, facts.Broker, resources.Broker); err == nil {
		facts.Proxies, err = f.pods(ctx, facts.Broker, resources.Proxy)
	}
	if err != nil {
		facts.Unread = append(facts.Unread, "pods: "+explain(err))
	}
}

// objects writes a list as it is.
func (f *statusFlags) objects(w io.Writer, list *v1alpha1.FlashMQBrokerList) error {
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("FlashMQBrokerList"))
	for i := range list.Items {
		list.Items[i] = *plain(&list.Items[i])
	}
	return writeAs(w, f.output, list)
}

// plain is a broker as people want to see it.
func plain(b *v1alpha1.FlashMQBroker) *v1alpha1.FlashMQBroker {
	out := b.DeepCopy()
	out.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("FlashMQBroker"))
	out.ManagedFields = nil
	return out
}

func checkOutput(format string) error {
	if format != "" && format != "json" && format != "yaml" {
		return fmt.Errorf("--output %s: give json or yaml", format)
	}
	return nil
}

func writeAs(w io.Writer, format string, v any) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	text, err := yaml.Marshal(v)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}
