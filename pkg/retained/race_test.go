// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// TestSettersAtOnce: several setters store and remove the same few topics, so that nodes
// come and go under one another's hands. What each of them did last to a topic of its own must
// stand, and so must a value in topics that all of them share.
func TestSettersAtOnce(t *testing.T) {
	t.Parallel()
	const setters, rounds = 4, 3000
	s := New(Options{})
	s.Set(message("a/stays/b", "1"), 0)
	var setting, searching sync.WaitGroup
	var done atomic.Bool
	for i := range setters {
		setting.Go(func() {
			for round := range rounds {
				// Each topic is the parent of the next one.
				for _, name := range []string{"a", "a/b", "a/b/c"} {
					own := fmt.Sprintf("%s/%d", name, i)
					s.Set(message(own, fmt.Sprint(round)), 0)
					if m := s.Get(own, 0); m == nil || string(m.Payload) != fmt.Sprint(round) {
						t.Errorf("%s was lost", own)
					}
					s.Set(message(name, fmt.Sprint(i)), 0)
					s.Set(message(name, ""), 0)
					if round < rounds-1 {
						s.Set(message(own, ""), 0)
						if s.Get(own, 0) != nil {
							t.Errorf("%s has come back", own)
						}
					}
				}
			}
			s.Set(message("a/b", "last"), 0)
		})
	}
	for range 2 {
		searching.Go(func() {
			for !done.Load() {
				stays := 0
				for q := s.Search("a/#", 0); ; {
					m, end := q.Next(0, 2)
					if end {
						break
					}
					if m != nil && m.Topic == "a/stays/b" {
						stays++
					}
				}
				if stays != 1 {
					t.Errorf("what stays was found %d times", stays)
				}
			}
		})
	}
	setting.Wait()
	done.Store(true)
	searching.Wait()
	settled(t, s)
	if got := len(found(s, "#", 0)); got != setters*3+2 {
		t.Errorf("%d messages are left, want %d", got, setters*3+2)
	}
}

// TestOneTopicAtOnce: the totals are right however many setters meet in one topic, and what is
// found last is what one of them set last.
func TestOneTopicAtOnce(t *testing.T) {
	t.Parallel()
	const setters, rounds = 4, 20_000
	s := New(Options{})
	s.Set(message("a/b", "keeps the nodes"), 0)
	var setting sync.WaitGroup
	for i := range setters {
		setting.Go(func() {
			// Messages of another size each, so that a lost update shows in the totals.
			m := expiring("a", strings.Repeat("x", 1+i), int64(i))
			for round := range rounds {
				if s.Set(m, 0); round%3 == 0 {
					s.Set(message("a", ""), 0)
				}
			}
			s.Set(m, 0)
		})
	}
	setting.Wait()
	settled(t, s)
	if s.Get("a", -1) == nil {
		t.Error("nothing is left")
	}
}

// TestStoreIntoRemovedNode is the race between a setter that has found a node and a remover that
// prunes it, step by step.
func TestStoreIntoRemovedNode(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	s.Set(message("a/b", "1"), 0)
	found := s.names.Find("a/b")
	s.Set(message("a/b", ""), 0)
	late := &stored{message: message("a/b", "2")}
	if _, ok := s.put(&s.names, found, late, &Options{}); ok {
		t.Fatal("stored where nobody finds it")
	}
	s.create(&s.names, late, &Options{})
	if m := s.Get("a/b", 0); m != late.message {
		t.Error("not stored")
	}
	settled(t, s)
	s.prune(&s.names, s.names.Find("a/b")) // by a remover that comes too late itself
	if m := s.Get("a/b", 0); m != late.message {
		t.Error("pruned with its message")
	}
	settled(t, s)
}

// TestExpireAtOnce: a sweep beside setters takes away nothing that is not due.
func TestExpireAtOnce(t *testing.T) {
	t.Parallel()
	const topics, rounds = 20, 500
	s := New(Options{MaxMessages: topics + 5})
	var done atomic.Bool
	var setting, sweeping sync.WaitGroup
	for i := range 3 {
		setting.Go(func() {
			for round := range rounds {
				for j := range topics {
					m := expiring(fmt.Sprintf("%d/%d", j%5, j), fmt.Sprint(i), math.MaxInt64)
					if (round+j+i)%3 == 0 && round < rounds-1 {
						m.Expires = 1
					}
					s.Set(m, 0)
				}
			}
		})
	}
	sweeping.Go(func() {
		for !done.Load() {
			s.Expire(1, 7, func(m *mqtt.Message) {
				if m.Expires != 1 {
					t.Errorf("%q has gone too early", m.Topic)
				}
			})
		}
	})
	setting.Wait()
	done.Store(true)
	sweeping.Wait()
	settled(t, s)
	if got := len(found(s, "#", 0)); got > topics || got == 0 {
		t.Errorf("%d messages are left of %d topics", got, topics)
	}
}
