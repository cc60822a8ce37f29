// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"slices"
	"sync/atomic"
	"time"
)

// Lag is how late one loop does what is due, so how long a Client waits for its turn there. The
// loop measures it about once a second; any goroutine may look.
type Lag struct {
	latest, average atomic.Int64 // nanoseconds
	measured        atomic.Int64 // instant of the latest measurement; 0: none yet
	samples         [lagSamples]int64
	taken           int
}

// FlashMQ: the average is of so many measurements.
const lagSamples = 16

// measure notes that what was due at the instant due is done at now.
func (g *Lag) measure(due, now int64) {
	late := max(0, now-due)
	g.samples[g.taken%lagSamples] = late
	g.taken++
	n := min(g.taken, lagSamples)
	var sum int64
	for _, sample := range g.samples[:n] {
		sum += sample
	}
	g.latest.Store(late)
	g.average.Store(sum / int64(n))
	g.measured.Store(now)
}

// Latest is the latest measurement.
func (g *Lag) Latest() time.Duration { return time.Duration(g.latest.Load()) }

// Average is that of the latest measurements.
func (g *Lag) Average() time.Duration { return time.Duration(g.average.Load()) }

// Overdue is how late the loop is at the instant now with its next measurement: it has not turned
// for so long. It is 0 before the first one.
func (g *Lag) Overdue(now int64) time.Duration {
	measured := g.measured.Load()
	if measured == 0 {
		return 0
	}
	return time.Duration(max(0, now-measured-shareEvery))
}

// at is the average, or more when the loop is already later than that with its next measurement.
func (g *Lag) at(now int64) int64 { return max(g.average.Load(), int64(g.Overdue(now))) }

// compareLags tells Watch how late half of the loops, or more, are. Every loop does, so that one
// that is stuck does not go unnoticed.
func (b *Broker) compareLags(now int64) {
	all := make([]int64, len(b.Lags))
	for i := range b.Lags {
		all[i] = b.Lags[i].at(now)
	}
	slices.Sort(all)
	if b.Watch != nil {
		b.Watch(time.Duration(all[len(all)/2]))
	}
}
