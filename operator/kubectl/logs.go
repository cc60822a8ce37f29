// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/operator/kubectl/podlogs"
	"github.com/flashmq/flashmq/operator/resources"
)

type logsFlags struct {
	*session
	component        string
	follow, previous bool
	since            time.Duration
	tail             int64
}

func logsCommand(s *session) *cobra.Command {
	f := &logsFlags{session: s}
	c := &cobra.Command{
		Use:   "logs NAME",
		Short: "Logs of a broker, or of the proxies before it",
		Long: text(`
Logs of all pods of a broker, or of the HAProxy tier before it. Where there are several
pods, the name of the pod stands before each line. With --follow they are shown until
the containers end.`),
		Example: `  kubectl flashmq logs factory -f --since 10m
  kubectl flashmq logs factory --component proxy --tail 100`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args[0])
		},
	}
	c.Flags().StringVar(&f.component, "component", string(resources.Broker), "broker or proxy")
	_ = c.RegisterFlagCompletionFunc("component", cobra.FixedCompletions(
		[]string{string(resources.Broker), string(resources.Proxy)},
		cobra.ShellCompDirectiveNoFileComp))
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with what is logged from now on")
	c.Flags().BoolVarP(&f.previous, "previous", "p", false,
		"of the containers that ran before, such as those that crashed")
	c.Flags().DurationVar(&f.since, "since", 0, "only lines newer than that, such as 10m")
	c.Flags().Int64Var(&f.tail, "tail", -1, "only the last lines of each pod, -1 for all")
	return c
}

func (f *logsFlags) run(ctx context.Context, name string) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	if err := f.connect(); err != nil {
		return err
	}
	b, err := f.broker(ctx, name)
	if err != nil {
		return err
	}
	pods, err := f.pods(ctx, b, resources.Component(f.component))
	if err != nil {
		return err
	}
	if len(pods) == 0 {
		return fmt.Errorf("%s/%s has no pods of the component %s: see kubectl flashmq status %s",
			b.Namespace, b.Name, f.component, b.Name)
	}
	var sources []podlogs.Source
	for i := range pods {
		sources = append(sources, podlogs.Source{Name: pods[i].Name,
			Open: f.opener(&pods[i], pods[i].Spec.Containers[0].Name, options)})
	}
	return podlogs.Copy(ctx, f.Out, sources)
}

// options are those that all pods are asked with.
func (f *logsFlags) options() (corev1.PodLogOptions, error) {
	o := corev1.PodLogOptions{Follow: f.follow, Previous: f.previous}
	if f.component != string(resources.Broker) && f.component != string(resources.Proxy) {
		return o, fmt.Errorf("--component %s: give broker or proxy", f.component)
	}
	if f.since < 0 {
		return o, fmt.Errorf("--since %s: give a time that is over, such as 10m", f.since)
	}
	if f.since > 0 {
		seconds := int64((f.since + time.Second - 1) / time.Second)
		o.SinceSeconds = &seconds
	}
	if f.tail >= 0 {
		o.TailLines = &f.tail
	}
	return o, nil
}

// opener opens the log of a container. The first container is the one that matters.
func (s *session) opener(
	pod *corev1.Pod, container string, o corev1.PodLogOptions,
) func(context.Context) (io.ReadCloser, error) {
	o.Container = container
	return s.set.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &o).Stream
}
