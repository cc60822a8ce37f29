// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"fmt"
	"io"
)

// Write tells a Forecast to people.
func (o *Forecast) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("%s/%s: %s", o.Namespace, o.Name, o.headline())
	p.list("restart because of", o.Restart)
	p.list("without a restart", o.Hot)
	p.list("flashmq.conf", o.Config)
	p.list("proxy", o.Proxy)
	p.list("note", o.Notes)
	return p.err
}

func (o *Forecast) headline() string {
	switch o.Verdict {
	case Refused:
		return "refused: " + o.Error
	case Restart:
		return "restart: " + o.Reason
	}
	return string(o.Verdict)
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) list(title string, lines []string) {
	if len(lines) > 0 {
		p.line("  %s:", title)
	}
	for _, l := range lines {
		p.line("    %s", l)
	}
}
