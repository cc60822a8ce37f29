// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"log/slog"
	"math"
	"syscall"

	"github.com/flashmq/flashmq/pkg/config"
)

// raiseFileLimit sets the number of files the process may open. What the system does not allow is
// logged, and as much as it allows is taken.
func raiseFileLimit(wanted int, log *slog.Logger) {
	if wanted <= 0 {
		return
	}
	now := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil {
		log.Warn("reading the limit of open files", "error", err)
		return
	}
	target := syscall.Rlimit{Cur: uint64(wanted), Max: max(uint64(wanted), now.Max)}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &target) == nil {
		return
	}
	target.Max = now.Max
	target.Cur = min(uint64(wanted), now.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &target); err != nil {
		log.Warn("rlimit_nofile", "wanted", wanted, "now", now.Cur, "error", err)
		return
	}
	if target.Cur < uint64(wanted) {
		log.Info("rlimit_nofile is above what this process may have",
			"wanted", wanted, "now", target.Cur)
	}
}

// connectionLimit is max_connections as a number to compare with.
func connectionLimit(c *config.Config) int64 {
	if c.MaxConnections == 0 {
		return math.MaxInt64
	}
	return int64(c.MaxConnections)
}
