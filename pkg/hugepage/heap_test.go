// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package hugepage

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// huge is how many bytes of anonymous memory this process has in huge pages.
func huge(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`AnonHugePages: +(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no AnonHugePages in\n%s", text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// A heap that has grown is collapsed once, and again when it has grown more.
func TestLook(t *testing.T) {
	debug.FreeOSMemory() // what an earlier run has left would be in huge pages already
	pauses := 0
	h := newHeap(func(time.Duration) bool { pauses++; return true })
	if n, err := h.Look(); n != 0 || err != nil {
		t.Fatalf("%d huge pages for a small heap, %v", n, err)
	}
	var kept [][]byte
	grow := func(bytes int) {
		for range bytes >> 12 {
			b := make([]byte, 4096)
			b[0] = 1
			kept = append(kept, b)
		}
	}
	for _, bytes := range []int{2 * least, least} {
		grow(bytes)
		n, err := h.Look()
		if err != nil {
			t.Fatalf("this test needs Linux 6.1 with transparent huge pages: %v", err)
		}
		// Not all of what came may lie in whole ranges.
		if all := huge(t); n < bytes/size/2 || all < len(kept)<<12/2 {
			t.Errorf("%d huge pages for %d bytes more, %d of %d bytes in them", n, bytes, all,
				len(kept)<<12)
		}
		if again, err := h.Look(); again != 0 || err != nil {
			t.Errorf("%d huge pages without need, %v", again, err)
		}
	}
	if pauses == 0 {
		t.Error("no pause between two ranges")
	}
	grow(2 * least)
	h.rest = func(time.Duration) bool { return false }
	if n, err := h.Look(); n != 1 || err != nil {
		t.Errorf("%d huge pages after being told to stop, %v", n, err)
	}
	runtime.KeepAlive(kept)
	kept = nil
	runtime.GC()
	if _, err := h.Look(); err != nil || len(h.done) > 0 {
		t.Errorf("%d ranges are taken for collapsed after most has been freed, %v", len(h.done),
			err)
	}
}

// A range that is not in memory as a whole stays as it is, so that nothing takes more memory.
func TestCollapseNothingAbsent(t *testing.T) {
	t.Parallel()
	b, err := unix.Mmap(-1, 0, 2*size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(b) }()
	start := uintptr(unsafe.Pointer(&b[0]))
	at := (start + size - 1) &^ (size - 1)
	for touched := 0; touched < size; touched += 4096 {
		if ok, err := collapse(at); ok || err != nil {
			t.Fatalf("with %d bytes in memory: collapsed is %v, %v", touched, ok, err)
		}
		b[int(at-start)+touched] = 1
	}
	if ok, err := collapse(at); !ok || err != nil {
		t.Errorf("with all of it in memory: collapsed is %v, %v", ok, err)
	}
	if b[at-start] != 1 {
		t.Error("what was in it is lost")
	}
}

func TestMappingIsUnknown(t *testing.T) {
	t.Parallel()
	h := &Heap{maps: filepath.Join(t.TempDir(), "maps")}
	if _, _, err := h.mapping(); err == nil {
		t.Error("no error without a file")
	}
	if err := os.WriteFile(h.maps, []byte("1000-2000 rw-p 0 0\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.mapping(); err == nil {
		t.Error("no error without the heap in it")
	}
}
