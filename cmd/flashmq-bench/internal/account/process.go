// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package account

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticks is USER_HZ, in which the kernel tells user and system time, the same on all of Linux.
const ticks = 100

// Usage is what processes have used since they began, all of them together.
type Usage struct {
	CPU          time.Duration // by the CPU clock: nanoseconds
	User, System time.Duration // by ticks of 10 ms: good for their ratio
	Resident     int64         // bytes
	Thread       time.Duration // ticks of the thread that used most
	Waited       time.Duration // threads were ready to run and others had the cores
	Cores        int           // how many the processes may run on
}

// Processes are those whose use is counted.
type Processes []int

// Check fails when one of them cannot be read.
func (p Processes) Check() error {
	for _, pid := range p {
		if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err != nil {
			return fmt.Errorf("account: there is no process %d: give the process id of a broker "+
				"on this machine", pid)
		}
	}
	return nil
}

// Read returns what they have used so far. A process that has ended counts nothing.
func (p Processes) Read() Usage {
	var sum Usage
	for _, pid := range p {
		folder := filepath.Join("/proc", strconv.Itoa(pid))
		sum.CPU += cpuClock(pid)
		user, system := stat(filepath.Join(folder, "stat"))
		sum.User += user
		sum.System += system
		status := fields(filepath.Join(folder, "status"))
		kilobytes, _, _ := strings.Cut(status["VmRSS"], " ")
		resident, _ := strconv.ParseInt(kilobytes, 10, 64)
		sum.Resident += resident << 10
		sum.Cores += cores(status["Cpus_allowed_list"])
	}
	return sum
}

// ReadThreads is Read, and looks at each thread as well, which costs more.
func (p Processes) ReadThreads() Usage {
	sum := p.Read()
	for _, pid := range p {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		for _, file := range files {
			user, system := stat(file)
			sum.Thread = max(sum.Thread, user+system)
			sum.Waited += waited(file[:len(file)-len("stat")] + "schedstat")
		}
	}
	return sum
}

// Minus is what was used between an earlier reading and this one; memory and cores are as they
// are now.
func (u Usage) Minus(earlier Usage) Usage {
	u.CPU -= earlier.CPU
	u.User -= earlier.User
	u.System -= earlier.System
	u.Thread -= earlier.Thread
	u.Waited = max(0, u.Waited-earlier.Waited) // threads that ended took theirs along
	return u
}

// Split divides CPU into user and system time as the ticks say. Without ticks all is user time.
func (u Usage) Split() (user, system time.Duration) {
	if u.User+u.System <= 0 {
		return u.CPU, 0
	}
	share := float64(u.System) / float64(u.User+u.System)
	system = time.Duration(share * float64(u.CPU))
	return u.CPU - system, system
}

// Self is the CPU time of this process.
func Self() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

// cpuClock reads the CPU clock of another process. Its identifier is made of the process id as
// the kernel's clock_getcpuclockid does it: the inverted id, and 2 for time that was scheduled.
func cpuClock(pid int) time.Duration {
	const scheduled = 2
	return clock(int32(^pid)<<3 | scheduled)
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// stat reads user and system time of a process or thread.
func stat(file string) (user, system time.Duration) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, 0
	}
	// The name stands in parentheses and may hold anything; what follows does not.
	_, rest, _ := strings.Cut(string(text[strings.LastIndexByte(string(text), ')')+1:]), " ")
	columns := strings.Fields(rest)
	if len(columns) < 13 {
		return 0, 0
	}
	u, _ := strconv.ParseInt(columns[11], 10, 64)
	s, _ := strconv.ParseInt(columns[12], 10, 64)
	return time.Duration(u) * time.Second / ticks, time.Duration(s) * time.Second / ticks
}

// waited reads for how long a thread was ready and did not run: nanoseconds, the second column.
func waited(file string) time.Duration {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	columns := strings.Fields(string(text))
	if len(columns) < 2 {
		return 0
	}
	ns, _ := strconv.ParseInt(columns[1], 10, 64)
	return time.Duration(ns)
}

// fields reads a file of lines "Name: value".
func fields(file string) map[string]string {
	found := map[string]string{}
	text, err := os.ReadFile(file)
	if err != nil {
		return found
	}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if _, seen := found[name]; ok && !seen {
			found[name] = strings.TrimSpace(value)
		}
	}
	return found
}

// cores counts a list such as 0-3,8.
func cores(list string) int {
	n := 0
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			continue
		}
		to := from
		if isRange {
			to, _ = strconv.Atoi(last)
		}
		n += max(0, to-from+1)
	}
	return n
}
