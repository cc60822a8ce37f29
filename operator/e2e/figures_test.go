// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Ours: how many times longer something may take than is promised before a test fails. The promise
// is for a cluster that has nothing else to do; here compilers and other tests may run beside it.
const tolerance = 4

// duration tells how long something took, and what was promised.
func duration(t *testing.T, what string, took, promised time.Duration) {
	t.Helper()
	figure(t, "%-52s %8.1f s (promised: %.0f s)", what, took.Seconds(), promised.Seconds())
	if took > tolerance*promised {
		t.Errorf("%s took %v, %d times what is promised", what, took, int(took/promised))
	}
}

// figure is a line for people.
func figure(t *testing.T, format string, a ...any) {
	t.Helper()
	line := fmt.Sprintf(format, a...)
	t.Log(line)
	path := os.Getenv(figuresVariable)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Fatal(err)
	}
}
