// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package account

import (
	"math"
	"os"
	"testing"
	"time"
)

func TestSlope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		points []Point
		want   float64
	}{
		{"none", nil, 0},
		{"one", []Point{{10, 1000}}, 0},
		{"the same number twice", []Point{{10, 1000}, {10, 2000}}, 0},
		{"a line", []Point{{0, 5000}, {10, 6000}, {20, 7000}}, 100},
		{"downwards", []Point{{0, 1000}, {10, 0}}, -100},
		{"nearest", []Point{{0, 0}, {1, 300}, {2, 0}, {3, 300}}, 60},
	} {
		if got := Slope(test.points); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestCores(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]int{
		"": 0, "0": 1, "0-3": 4, "0-1,8": 3, "2,4-5": 3, "x": 0,
	} {
		if got := cores(list); got != want {
			t.Errorf("cores(%q) = %d, want %d", list, got, want)
		}
	}
}

// The CPU clock of this process, read as that of any other, goes on as work is done, and is the
// one it has itself.
func TestRead(t *testing.T) {
	t.Parallel()
	p := Processes{os.Getpid()}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	before, own := p.ReadThreads(), Self()
	for Self()-own < 20*time.Millisecond {
	}
	after, now := p.ReadThreads(), Self()
	used := after.Minus(before)
	if used.CPU < 20*time.Millisecond || after.CPU > now || after.CPU < now-now/2-time.Second {
		t.Errorf("used %v, in all %v of %v", used.CPU, after.CPU, now)
	}
	if before.Waited <= 0 || used.Waited < 0 {
		t.Errorf("waited %v, then %v more", before.Waited, used.Waited)
	}
	// User and System were read before the threads, so a thread may have more than their sum.
	if after.Resident < 1<<20 || after.Cores < 1 || after.Thread > now {
		t.Errorf("%+v", after)
	}
	user, system := used.Split()
	if user+system != used.CPU || user < 0 || system < 0 {
		t.Errorf("%v and %v of %v", user, system, used.CPU)
	}
	if two := (Processes{p[0], p[0]}).Read(); two.Resident < after.Resident {
		t.Errorf("two processes have %d bytes, one has %d", two.Resident, after.Resident)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	u := Usage{CPU: 100, User: 3, System: 1}
	if user, system := u.Split(); user != 75 || system != 25 {
		t.Errorf("%d and %d", user, system)
	}
	u = Usage{CPU: 100}
	if user, system := u.Split(); user != 100 || system != 0 {
		t.Errorf("without ticks: %d and %d", user, system)
	}
}

func TestProcessThatIsNot(t *testing.T) {
	t.Parallel()
	const nobody = 1<<22 + 1 // the kernel's ids end before
	p := Processes{nobody}
	if p.Check() == nil {
		t.Error("there is such a process")
	}
	if u := p.Read(); u != (Usage{}) {
		t.Errorf("it used %+v", u)
	}
	if Name(nobody) != "" || Name(os.Getpid()) == "" {
		t.Error("names")
	}
}

func TestThisMachine(t *testing.T) {
	t.Parallel()
	m := ThisMachine()
	if m.Kernel == "" || m.CPU == "" || m.Cores < 1 || m.Allowed < 1 || m.Memory < 1<<20 ||
		m.OpenFiles < 1 || m.Go == "" {
		t.Errorf("%+v", m)
	}
}
