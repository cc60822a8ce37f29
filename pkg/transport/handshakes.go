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
	group   sync.WaitGroup
}

// NewHandshakes returns a bound of so many.
func NewHandshakes(limit int) *Handshakes { return &Handshakes{limit: limit} }

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

// Stop gives up all handshakes and waits until their goroutines have ended. There will be no more.
func (x *Handshakes) Stop() {
	x.mu.Lock()
	x.stopped = true
	for e := x.running.Front(); e != nil; e = e.Next() {
		e.Value.(*handshake).abort()
	}
	x.waiting.Init()
	x.mu.Unlock()
	x.group.Wait()
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

// remind makes room for a handshake that still waits for its turn.
func (x *Handshakes) remind(h *handshake, now int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !h.runs {
		x.evict(now)
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
		x.group.Go(func() {
			defer x.ended(h)
			h.run()
		})
	}
}

func (x *Handshakes) ended(h *handshake) {
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
