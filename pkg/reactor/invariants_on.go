// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build invariants

package reactor

import (
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// invariants turns on what only tests pay for: a panicking Handler ends the process instead of one
// connection.
const invariants = true

// perturb changes what nobody may rely on: which loop is faster, the order of ready sockets, and
// whether mail is read before them.
func (l *Loop) perturb(events []unix.EpollEvent) {
	if rand.IntN(64) == 0 {
		time.Sleep(time.Duration(rand.IntN(2_000)) * time.Microsecond)
	}
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	if rand.IntN(4) == 0 {
		l.readMail()
	}
}
