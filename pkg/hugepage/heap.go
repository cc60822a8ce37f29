// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package hugepage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/metrics"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Ours.
const (
	size  = 2 << 20  // of a huge page, with base pages of 4 KiB
	least = 64 << 20 // bytes of objects below which nothing is done
	pause = time.Millisecond
)

// Errors of New.
var (
	errPages = errors.New("base pages are not of 4 KiB")
	errNever = errors.New("the administrator wants none " +
		"(/sys/kernel/mm/transparent_hugepage/enabled)")
	errAlways = errors.New("the kernel makes them by itself")
)

// Heap is the heap of this process. It belongs to one goroutine.
type Heap struct {
	sample [1]metrics.Sample
	// looked is the size of the objects at the last pass.
	looked uint64
	// done has the ranges that were collapsed.
	done map[uintptr]bool
	maps string
	rest func(time.Duration) bool
}

// New returns the heap, or says why there is nothing to do for it here. rest is called between two
// huge pages, so that whoever waits for one does not wait for all; when it returns false, there are
// no more.
func New(rest func(time.Duration) bool) (*Heap, error) {
	if os.Getpagesize() != 4096 {
		return nil, errPages
	}
	enabled, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	switch {
	case err != nil:
		return nil, err
	case bytes.Contains(enabled, []byte("[never]")):
		return nil, errNever
	case bytes.Contains(enabled, []byte("[always]")):
		return nil, errAlways
	}
	return newHeap(rest), nil
}

func newHeap(rest func(time.Duration) bool) *Heap {
	h := &Heap{maps: "/proc/self/maps", done: make(map[uintptr]bool), rest: rest}
	h.sample[0].Name = "/memory/classes/heap/objects:bytes"
	return h
}

// Look collapses what has come since it looked last, when that is worth it, and returns how many
// huge pages it has made. After an error there is no use in looking again.
func (h *Heap) Look() (int, error) {
	metrics.Read(h.sample[:])
	objects := h.sample[0].Value.Uint64()
	if objects < least || objects < h.looked+h.looked/8 {
		if objects < h.looked/2 {
			// Much has been freed, and maybe returned.
			h.looked = objects
			clear(h.done)
		}
		return 0, nil
	}
	h.looked = objects
	first, end, err := h.mapping()
	if err != nil {
		return 0, err
	}
	made := 0
	for at := (first + size - 1) &^ (size - 1); at+size <= end; at += size {
		if h.done[at] {
			continue
		}
		ok, err := collapse(at)
		if err != nil {
			return made, err
		}
		if ok {
			h.done[at] = true
			made++
			if !h.rest(pause) {
				break
			}
		}
	}
	return made, nil
}

// mapping returns where in memory the heap is. It is one mapping, as far as it is in use.
func (h *Heap) mapping() (first, end uintptr, err error) {
	somewhere := uintptr(unsafe.Pointer(&h.sample[0]))
	text, err := os.ReadFile(h.maps)
	if err != nil {
		return 0, 0, err
	}
	for line := range bytes.Lines(text) {
		var access string
		n, _ := fmt.Sscanf(string(line), "%x-%x %s", &first, &end, &access)
		if n == 3 && access == "rw-p" && first <= somewhere && somewhere < end {
			return first, end, nil
		}
	}
	return 0, 0, errors.New("the heap is not among the mappings")
}

// collapse makes one huge page of the range at an address, if all of it is in memory: otherwise it
// would take more memory than before. It is false when the kernel cannot at present.
func collapse(at uintptr) (bool, error) {
	var resident [size / 4096]byte
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, at, size, uintptr(unsafe.Pointer(&resident)))
	if errno != 0 {
		return false, os.NewSyscallError("mincore", errno)
	}
	for _, r := range resident {
		if r&1 == 0 {
			return false, nil
		}
	}
	_, _, errno = unix.Syscall(unix.SYS_MADVISE, at, size, unix.MADV_COLLAPSE)
	switch errno {
	case 0:
		return true, nil
	case unix.EAGAIN, unix.ENOMEM, unix.EBUSY:
		return false, nil
	}
	return false, os.NewSyscallError("madvise", errno) // EINVAL: a kernel before 6.1
}
