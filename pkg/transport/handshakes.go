// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"container/list"
	"sync"
)

// Ours: nobody has to give way before a handshake has had so much time, in nanoseconds.
const fairTime = 1e9

// Handshakes bounds how many TLS handshakes are under way at once, of all loops. Those beyond it
// wait. For each that waits an old one gives way: peers that begin a handshake and say nothing more
// cannot keep everybody else out.
type Handshakes struct {
	mu      sync.Mutex
	limit   int       // guarded by mu
	running list.List // of *handshake, by age; guarded by mu
	waiting list.List // of *handshake, by age; guarded by mu
	stopped bool      // guarded by mu
	begun   int       // how many were admitted so far; guarded by mu
	under   sync.WaitGroup

	steps   sync.Mutex // of all workers
	workers []*worker  // that wait until loops have nothing to do
	late    *worker    // that does not; begun with the first handshake nobody had time for
	helps   bool       // the late one has begun; guarded by mu
	threads sync.WaitGroup
}

// NewHandshakes returns a bound of so many, which share a number of workers, one at least. The Go
// scheduler should have a processor for each worker besides those for the loops (GOMAXPROCS), or
// loops would wait in line with workers; and no more, or idle threads that look for work get in
// their way.
func NewHandshakes(limit, workers int) *Handshakes {
	x := &Handshakes{limit: limit}
	for range max(1, workers) {
		x.workers = append(x.workers, newWorker(&x.steps, true))
	}
	x.late = newWorker(&x.steps, false)
	return x
}

// SetLimit changes the bound. Handshakes under way are not affected.
func (x *Handshakes) SetLimit(limit int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.limit = limit
	x.admit()
}

// Count is how many are under way, and how many wait.
func (x *Handshakes) Count() (running, waiting int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.running.Len(), x.waiting.Len()
}

// Stop gives up all handshakes and waits until they and the workers have ended. There will be no
// more.
func (x *Handshakes) Stop() {
	x.mu.Lock()
	x.stopped = true
	for e := x.running.Front(); e != nil; e = e.Next() {
		e.Value.(*handshake).abort()
	}
	x.waiting.Init()
	x.mu.Unlock()
	x.under.Wait()
	for _, w := range append(x.workers, x.late) {
		w.stop()
	}
	x.threads.Wait()
}

// start begins a handshake at the instant now, or when its turn comes.
func (x *Handshakes) start(h *handshake, now int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h.began = now
	if x.running.Len() >= x.limit {
		x.evict(now)
	}
	h.place = x.waiting.PushBack(h)
	x.admit()
}

// remind makes room for a handshake that still waits for its turn. One that has its turn, but whose
// worker got no time from the kernel for long, goes to a worker that is not nice.
func (x *Handshakes) remind(h *handshake, now int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case !h.runs:
		x.evict(now)
	case now-h.began >= fairTime && !x.stopped:
		if !x.helps {
			x.helps = true
			x.threads.Go(x.late.run)
		}
		x.give(h, x.late)
	}
}

// evict makes the oldest one give way that has had its time. They end soon, not at once.
func (x *Handshakes) evict(now int64) {
	for e := x.running.Front(); e != nil; e = e.Next() {
		h := e.Value.(*handshake)
		if now-h.began < fairTime {
			return
		}
		if !h.evicted {
			h.evicted = true
			h.abort()
			return
		}
	}
}

// admit lets those run whose turn has come. Under mu.
func (x *Handshakes) admit() {
	for x.running.Len() < x.limit && x.waiting.Len() > 0 && !x.stopped {
		h := x.waiting.Remove(x.waiting.Front()).(*handshake)
		h.place, h.runs = x.running.PushBack(h), true
		w := x.workers[x.begun%len(x.workers)]
		if x.begun < len(x.workers) {
			x.threads.Go(w.run)
		}
		x.begun++
		x.under.Add(1)
		h.done = func() { x.ended(h) }
		x.give(h, w)
	}
}

// give lets a worker do the steps of a handshake that has not begun.
func (x *Handshakes) give(h *handshake, w *worker) {
	x.steps.Lock()
	defer x.steps.Unlock()
	if !h.begun && h.worker != w {
		h.worker, h.due = w, false
		w.add(h)
	}
}

func (x *Handshakes) ended(h *handshake) {
	defer x.under.Done()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.running.Remove(h.place)
	x.admit()
}

// giveUp ends a handshake whose connection is no more.
func (x *Handshakes) giveUp(h *handshake) {
	h.abort()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waiting.Remove(h.place) // nothing, when it runs
}
