// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"sync"
	"time"
)

// verdict is what must become of a Will Message.
type verdict uint8

const (
	may   verdict = iota // nobody can know
	must                 // exactly once
	never                // not at all
)

var verdicts = [...]string{may: "may", must: "must", never: "must not"}

// will is the Will Message of one connection. It belongs to its actor, except for seen.
type will struct {
	payload string
	delay   time.Duration
	cut     time.Time // before the connection ended; zero while it has not
	verdict verdict
	seen    int // guarded by wills.mu
}

// wills are all of a round.
type wills struct {
	mu  sync.Mutex
	all map[string]*will
}

func (ws *wills) add(w *will) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.all == nil {
		ws.all = make(map[string]*will)
	}
	ws.all[w.payload] = w
}

// arrived notes one that was published; false when nobody has it.
func (ws *wills) arrived(payload string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := ws.all[payload]
	if w != nil {
		w.seen++
	}
	return w != nil
}

func (ws *wills) seen(w *will) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return w.seen > 0
}

// due reports whether all that must be published have been.
func (ws *wills) due() bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, w := range ws.all {
		if w.verdict == must && w.seen == 0 {
			return false
		}
	}
	return true
}

// ends tells that the connection is about to end without DISCONNECT, or with one that keeps the
// will. kept says that the Session goes on without it: then the Will Delay Interval is waited for.
// [MQTT-3.1.2-8]
func (w *will) ends(kept bool) {
	if w == nil || w.verdict != may {
		return
	}
	w.cut = time.Now()
	if w.delay == 0 || !kept {
		w.verdict = must
	}
}

// deleted tells that the Server has closed the connection after a DISCONNECT with Reason Code 0
// [MQTT-3.14.4-3].
func (w *will) deleted() {
	if w != nil {
		w.verdict = never
	}
}

// next tells that another connection of the same Client was accepted, with the Session resumed or
// not: a will that still waits is not published, or because of the Session's end [MQTT-3.1.3-9].
func (w *will) next(resumed bool) {
	if w == nil || w.verdict != may {
		return
	}
	waited := time.Duration(0)
	if !w.cut.IsZero() {
		waited = time.Since(w.cut)
	}
	switch {
	case !resumed || w.delay == 0:
		w.verdict = must
	case waited < w.delay:
		w.verdict = never
	}
}

// judge complains about wills of which too many or too few were published.
func (ws *wills) judge(failf func(string, ...any)) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, w := range ws.all {
		if w.seen > 1 || w.verdict == must && w.seen == 0 || w.verdict == never && w.seen > 0 {
			failf("will %q (delay %v) %s be published, and was %d times",
				w.payload, w.delay, verdicts[w.verdict], w.seen)
		}
	}
}

// count is the number of connections that had a will.
func (ws *wills) count() int {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.all)
}
