// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"log/slog"
	"net"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/server"
)

// broker is what the process needs of the server; tests put a fake in its place.
type broker interface {
	Run(ctx context.Context) error
	Reload(cfg *config.Config) error
	RefreshCertificates()
	Hurry() bool
	SetReloader(reload func(ctx context.Context) error)
	NoteReload(err error)
	Ready() <-chan struct{}
	Addresses() []net.Addr
}

// opener makes a broker from a Config.
type opener func(cfg *config.Config, log *slog.Logger) (broker, error)

func openServer(cfg *config.Config, log *slog.Logger) (broker, error) {
	s, err := server.New(cfg, log)
	if err != nil {
		return nil, err
	}
	return s, nil
}
