// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// ErrStopped closes the connections that are open when the Reactor stops.
var ErrStopped = errors.New("reactor: stopped")

// Reactor runs loops that share nothing but their mail.
type Reactor struct {
	options Options
	handler Handler
	log     *slog.Logger
	loops   []*Loop
	start   time.Time
	stock   stock
	nap     int // milliseconds, see napFor; set before the loops start
	panics  atomic.Int64
	// congested is the number of loops whose inbox is above MailLimit.
	congested atomic.Int32
	// stopping tells the loops to end at their next turn.
	stopping atomic.Bool

	// mu guards the life of the Reactor and its listeners.
	mu        sync.Mutex
	listeners map[*Listener]struct{}
	started   bool
	stopped   bool
	// rounds are where the ending loops wait for each other.
	rounds [stopRounds]sync.WaitGroup
	ended  sync.WaitGroup
	done   chan struct{}
}

// New makes a Reactor with its loops; Start or Run sets them going.
func New(o Options, h Handler) (*Reactor, error) {
	o = o.withDefaults()
	r := &Reactor{
		options: o, handler: h, log: o.Logger, start: time.Now(),
		listeners: make(map[*Listener]struct{}), done: make(chan struct{}),
	}
	for i := range o.Loops {
		l, err := newLoop(r, i)
		if err != nil {
			r.release()
			return nil, err
		}
		r.loops = append(r.loops, l)
	}
	return r, nil
}

// Loops returns the loops. The slice belongs to the Reactor.
func (r *Reactor) Loops() []*Loop { return r.loops }

// Panics is the number of panics recovered from the Handler.
func (r *Reactor) Panics() int64 { return r.panics.Load() }

// Run starts the loops and stops them when ctx is done.
func (r *Reactor) Run(ctx context.Context) error {
	if err := r.Start(); err != nil {
		return err
	}
	<-ctx.Done()
	r.Stop()
	return nil
}

// Start sets the loops going, each on a goroutine locked to its thread. Stop waits for them.
func (r *Reactor) Start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started || r.stopped {
		return errors.New("reactor: started twice or after its end")
	}
	r.started = true
	r.nap = napFor(len(r.loops))
	for i := range r.rounds {
		r.rounds[i].Add(len(r.loops))
	}
	for _, l := range r.loops {
		r.ended.Go(l.run)
	}
	return nil
}

// Stop closes the listeners, then every connection with ErrStopped, and waits until all loops have
// ended. It must not be called from a Handler callback.
func (r *Reactor) Stop() {
	r.mu.Lock()
	if r.stopped {
		r.mu.Unlock()
		<-r.done
		return
	}
	r.stopped = true
	started, listeners := r.started, r.listeners
	r.listeners = nil
	r.mu.Unlock()

	for ln := range listeners {
		ln.close()
	}
	r.stopping.Store(true)
	for _, l := range r.loops {
		l.wake()
		if !started {
			l.readMail() // nobody else will take the listeners out
		}
	}
	r.ended.Wait()
	r.release()
	close(r.done)
}

// release gives back what the loops hold of the kernel's, after their end.
func (r *Reactor) release() {
	for _, l := range r.loops {
		l.release()
	}
}

// Clock is the present instant, on the scale of Loop.Now. Any goroutine may ask.
func (r *Reactor) Clock() int64 { return r.clock() }

// clock is the number of nanoseconds since the Reactor was made, plus one so that it is never 0.
func (r *Reactor) clock() int64 { return int64(time.Since(r.start)) + 1 }
