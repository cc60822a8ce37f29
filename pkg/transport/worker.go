// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"runtime"
	"sync"
	"syscall"
)

// Ours: what workers leave to others, as far as the kernel knows (nice(2)). A loop that wakes then
// interrupts a worker at once. Loops that never sleep leave a worker a hundredth of a processor.
const niceness = 19

// worker is a thread that does the work of handshakes, step by step: a step ends where a handshake
// has to wait for its peer.
type worker struct {
	mu    *sync.Mutex  // of all workers of Handshakes; nothing else is locked under it
	some  sync.Cond    // there is a step, or no more will come
	steps []*handshake // that can go on; stale where another worker has it now. Guarded by mu
	over  bool         // guarded by mu
	// nice says that its steps can wait until loops have nothing to do.
	nice bool
}

func newWorker(mu *sync.Mutex, nice bool) *worker {
	return &worker{mu: mu, some: sync.Cond{L: mu}, nice: nice}
}

// run is the goroutine. It never gives its thread back, whose priority nobody else should get; and
// a coroutine of a goroutine that has a thread of its own has to stay on it.
func (w *worker) run() {
	if w.nice {
		runtime.LockOSThread()
		// When somebody forbids it, it is not nice.
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), niceness)
	}
	for h := w.next(); h != nil; h = w.next() {
		h.step()
	}
}

// next waits for a step; nil when there will be none.
func (w *worker) next() *handshake {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.steps) == 0 {
			if w.over {
				return nil
			}
			w.some.Wait()
		}
		h := w.steps[0]
		w.steps[0] = nil
		if w.steps = w.steps[1:]; len(w.steps) == 0 {
			w.steps = nil // or its memory would move on for ever
		}
		if h.worker == w {
			h.due, h.begun = false, true
			return h
		}
	}
}

// add has a handshake go on. Calling it twice before that is calling it once. Under mu.
func (w *worker) add(h *handshake) {
	if !h.due {
		h.due = true
		w.steps = append(w.steps, h)
		w.some.Signal()
	}
}

func (w *worker) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.some.Signal()
}
