// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest/ports"
	"github.com/flashmq/flashmq/pkg/servertest/printed"
)

// The program itself, as make run builds it: started with a file, reloaded, stopped.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "flashmq")
	build := exec.Command(tool(t, "go"), "build", "-buildvcs=false", "-o", program,
		"github.com/flashmq/flashmq/cmd/flashmq")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	port, file := ports.Free(t), filepath.Join(t.TempDir(), "flashmq.conf")
	write(t, file, listenOn(port))

	if out, err := exec.Command(program, "-t", "-c", file).CombinedOutput(); err != nil {
		t.Fatalf("flashmq -t: %v\n%s", err, out)
	}
	var out printed.Text
	broker := exec.Command(program, "-c", file)
	broker.Stdout, broker.Stderr = &out, &out
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- broker.Wait() }()
	t.Cleanup(func() { _ = broker.Process.Kill() }) // usually the second end
	out.Wait(t, "flashmq is ready")
	keepAndFetch(t, port)

	second := ports.Free(t)
	write(t, file, listenOn(port)+listenOn(second))
	if err := broker.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	out.Wait(t, fmt.Sprint("127.0.0.1:", second))
	keepAndFetch(t, second)

	if err := broker.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatalf("%v; it printed:\n%s", err, &out)
	}
}

// keepAndFetch leaves a retained message with the broker and gets it back.
func keepAndFetch(t *testing.T, port int) {
	t.Helper()
	to := []string{"-h", "127.0.0.1", "-p", fmt.Sprint(port), "-t", "hello/world", "-q", "1"}
	run(t, nil, "mosquitto_pub", append(to, "-m", "it works", "-r")...).wait()
	run(t, nil, "mosquitto_sub", append(to, "-C", "1", "-W", "60")...).lines("it works")
}

func listenOn(port int) string {
	return fmt.Sprintf("listen {\n  port %d\n  inet_protocol ip4\n"+
		"  inet4_bind_address 127.0.0.1\n  allow_anonymous true\n}\n", port)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
