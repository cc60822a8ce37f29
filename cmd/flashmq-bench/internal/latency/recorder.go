// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package latency

import "github.com/HdrHistogram/hdrhistogram-go"

// Ours: what a histogram can hold. Three digits of 1 ns to 100 s.
const (
	longest = 100e9
	digits  = 3
	spares  = 3 // histograms of each Recorder that may be on their way
)

// New returns an empty histogram.
func New() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, digits) }

// Part is the histogram of one interval of one Recorder.
type Part struct {
	Interval  int
	Histogram *hdrhistogram.Histogram
	from      *Recorder
}

// Recorder counts latencies for one loop. It allocates nothing after New.
type Recorder struct {
	current  *hdrhistogram.Histogram
	interval int
	full     chan<- Part
	empty    chan *hdrhistogram.Histogram

	// The same value many times in a row, as batches bring it, is counted once.
	value, times int64
}

// NewRecorder returns a Recorder that hands over to full, which has to have room for all that its
// Recorders may have on their way: Room for each.
func NewRecorder(full chan<- Part) *Recorder {
	r := &Recorder{current: New(), full: full, empty: make(chan *hdrhistogram.Histogram, spares)}
	for range spares {
		r.empty <- New()
	}
	return r
}

// Room is how many Parts one Recorder may have on their way at most.
const Room = spares + 1

// Add counts one latency. Values below 1 ns count as that.
func (r *Recorder) Add(nanoseconds int64) {
	if nanoseconds == r.value {
		r.times++
		return
	}
	r.settle()
	r.value, r.times = nanoseconds, 1
}

// settle counts the values that were put off.
func (r *Recorder) settle() {
	if r.times > 0 {
		// It is within what the histogram can hold, so there is no error.
		_ = r.current.RecordValues(min(max(r.value, 1), longest), r.times)
		r.times = 0
	}
}

// Turn says which interval it is. When a new one has begun, the old one's histogram is handed
// over; when all are on their way, the interval goes on instead.
func (r *Recorder) Turn(interval int) {
	if interval == r.interval {
		return
	}
	select {
	case spare := <-r.empty:
		r.hand(spare)
	default:
	}
	r.interval = interval
}

// Close hands over what is left. The Recorder must not be used afterwards.
func (r *Recorder) Close() { r.hand(nil) }

func (r *Recorder) hand(next *hdrhistogram.Histogram) {
	r.settle()
	r.full <- Part{r.interval, r.current, r}
	r.current = next
}

// Collector adds up Parts: all of them, and each interval of its own.
type Collector struct {
	Total     *hdrhistogram.Histogram
	intervals map[int]*hdrhistogram.Histogram
}

// NewCollector returns an empty Collector.
func NewCollector() *Collector {
	return &Collector{Total: New(), intervals: map[int]*hdrhistogram.Histogram{}}
}

// Take adds a Part and gives its histogram back to the Recorder.
func (c *Collector) Take(p Part) {
	c.Total.Merge(p.Histogram)
	if p.Histogram.TotalCount() > 0 {
		if c.intervals[p.Interval] == nil {
			c.intervals[p.Interval] = New()
		}
		c.intervals[p.Interval].Merge(p.Histogram)
	}
	p.Histogram.Reset()
	select {
	case p.from.empty <- p.Histogram:
	default: // the Recorder is closed and has all it ever had
	}
}

// Interval returns the percentiles of one interval in nanoseconds; ok is false when nothing arrived
// in it.
func (c *Collector) Interval(n int) (p50, p99 int64, ok bool) {
	h := c.intervals[n]
	if h == nil {
		return 0, 0, false
	}
	return h.ValueAtQuantile(50), h.ValueAtQuantile(99), true
}
