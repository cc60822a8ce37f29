// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// Options of an operator. The zero value looks after all brokers of the cluster.
type Options struct {
	// Operator is passed on; what is not set gets a value that suits tests.
	Operator operator.Options
	// Selector chooses the brokers, by their labels.
	Selector map[string]string
	// Wire is one that may be cut already; a new one if nil.
	Wire *Wire
	// Config reaches the API server; the administrator's if nil.
	Config *rest.Config
	// Manager may change the rest, such as leader election.
	Manager func(*ctrl.Options)
}

// Operator is one that runs.
type Operator struct {
	// Wire is between it and the API server.
	Wire *Wire
	// Memory is what it has seen.
	Memory client.Reader

	logs  printed.Text
	stop  context.CancelFunc
	ended chan error
	once  sync.Once
	err   error
}

// Start starts an operator, which is stopped when the test ends, if it still runs then. It returns
// before the operator has read anything.
func (c *Cluster) Start(t testing.TB, o Options) *Operator {
	t.Helper()
	op := &Operator{Wire: o.Wire, ended: make(chan error, 1)}
	if op.Wire == nil {
		op.Wire = &Wire{}
	}
	if o.Config == nil {
		o.Config = c.Config
	}
	wired := rest.CopyConfig(o.Config)
	wired.Wrap(op.Wire.Wrap)
	skip := true // names are unique in a process, and tests run several operators
	options := ctrl.Options{Scheme: c.Client.Scheme(),
		Logger: logr.FromSlogHandler(slog.NewTextHandler(&op.logs, nil)),
		Cache: operator.Cache(o.Operator.Namespaces,
			labels.SelectorFromSet(o.Selector)),
		Client:     operator.Client(),
		Metrics:    server.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: &skip}}
	if o.Manager != nil {
		o.Manager(&options)
	}
	m, err := ctrl.NewManager(wired, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := operator.Register(m, c.complete(o.Operator)); err != nil {
		t.Fatal(err)
	}
	op.Memory = m.GetClient()
	var ctx context.Context
	ctx, op.stop = context.WithCancel(context.Background())
	go func() { op.ended <- m.Start(ctx) }()
	t.Cleanup(func() {
		if err := op.Stop(); err != nil {
			t.Errorf("an operator: %v", err)
		}
		if t.Failed() {
			lines := op.logs.Lines()
			t.Logf("the end of an operator's log:\n%s",
				strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
	})
	return op
}

// complete fills in what a test does not care about.
func (c *Cluster) complete(o operator.Options) operator.Options {
	if o.Image == "" {
		o.Image = "flashmq:1"
	}
	if o.ClusterDomain == "" {
		o.ClusterDomain = "cluster.local"
	}
	o.Rollouts, o.Workers = max(o.Rollouts, 1), max(o.Workers, 2)
	o.ProxyImage, o.AgentImage = "haproxy:1", "operator:1"
	if o.Report == nil {
		o.Report = c.Report
	}
	if o.ProxyStatus == nil {
		o.ProxyStatus = c.ProxyStatus
	}
	return o
}

// Stop ends the operator as SIGTERM does, and returns what it has ended with.
func (o *Operator) Stop() error {
	o.once.Do(func() {
		o.stop()
		o.err = <-o.ended
	})
	return o.err
}

// Kill ends the operator as SIGKILL does: nothing that it still wants to say is heard.
func (o *Operator) Kill() {
	o.Wire.Down(true)
	_ = o.Stop()
	o.err = nil // it complains about the wire
}

// Ended tells whether the operator has ended by itself, and with what.
func (o *Operator) Ended() (ended bool, err error) {
	select {
	case err := <-o.ended:
		o.ended <- err
		return true, err
	default:
		return false, nil
	}
}

// Logged are the lines of the log that have a text.
func (o *Operator) Logged(text string) []string { return o.logs.LinesWith(text) }

// everyone is the log of what knows no operator, such as the watches of client-go.
var everyone printed.Text

// LoggedByAnyone are the lines with a text of what does not know for which operator it works.
func LoggedByAnyone(text string) []string { return everyone.LinesWith(text) }

func init() { log.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(&everyone, nil))) }

// ErrNothing is returned by reports of pods that no broker has.
var ErrNothing = errors.New("operatortest: no broker has this token")
