// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package retained

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/topic"
)

func randomLevels(words string) string {
	levels := make([]string, 1+rand.IntN(4))
	for i := range levels {
		levels[i] = string(words[rand.IntN(len(words))])
		if levels[i] == "." {
			levels[i] = ""
		}
	}
	return strings.Join(levels, "/")
}

func randomFilter() string {
	for {
		if filter := randomLevels("abcd.$++#"); topic.CheckFilter(filter, 0) == nil {
			return filter
		}
	}
}

// twin is the slow store.
type twin map[string]*mqtt.Message

func (w twin) search(filter string, now int64) []string {
	got := []string{}
	for name, m := range w {
		if !m.Expired(now) && topic.Matches(filter, name) {
			got = append(got, name+"="+string(m.Payload))
		}
	}
	slices.Sort(got)
	return got
}

func randomName() string {
	for {
		if name := randomLevels("abcd.$"); name != "" {
			return name
		}
	}
}

// TestTwin does the same to the store and to its twin and compares what they find.
func TestTwin(t *testing.T) {
	t.Parallel()
	for range 10 {
		s, w := New(Options{}), twin{}
		for now := range int64(800) {
			name := randomName()
			switch n := rand.IntN(10); {
			case n < 3:
				_, had := w[name]
				if got := s.Set(message(name, ""), now); (got == Removed) != had {
					t.Fatalf("removing %q: %v", name, got)
				}
				delete(w, name)
			case n < 9:
				m := expiring(name, fmt.Sprint(now), now+int64(rand.IntN(300)))
				s.Set(m, now)
				w[name] = m
			default:
				s.Expire(now, 50, func(m *mqtt.Message) {
					if !m.Expired(now) || w[m.Topic] != m {
						t.Fatalf("%q has gone too early", m.Topic)
					}
					delete(w, m.Topic)
				})
			}
			filter := randomFilter()
			if got, want := found(s, filter, now), w.search(filter, now); !slices.Equal(got, want) {
				t.Fatalf("%q finds %q, want %q", filter, got, want)
			}
			if s.Count() != int64(len(w)) {
				t.Fatalf("counted %d, want %d", s.Count(), len(w))
			}
		}
		settled(t, s)
	}
}

// TestTwinInterleaved changes the store between the steps of a search: what is there all the time
// is found exactly once, what was never there is not found.
func TestTwinInterleaved(t *testing.T) {
	t.Parallel()
	for range 300 {
		s, w := New(Options{}), twin{}
		for range 60 {
			name := randomName()
			w[name] = message(name, "old")
			s.Set(w[name], 0)
		}
		filter := randomFilter()
		stays, was := w.search(filter, 0), map[string]bool{}
		for name := range w {
			was[name] = true
		}
		got := map[string]int{}
		for q := s.Search(filter, 0); ; {
			m, done := q.Next(0, 3)
			if done {
				break
			}
			if m != nil {
				if got[m.Topic]++; !was[m.Topic] || !topic.Matches(filter, m.Topic) {
					t.Fatalf("%q finds %q", filter, m.Topic)
				}
			}
			name := randomName()
			if rand.IntN(2) == 0 {
				s.Set(message(name, ""), 0)
				stays = slices.DeleteFunc(stays,
					func(stay string) bool { return stay == name+"=old" })
			} else {
				s.Set(message(name, "new"), 0)
				was[name] = true
			}
		}
		for _, stay := range stays {
			if name := strings.TrimSuffix(stay, "=old"); got[name] != 1 {
				t.Fatalf("%q finds %q %d times", filter, name, got[name])
			}
		}
		settled(t, s)
	}
}
