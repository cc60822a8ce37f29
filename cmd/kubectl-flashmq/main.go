// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/flashmq/flashmq/operator/kubectl"
)

func main() {
	log.SetLogger(logr.Discard()) // or a library would complain that nobody has
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	code := kubectl.Run(ctx, os.Args[1:], kubectl.Options{In: os.Stdin, Out: os.Stdout,
		ErrOut: os.Stderr, Now: time.Now})
	stop()
	os.Exit(code)
}
