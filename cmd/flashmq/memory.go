// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"log/slog"
	"time"

	"github.com/flashmq/flashmq/pkg/hugepage"
)

// collapseHeap has the heap in huge pages until done is closed. Where that is not possible nothing
// is lost but speed, so nobody is bothered with it.
func collapseHeap(log *slog.Logger, done <-chan struct{}) {
	h, err := hugepage.New(func(d time.Duration) bool {
		select {
		case <-done:
			return false // a stop does not wait for the rest of a large heap
		case <-time.After(d):
			return true
		}
	})
	if err != nil {
		log.Debug("no huge pages", "cause", err)
		return
	}
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-done:
			tick.Stop()
			return
		case <-tick.C:
		}
		n, err := h.Look()
		if n > 0 {
			log.Debug("the heap has grown", "huge_pages", n)
		}
		if err != nil {
			log.Debug("no huge pages", "cause", err)
			tick.Stop()
			return
		}
	}
}
