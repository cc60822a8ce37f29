// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"log/slog"
	"runtime"
	"time"
)

// Options of a Reactor. The zero value of each field stands for the default named with it.
type Options struct {
	// Loops is the number of loops; GOMAXPROCS.
	Loops int
	// ReadBuffer is the most one read takes, the size of each loop's input buffer; 256 KiB.
	ReadBuffer int
	// Backlog of the listeners that name none; 4096.
	Backlog int
	// MailLimit is the weight of mail waiting for one loop above which the other loops stop
	// reading their sockets; 64 MiB.
	MailLimit int64
	// PoolLimit is what each loop's buffer.Pool keeps for reuse; 32 MiB.
	PoolLimit int
	// Linger is how many closed connections a loop waits for at a time, so that the peer can
	// still read the last bytes; further ones are closed at once; 1024.
	Linger int
	// LingerTime is how long it waits for each; 1 s.
	LingerTime time.Duration
	// Logger; slog.Default.
	Logger *slog.Logger
}

// Ours.
const (
	// defaultReadBuffer holds thousands of small packets, so a busy connection needs one read.
	defaultReadBuffer = 256 << 10
	// defaultBacklog lets a whole fleet reconnect at once; the kernel cuts it to somaxconn.
	defaultBacklog = 4096
	// defaultMailLimit is a fraction of a second of mail at full speed.
	defaultMailLimit = 64 << 20
	// defaultPoolLimit covers the working set of a loop with tens of thousands of busy clients.
	defaultPoolLimit = 32 << 20
	// defaultLinger bounds the descriptors that closed connections can hold.
	defaultLinger = 1024
	// defaultLingerTime is some round trips on a bad link.
	defaultLingerTime = time.Second
)

func (o Options) withDefaults() Options {
	orInt(&o.Loops, runtime.GOMAXPROCS(0))
	orInt(&o.ReadBuffer, defaultReadBuffer)
	orInt(&o.Backlog, defaultBacklog)
	orInt(&o.PoolLimit, defaultPoolLimit)
	orInt(&o.Linger, defaultLinger)
	if o.MailLimit <= 0 {
		o.MailLimit = defaultMailLimit
	}
	if o.LingerTime <= 0 {
		o.LingerTime = defaultLingerTime
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func orInt(value *int, otherwise int) {
	if *value <= 0 {
		*value = otherwise
	}
}
