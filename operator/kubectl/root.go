// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/flashmq/flashmq/pkg/version"
)

// Options are what the commands need besides their arguments.
type Options struct {
	In          io.Reader
	Out, ErrOut io.Writer
	Now         func() time.Time
}

// Exit codes.
const (
	exitGood = 0
	exitBad  = 1
	// exitRestart is what plan says when applying would restart a broker.
	exitRestart = 2
)

// ended is how a command ends that has said all there is to say.
type ended struct{ code int }

func (e *ended) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Run runs one command, until ctx is done. It writes errors itself, one line each.
func Run(ctx context.Context, args []string, o Options) (code int) {
	root := New(o)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var end *ended
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &end):
		return end.code
	}
	fmt.Fprintln(o.ErrOut, "error: "+explain(err))
	return exitBad
}

// New returns the command with all commands below it.
func New(o Options) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-flashmq",
		Short: "Look after FlashMQBrokers",
		Long: text(`
Look after FlashMQBrokers: how they are, what a change would do, restarts, drains, logs,
and an archive for bug reports.`),
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl flashmq"},
		Version:           version.Info().String(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		Args:              cobra.NoArgs,
	}
	root.SetVersionTemplate("kubectl-flashmq {{.Version}}\n")
	root.SetIn(o.In)
	root.SetOut(o.Out)
	root.SetErr(o.ErrOut)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: see %s --help", err, c.CommandPath())
	})
	s := &session{Options: o, flags: connectionFlags()}
	s.flags.AddFlags(root.PersistentFlags())
	for _, add := range []func(*session) *cobra.Command{statusCommand, planCommand,
		restartCommand, approveCommand, drainCommand, logsCommand, reportCommand} {
		root.AddCommand(add(s))
	}
	_ = root.RegisterFlagCompletionFunc("namespace", s.completeNamespaces)
	return root
}

// connectionFlags are those of kubectl that say which cluster is meant, and as whom.
func connectionFlags() *genericclioptions.ConfigFlags {
	all := genericclioptions.NewConfigFlags(true)
	flags := &genericclioptions.ConfigFlags{KubeConfig: all.KubeConfig, Context: all.Context,
		ClusterName: all.ClusterName, AuthInfoName: all.AuthInfoName, Namespace: all.Namespace,
		Impersonate: all.Impersonate, ImpersonateGroup: all.ImpersonateGroup, Timeout: all.Timeout}
	return flags
}

// text is one that begins on a line of its own.
func text(t string) string { return strings.TrimPrefix(t, "\n") }

// oneName is for commands about one broker.
func oneName(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("give the name of one FlashMQBroker: see %s --help", c.CommandPath())
	}
	return nil
}
