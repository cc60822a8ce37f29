// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package account

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is where something was measured.
type Machine struct {
	Kernel    string  `json:"kernel"`
	CPU       string  `json:"cpu"`
	Cores     int     `json:"cores"`     // online
	Allowed   int     `json:"allowed"`   // that the generator may run on
	Memory    int64   `json:"memory"`    // bytes
	Load      float64 `json:"load"`      // average of the last minute, when the run began
	OpenFiles uint64  `json:"openFiles"` // limit of the generator
	Platform  string  `json:"platform"`  // operating system and architecture
	Go        string  `json:"go"`        // that built the generator
}

// ThisMachine looks around.
func ThisMachine() Machine {
	m := Machine{CPU: "unknown", Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	if model := fields("/proc/cpuinfo")["model name"]; model != "" {
		m.CPU = model
	}
	online, _ := os.ReadFile("/sys/devices/system/cpu/online")
	m.Cores = cores(strings.TrimSpace(string(online)))
	m.Allowed = cores(fields("/proc/self/status")["Cpus_allowed_list"])
	kilobytes, _, _ := strings.Cut(fields("/proc/meminfo")["MemTotal"], " ")
	m.Memory, _ = strconv.ParseInt(kilobytes, 10, 64)
	m.Memory <<= 10
	load, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(load), " ")
	m.Load, _ = strconv.ParseFloat(first, 64)
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		m.OpenFiles = limit.Cur
	}
	return m
}

// Name is the command of a process and its arguments, as it was started; "" when it is gone.
func Name(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
}
