// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package result

import (
	"time"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/account"
)

// NewStage divides what broker and generator used by what was done.
func NewStage(
	name, unit string, count int64, took time.Duration, used account.Usage, generator time.Duration,
) Stage {
	s := Stage{Name: name, Unit: unit, Count: count, Seconds: took.Seconds()}
	if took > 0 {
		s.PerSecond = float64(count) / took.Seconds()
		s.BrokerShare = used.CPU.Seconds() / took.Seconds()
		s.GeneratorShare = generator.Seconds() / took.Seconds()
	}
	if count > 0 {
		user, system := used.Split()
		s.CPU = micros(used.CPU) / float64(count)
		s.User = micros(user) / float64(count)
		s.System = micros(system) / float64(count)
		s.GeneratorCPU = micros(generator) / float64(count)
	}
	return s
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
