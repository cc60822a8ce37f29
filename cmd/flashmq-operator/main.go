// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/pkg/version"
)

func main() {
	os.Exit(run(ctrl.SetupSignalHandler(), os.Args[1:], os.Stdout, os.Stderr))
}

// Ours: the exit codes.
const (
	exitGood  = 0
	exitBad   = 1
	exitUsage = 2
)

// Ours: an operator that cannot renew its lease has to end, and to be started again. The lease
// lasts longer than usual, so that an API server may be away for a minute. Brokers do not miss an
// operator whose node has vanished; podLease helps in all other cases.
const (
	leaseDuration = 137 * time.Second
	renewDeadline = 107 * time.Second
	retryPeriod   = 5 * time.Second
)

// run is the process, until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, flags, err := readSettings(args, stdout)
	switch {
	case errors.Is(err, errHelp):
		return exitGood
	case err != nil:
		fmt.Fprintln(stderr, "flashmq-operator:", err)
		return exitUsage
	}
	if show, _ := flags.GetBool("version"); show {
		fmt.Fprintln(stdout, "flashmq-operator", version.Info())
		return exitGood
	}
	operator.SaveMemory()
	logger := newLogger(s, stderr)
	log.SetLogger(logger)
	logger.Info("starting", "version", version.Info().String(), "namespaces", s.namespaces,
		"selector", s.selector.String(), "image", s.image, "leaderElection", s.elect)
	if err := serve(ctx, s, logger); err != nil {
		logger.Error(err, "the operator cannot go on")
		return exitBad
	}
	return exitGood
}

// serve runs the operator in the cluster that the environment leads to.
func serve(ctx context.Context, s *settings, logger logr.Logger) error {
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme, err := operator.Scheme()
	if err != nil {
		return err
	}
	managing := s.managing(scheme, logger)
	if managing.LeaderElectionResourceLockInterface, err = s.lock(config); err != nil {
		return err
	}
	return operate(ctx, config, managing, s.operating())
}

// managing is what the settings say about the manager.
func (s *settings) managing(scheme *runtime.Scheme, logger logr.Logger) ctrl.Options {
	lease, renew, retry := leaseDuration, renewDeadline, retryPeriod
	return ctrl.Options{
		Scheme: scheme, Logger: logger, Cache: operator.Cache(s.namespaces, s.selector),
		Client:                        operator.Client(),
		Metrics:                       metricsserver.Options{BindAddress: s.metricsAddress},
		HealthProbeBindAddress:        s.healthAddress,
		LeaderElection:                s.elect,
		LeaderElectionID:              leaseName,
		LeaderElectionNamespace:       s.electNamespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &lease,
		RenewDeadline:                 &renew,
		RetryPeriod:                   &retry,
	}
}

// operating is what they say about the controllers.
func (s *settings) operating() operator.Options {
	return operator.Options{Namespaces: s.namespaces, Image: s.image,
		ProxyImage: s.proxyImage, AgentImage: s.agentImage, Namespace: s.namespace,
		ClusterDomain: s.clusterDomain, Rollouts: s.rollouts, Workers: s.workers}
}

// operate runs a manager with the rights of config, until ctx is done.
func operate(
	ctx context.Context, config *rest.Config, managing ctrl.Options, operating operator.Options,
) error {
	m, err := ctrl.NewManager(config, managing)
	if err != nil {
		return err
	}
	if err := preflight(ctx, m.GetClient(), operating.Namespaces); err != nil {
		return err
	}
	for _, add := range []func(string, healthz.Checker) error{m.AddHealthzCheck, m.AddReadyzCheck} {
		if err := add("ping", healthz.Ping); err != nil {
			return err
		}
	}
	if err := operator.Register(m, operating); err != nil {
		return err
	}
	return m.Start(ctx)
}

// newLogger writes lines as the broker does.
func newLogger(s *settings, w io.Writer) logr.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo,
		"warning": slog.LevelWarn, "error": slog.LevelError}[s.logLevel]
	o := &slog.HandlerOptions{Level: level}
	if s.logFormat == "text" {
		return logr.FromSlogHandler(slog.NewTextHandler(w, o))
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(w, o))
}
