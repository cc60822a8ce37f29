// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Options say what Run does.
type Options struct {
	// Listener is where connections go.
	Listener Listener
	// WebSocket is where those go that show how WebSocket is used (section 6): to Listener if this
	// is empty and that is for WebSocket. With neither, these Checks are Unsupported.
	WebSocket Listener
	// Versions are those whose Checks are run: 3.1.1, 5.0, or both.
	Versions []mqtt.Version
	// Only chooses Checks by name or clause; nil means all.
	Only *regexp.Regexp
	Mode Mode
	// Timeout bounds every wait for the server; 5 s if 0.
	Timeout time.Duration
	// Username and Password are sent with each CONNECT that has no reason to send others.
	Username, Password string

	prefix string // of Client Identifiers and topics: nobody else uses it
}

// Verdict is how a Check ended.
type Verdict string

// Ours: the verdicts.
const (
	Pass        Verdict = "pass"
	Fail        Verdict = "fail"
	Unsupported Verdict = "unsupported" // the Server says that it does not have the feature
)

// Result is what came of one Check.
type Result struct {
	Version string        `json:"version"`
	Clauses []string      `json:"clauses"`
	Name    string        `json:"name"`
	Verdict Verdict       `json:"verdict"`
	Message string        `json:"message,omitempty"` // empty for a pass
	Took    time.Duration `json:"nanoseconds"`
}

// patience is Options.Timeout if that is 0.
const patience = 5 * time.Second

// VersionsOf returns the versions that a name stands for: 3.1.1, 5.0 or all.
func VersionsOf(name string) ([]mqtt.Version, error) {
	switch name {
	case mqtt.V311.String():
		return []mqtt.Version{mqtt.V311}, nil
	case mqtt.V50.String():
		return []mqtt.Version{mqtt.V50}, nil
	case "all":
		return []mqtt.Version{mqtt.V311, mqtt.V50}, nil
	}
	return nil, fmt.Errorf("conformance: no version %q; there are 3.1.1, 5.0 and all", name)
}

// Run runs the chosen Checks, one after the other, and hands over each Result as soon as it is
// known. It fails, before the first, when the server cannot be reached.
func Run(o Options, yield func(Result)) error {
	o.prepare()
	conn, err := o.Listener.dial(max(o.Timeout, patience))
	if err != nil {
		return fmt.Errorf("conformance: %w", err)
	}
	_ = conn.Close() // it was only to see whether somebody is there
	number := 0
	o.each(func(v mqtt.Version, c Check) {
		number++
		yield(o.run(v, number, c))
	})
	return nil
}

// prepare fills in what the user left open. Two runs that begin within a microsecond of each other
// are not expected.
func (o *Options) prepare() {
	if o.Timeout == 0 {
		o.Timeout = patience
	}
	if o.Listener.Path != "" && o.WebSocket.Path == "" {
		o.WebSocket = o.Listener
	}
	o.prefix = strconv.FormatInt(time.Now().UnixMicro()%(36*36*36*36*36*36*36), 36)
}

// each calls f for every Check that the options choose.
func (o *Options) each(f func(v mqtt.Version, c Check)) {
	for _, v := range o.Versions {
		for _, c := range Checks(v) {
			if o.Only == nil || o.Only.MatchString(c.Name) ||
				o.Only.MatchString(strings.Join(c.Clauses, " ")) {
				f(v, c)
			}
		}
	}
}

// run runs one Check.
func (o *Options) run(v mqtt.Version, number int, c Check) Result {
	t := &T{o: o, version: v, number: number, streams: streams{mode: o.Mode},
		connected: map[any]bool{}}
	began := time.Now()
	t.perform(func() { c.Run(t) })
	t.finish()
	r := Result{Version: v.String(), Clauses: c.Clauses, Name: c.Name, Verdict: Pass,
		Took: time.Since(began)}
	switch {
	case len(t.errors) > 0:
		r.Verdict, r.Message = Fail, strings.Join(t.errors, "; ")
	case t.unsupported != "":
		r.Verdict, r.Message = Unsupported, t.unsupported
	}
	return r
}
