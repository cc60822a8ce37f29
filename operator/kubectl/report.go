// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/flashmq/flashmq/operator/kubectl/bundle"
)

// Ours: a cluster that does not answer is a part of the report.
const reportPatience = 3 * time.Minute

type reportFlags struct {
	*session
	file string
}

func reportCommand(s *session) *cobra.Command {
	f := &reportFlags{session: s}
	c := &cobra.Command{
		Use:   "report NAME",
		Short: "An archive for a bug report, without secrets",
		Long: text(`
Write an archive for a bug report: the FlashMQBroker and its children, flashmq.conf,
events, pods, logs (5,000 lines of each container, and of the one before), what each
broker says about itself, the logs of the operator, and versions.

Secrets are not in it: of each there are its keys, how long the values are and the
beginning of their SHA-256, and what certificates say in clear text. The values, wherever
else they stand, and values of environment variables are taken out. Client Identifiers,
user names, topics and addresses in logs are not: look at it before you give it away.

What cannot be read is listed in errors.txt, and the rest is there all the same.`),
		Example:           `  kubectl flashmq report factory -n plant -o report.zip`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args[0])
		},
	}
	c.Flags().StringVarP(&f.file, "output", "o", "",
		"file to write, - for standard output (default flashmq-report-NAMESPACE-NAME-TIME.zip)")
	return c
}

func (f *reportFlags) run(ctx context.Context, name string) error {
	if err := f.connect(); err != nil {
		return err
	}
	b, err := f.broker(ctx, name)
	if err != nil {
		return err
	}
	now := f.Now()
	if f.file == "" {
		f.file = fmt.Sprintf("flashmq-report-%s-%s-%s.zip", b.Namespace, b.Name,
			now.UTC().Format("20060102-150405"))
	}
	ctx, cancel := context.WithTimeout(ctx, reportPatience)
	defer cancel()
	c := &collector{session: f.session, ctx: ctx, broker: b, archive: &bundle.Archive{},
		names: map[string]bool{b.Name: true}}
	c.all()
	if f.file == "-" {
		return c.archive.Write(f.Out, now)
	}
	err = create(f.file, func(w io.Writer) error { return c.archive.Write(w, now) })
	if err != nil {
		return err
	}
	fmt.Fprintf(f.Out, "wrote %s; look at it before you give it away\n", f.file)
	if n := len(c.archive.Failures()); n > 0 {
		fmt.Fprintf(f.Out, "%d things could not be read: see errors.txt in it\n", n)
	}
	return nil
}

// create writes a file that does not exist yet, for nobody else to read.
func create(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return fmt.Errorf("%s is there already: give another name with --output", name)
	}
	if err != nil {
		return err
	}
	err = write(file)
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(name) // half an archive is none
	}
	return err
}
