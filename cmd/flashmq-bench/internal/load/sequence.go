// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

// track is what a subscriber saw of one publisher.
type track struct {
	next uint32 // the sequence number after the highest seen
	seen uint64 // bit i: next-1-i was seen
	gaps int64  // numbers that were skipped and did not come late
}

// see takes in a sequence number. In a share others may have the numbers that are skipped.
func (t *track) see(sequence uint32, shared bool, count *counts) {
	if sequence == t.next {
		t.next++
		t.seen = t.seen<<1 | 1
		return
	}
	ahead := int32(sequence - t.next)
	if ahead > 0 {
		t.next = sequence + 1
		t.seen = t.seen<<min(uint(ahead)+1, 64) | 1
		if !shared {
			t.gaps += int64(ahead)
			count.gaps += int64(ahead)
		}
		return
	}
	// It is behind the highest one: late, or here for the second time.
	behind := uint32(-ahead) - 1
	late := t.gaps > 0
	if behind < 64 {
		late = t.seen>>behind&1 == 0
		t.seen |= 1 << behind
	}
	if !late {
		count.duplicates++
		return
	}
	count.reordered++
	if !shared {
		t.gaps--
		count.gaps--
	}
}
