// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// emulators run the programs of another processor.
var emulators = map[string]string{"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}

// checkVersion starts a program of an image as far as it needs no container.
func checkVersion(t *testing.T, root, arch, program string) {
	t.Helper()
	args := []string{filepath.Join(root, program), "--version"}
	if arch != runtime.GOARCH {
		args = append([]string{emulators[arch]}, args...)
	}
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v (hack/install-test-tools brings the emulator)\n%s", err, out)
	}
	for _, want := range []string{filepath.Base(program), testVersion, "linux/" + arch} {
		if !strings.Contains(string(out), want) {
			t.Errorf("--version says %q, want %s in it", out, want)
		}
	}
}

// TestBrokerServesFromItsImage starts flashmq as a container engine does: with the image as its
// root, as the image's user, in a network of its own. Nothing can be written, and there is neither
// /proc nor /dev.
func TestBrokerServesFromItsImage(t *testing.T) {
	out := build(t, top, "linux/"+runtime.GOARCH, "flashmq")
	archive, err := os.ReadFile(filepath.Join(out, "flashmq"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	broker := image(t, open(t, archive, "localhost/flashmq:test"), runtime.GOARCH)
	file, err := broker.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file.Config.Entrypoint[0], "-o", "allow_anonymous=true")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", file.Config.Env, contained(rootfs(t, broker))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; the test needs user namespaces", err)
	}
	var said []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "flashmq is ready") {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || complaints.Len() > 0 {
		t.Errorf("%v\n%s%s", err, complaints.String(), strings.Join(said, "\n"))
	}
	ready := slices.IndexFunc(said, func(line string) bool {
		return strings.Contains(line, "flashmq is ready") && strings.Contains(line, "0.0.0.0:1883")
	})
	if ready < 0 {
		t.Errorf("it does not listen on all addresses:\n%s", strings.Join(said, "\n"))
	}
}

// contained is a container as far as the kernel gives one to anybody: own users and network.
func contained(root string) *syscall.SysProcAttr {
	const user = 65532
	return &syscall.SysProcAttr{
		Chroot:      root,
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getgid(), Size: 1}},
	}
}
