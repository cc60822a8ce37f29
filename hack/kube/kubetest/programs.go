// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubetest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Ours.
const (
	// assetsVariable names a folder with the programs, instead of hack/kube/build's.
	assetsVariable = "KUBEBUILDER_ASSETS"
	// parentVariable asks programs of kubeall to end with the process of that id.
	parentVariable = "KUBEALL_PARENT"
	// shownLines is how much of a program's log a failed test shows.
	shownLines = 20
)

// programs returns the folder with the programs that o needs.
func programs(o Options) (bin string, err error) {
	needed := []string{"etcd", "kube-apiserver"}
	if o.Controllers {
		needed = append(needed, "kube-controller-manager", "kube-scheduler", "provisioner", "kwok",
			"kwok.yaml")
	}
	bin = os.Getenv(assetsVariable)
	if bin == "" {
		if bin, err = built(); err != nil {
			return "", err
		}
	}
	for _, name := range needed {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return "", fmt.Errorf("%w (%s is %q): run hack/kube/build, and set %s to the folder "+
				"it prints or to nothing", err, assetsVariable, os.Getenv(assetsVariable),
				assetsVariable)
		}
	}
	return bin, nil
}

// Program returns the path of one program that hack/kube/build has made, such as kubectl or helm.
func Program(t testing.TB, name string) string {
	t.Helper()
	bin := os.Getenv(assetsVariable)
	if bin == "" {
		var err error
		if bin, err = built(); err != nil {
			t.Fatalf("kubetest: %v", err)
		}
	}
	path := filepath.Join(bin, name)
	if !isFile(path) {
		t.Fatalf("kubetest: no program %s in %s: run hack/kube/build all", name, bin)
	}
	return path
}

// built asks hack/kube/build for its folder, and builds nothing: that takes longer than a test may.
func built() (string, error) {
	build, err := script("build")
	if err != nil {
		return "", fmt.Errorf("%w; set %s to a folder with etcd and kube-apiserver", err,
			assetsVariable)
	}
	command := exec.Command(build, "-n")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	answer, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("the programs of Kubernetes are not built; run %s (%w)\n%s",
			build, err, complaint.String())
	}
	return string(bytes.TrimSpace(answer)), nil
}

// script finds one of those in hack/kube.
func script(name string) (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for path := folder; ; path = filepath.Dir(path) {
		if file := filepath.Join(path, "hack/kube", name); isFile(file) {
			return file, nil
		}
		if path == filepath.Dir(path) {
			return "", fmt.Errorf("no hack/kube/%s above the test's folder", name)
		}
	}
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// endWithThisProcess makes all that is started from now on end with this process, even when a
// timeout of go test ends it before any cleanup.
func endWithThisProcess(t testing.TB) {
	t.Helper()
	if err := os.Setenv(parentVariable, strconv.Itoa(os.Getpid())); err != nil {
		t.Fatal(err)
	}
}

// program is one that has been started.
type program struct {
	name  string
	ended chan struct{} // closed when it has
}

// run starts a program that goes on until the test ends.
func run(t testing.TB, bin, dir, name string, args ...string) program {
	t.Helper()
	command := exec.Command(filepath.Join(bin, name), args...)
	command.Stderr = log(t, dir, name)
	command.Stdout = command.Stderr
	// For kwok, which is not of kubeall.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatalf("kubetest: starting %s: %v", name, err)
	}
	p := program{name, make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-p.ended
	})
	showLog(t, dir, name)
	return p
}

// running says which of the programs has ended, if any.
func running(programs []program) error {
	for _, p := range programs {
		select {
		case <-p.ended:
			return fmt.Errorf("%s has ended", p.name)
		default:
		}
	}
	return nil
}

// log is a file for what a program says.
func log(t testing.TB, dir, name string) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// showLog shows the end of a program's log if the test fails. Called after the cleanup that ends
// the program, it does so before.
func showLog(t testing.TB, dir, name string) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		text, _ := os.ReadFile(filepath.Join(dir, name+".log"))
		lines := bytes.SplitAfter(text, []byte("\n"))
		lines = lines[max(0, len(lines)-shownLines):]
		t.Logf("kubetest: the end of what %s said:\n%s", name, bytes.Join(lines, nil))
	})
}
