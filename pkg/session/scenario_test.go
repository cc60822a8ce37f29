// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package session_test

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// TestScenarios plays the scripts of testdata; package scenario explains their language.
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.Run(t, "testdata")
}
