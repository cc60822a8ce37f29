// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/flashmq/flashmq/pkg/buffer"
)

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// stalled is a layer whose peer has sent a ClientHello and says no more.
func stalled(t *testing.T, o *TLSOptions, now int64) *TLS {
	t.Helper()
	layer := NewTLS(o)
	if err := layer.Receive(greeting(t), now, func() {}); err != nil {
		t.Fatal(err)
	}
	return layer
}

func count(t *testing.T, h *Handshakes, running, waiting int) {
	t.Helper()
	eventually(t, "the handshakes", func() bool {
		r, w := h.Count()
		return r == running && w == waiting
	})
}

// A peer that is silent, or has not said all of its first word, has no goroutine.
func TestSilenceIsCheap(t *testing.T) {
	o := &TLSOptions{serverConfig(), handshakes(t, 4)}
	before := runtime.NumGoroutine()
	first := greeting(t)
	var layers []*TLS
	for range 100 {
		layer := NewTLS(o)
		if err := layer.Receive(first[:len(first)-1], 0, func() {}); err != nil {
			t.Fatal(err)
		}
		layers = append(layers, layer)
	}
	count(t, o.Handshakes, 0, 0)
	if now := runtime.NumGoroutine(); now > before+2 {
		t.Errorf("%d goroutines, %d before", now, before)
	}
	for _, layer := range layers {
		layer.Abandon()
	}
}

func TestHandshakesLimit(t *testing.T) {
	t.Parallel()
	o := &TLSOptions{serverConfig(), handshakes(t, 2)}
	a, b := stalled(t, o, 0), stalled(t, o, 0)
	c, d := stalled(t, o, 0), stalled(t, o, 0)
	count(t, o.Handshakes, 2, 2)
	c.Abandon() // before its turn
	count(t, o.Handshakes, 2, 1)
	a.Abandon()
	count(t, o.Handshakes, 2, 0)
	b.Abandon()
	count(t, o.Handshakes, 1, 0)
	d.Abandon()
	count(t, o.Handshakes, 0, 0)
	o.Handshakes.SetLimit(1)
	a, b = stalled(t, o, 0), stalled(t, o, 0)
	count(t, o.Handshakes, 1, 1)
	o.Handshakes.SetLimit(2)
	count(t, o.Handshakes, 2, 0)
	a.Abandon()
	b.Abandon()
}

// When all places are taken by peers that say nothing, whoever comes later gets one all the same.
func TestSilentHandshakesGiveWay(t *testing.T) {
	t.Parallel()
	o := &TLSOptions{serverConfig(), handshakes(t, 2)}
	notified := make(chan struct{}, 64)
	oldest := NewTLS(o)
	err := oldest.Receive(greeting(t), 0, func() { notified <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	younger := stalled(t, o, fairTime)
	young := stalled(t, o, fairTime/2) // nobody has had its time yet
	count(t, o.Handshakes, 2, 1)
	young.Abandon()
	count(t, o.Handshakes, 2, 0)
	newest := stalled(t, o, fairTime+1)
	count(t, o.Handshakes, 2, 0)
	pool := buffer.NewPool(0)
	var out buffer.Out
	for err == nil {
		select {
		case <-notified:
			err = oldest.Settle(pool, &out)
		case <-time.After(patience):
			t.Fatal("the oldest was not told")
		}
	}
	var e *Error
	if !errors.As(err, &e) || e.Reason != TLSOverload {
		t.Errorf("the oldest ended because of %v", err)
	}
	younger.Abandon()
	newest.Abandon()
}

// Stop waits for all goroutines, and none is started afterwards.
func TestHandshakesStop(t *testing.T) {
	t.Parallel()
	o := &TLSOptions{serverConfig(), NewHandshakes(2, 1)}
	for range 4 {
		stalled(t, o, 0)
	}
	o.Handshakes.Stop()
	if running, _ := o.Handshakes.Count(); running != 0 {
		t.Errorf("%d handshakes run after Stop", running)
	}
	stalled(t, o, 0)
	if running, _ := o.Handshakes.Count(); running != 0 {
		t.Errorf("%d handshakes began after Stop", running)
	}
}

// What a Client sends right after its last message of the handshake is not lost, however late the
// loop hears of the end.
func TestEarlyData(t *testing.T) {
	t.Parallel()
	o := &TLSOptions{serverConfig(), handshakes(t, 1)}
	p, pipe := newPeer(t, o, 0)
	p.delay = 50 * time.Millisecond
	client := tls.Client(pipe, clientConfig())
	go func() {
		if client.Handshake() == nil {
			_, _ = client.Write([]byte("early"))
		}
	}()
	got := make(chan string, 1)
	p.got = func(b []byte) error { got <- string(b); return io.EOF }
	_ = p.serve()
	if text := <-got; text != "early" {
		t.Errorf("got %q", text)
	}
}

// howNice is the thread that runs this.
func howNice(t *testing.T) int {
	t.Helper()
	kernels, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
	if err != nil {
		t.Error(err)
	}
	return 20 - kernels // getpriority(2): the system call answers 40 to 1
}

// answering is a layer whose peer has sent a ClientHello, and how nice the thread is that answers
// it; more is called on that thread.
func answering(t *testing.T, x *Handshakes, more func()) (layer *TLS, nice <-chan int) {
	t.Helper()
	says := make(chan int, 1)
	c := serverConfig().Clone()
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		says <- howNice(t)
		more()
		return &serverConfig().Certificates[0], nil
	}
	return stalled(t, &TLSOptions{c, x}, 1), says
}

// told waits for what the thread of a handshake says.
func told(t *testing.T, nice <-chan int) int {
	t.Helper()
	select {
	case n := <-nice:
		return n
	case <-time.After(patience):
		t.Fatal("nobody does the handshake")
		return 0
	}
}

// Handshakes leave the processor to the loops; but not for ever, when these leave them nothing.
func TestHandshakesAreNice(t *testing.T) {
	t.Parallel()
	x := NewHandshakes(3, 1)
	t.Cleanup(x.Stop)
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(release) // before Stop, which waits
	first, nice := answering(t, x, func() { <-goOn })
	if n := told(t, nice); n != niceness {
		t.Errorf("a worker is nice by %d, want %d", n, niceness)
	}
	second, late := answering(t, x, func() {})
	third, other := answering(t, x, func() {})
	second.Remind(fairTime) // when it is as old as that, but for a nanosecond
	second.Remind(fairTime + 1)
	second.Remind(fairTime + 2)
	if n, usual := told(t, late), howNice(t); n != usual {
		t.Errorf("the late worker is nice by %d, this process by %d", n, usual)
	}
	first.Remind(fairTime + 1) // it has begun, so it stays
	release()
	if n := told(t, other); n != niceness {
		t.Errorf("the third was answered by a thread that is nice by %d", n)
	}
	for _, layer := range []*TLS{first, second, third} {
		layer.Abandon()
	}
	count(t, x, 0, 0)
}
