// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestSumSeesWhatWasShared(t *testing.T) {
	set := NewSet(2)
	set[0].Add(Connects, 3)
	set[1].Add(Connects, 4)
	if got := set.Sum(Connects); got != 0 {
		t.Errorf("before Share: %d, want 0", got)
	}
	set[0].Share()
	set[1].Share()
	if got := set.Sum(Connects); got != 7 {
		t.Errorf("after Share: %d, want 7", got)
	}
}

func TestConcurrentReaders(t *testing.T) {
	set := NewSet(2)
	var wg sync.WaitGroup
	for _, s := range set {
		wg.Go(func() {
			for range 1000 {
				s.Add(MessagesSent0, 1)
				s.Share()
			}
		})
	}
	for range 100 {
		set.Sum(MessagesSent0)
	}
	wg.Wait()
	if got := set.Sum(MessagesSent0); got != 2000 {
		t.Errorf("sum %d, want 2000", got)
	}
}

func TestEveryCounterHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for c := range counters {
		if c == firstGauge && c != Clients {
			t.Fatal("the first gauge must follow the last counter")
		}
		if name := c.String(); name == "" || seen[name] {
			t.Errorf("counter %d: name %q is empty or taken", c, name)
		} else {
			seen[name] = true
		}
	}
}

func TestByQoS(t *testing.T) {
	for _, first := range []Counter{
		MessagesReceived0, MessagesSent0, PublishBytesReceived0, PublishBytesSent0,
	} {
		for q, c := range ByQoS(first) {
			want := strings.Replace(first.String(), "qos0", fmt.Sprint("qos", q), 1)
			if c.String() != want {
				t.Errorf("QoS %d of %v is %v", q, first, c)
			}
		}
	}
}
