// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// TestOperatorAbsent does without the operator for a while: brokers need it for changes only.
func TestOperatorAbsent(t *testing.T) {
	r := newRoom(t)
	r.create(t, "alone", nil)
	r.ready(t, "alone")
	c := gather(t, r.address(t, "alone", "mqtt"), crowdSize/10)

	scaleOperator(t, 0)
	t.Cleanup(func() { scaleOperator(t, 1) })
	c.allThere(t, "the operator has gone")
	r.change(t, "alone", addListener(1884)) // to be found later

	pod := get(t, r, "alone-0", &corev1.Pod{})
	if err := kube.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	c.leave(t)
	r.podReady(t, "alone-0", pod)
	c.comeBack(t)
	c.allThere(t, "the broker has restarted")

	scaleOperator(t, 1)
	r.ready(t, "alone")
	c.allThere(t, "the operator is back")
	execute(t, "mosquitto_pub", append(hostAndPort(t, net.JoinHostPort(
		get(t, r, "alone-0", &corev1.Pod{}).Status.PodIP, "1884")), "-t", "t", "-m", "m")...)
}

// TestOperatorCrash kills the operator's process, as the kernel does when memory runs out: the next
// container of the pod goes on at once. It needs a cluster of hack/kube, whose processes are here.
func TestOperatorCrash(t *testing.T) {
	r := newRoom(t)
	r.create(t, "crash", nil)
	r.ready(t, "crash")
	c := gather(t, r.address(t, "crash", "mqtt"), 7)

	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, file := range files {
		line, err := os.ReadFile(file)
		program, _, _ := strings.Cut(string(line), "\x00")
		if err != nil || filepath.Base(program) != "flashmq-operator" {
			continue // it may have ended
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil {
			err = syscall.Kill(id, syscall.SIGKILL)
		}
		if err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed != 1 {
		t.Fatalf("%d operators were killed, not one: this is no cluster of hack/kube", killed)
	}
	began := time.Now()
	r.change(t, "crash", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Logging = &v1alpha1.Logging{Level: v1alpha1.LogDebug}
	})
	r.until(t, "crash", v1alpha1.ConditionConfigApplied, v1alpha1.ReasonApplied)
	figure(t, "%-52s %8.1f s", "operator killed, until a change is in force",
		time.Since(began).Seconds())
	c.allThere(t, "the operator has crashed")
}

// TestOperatorKilled takes away the operator's pod in the middle of a restart.
func TestOperatorKilled(t *testing.T) {
	r := newRoom(t)
	r.create(t, "killed", nil)
	r.ready(t, "killed")
	pod := get(t, r, "killed-0", &corev1.Pod{})
	loops := int32(2)
	r.change(t, "killed", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Config = &v1alpha1.BrokerConfig{EventLoops: &loops}
	})
	r.until(t, "killed", v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonInProgress)
	pods, err := operatorPods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range pods {
		err := kube.Delete(t.Context(), &pods[i], client.GracePeriodSeconds(0))
		if client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
	r.podReady(t, "killed-0", pod)
	r.ready(t, "killed")
}

// TestOutageOfAPIServer freezes the API server for a minute, which is worse than ending it: whoever
// talks to it waits. It needs a cluster of hack/kube.
func TestOutageOfAPIServer(t *testing.T) {
	r := newRoom(t)
	r.create(t, "cut", nil)
	r.ready(t, "cut")
	c := gather(t, r.address(t, "cut", "mqtt"), crowdSize/10)
	pod := get(t, r, "cut-0", &corev1.Pod{})

	thaw := freeze(t, "apiserver")
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Second) {
		c.allThere(t, "without an API server")
	}
	thaw()
	began := time.Now()
	eventually(t, func() error { // kubectl gives up at its first timeout
		_, err := command(t.Context(), "kubectl", "-n", r.name, "patch", "fmq", "cut",
			"--type=merge", "-p", `{"spec":{"logging":{"level":"Debug"}}}`)
		return err
	})
	r.until(t, "cut", v1alpha1.ConditionConfigApplied, v1alpha1.ReasonApplied)
	figure(t, "%-52s %8.1f s", "API server back after a minute, until a change works",
		time.Since(began).Seconds())
	c.allThere(t, "the API server is back")
	if after := get(t, r, "cut-0", &corev1.Pod{}); after.UID != pod.UID ||
		after.Status.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("the pod is another one, or has restarted: %+v", after.Status)
	}
	r.ready(t, "cut")
}

// freeze stops a program of the cluster until thaw is called.
func freeze(t *testing.T, program string) (thaw func()) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("KUBE_RUN"), program+".pid"))
	if err != nil {
		t.Fatalf("this is no cluster of hack/kube: %v", err)
	}
	id, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	thawed := false
	thaw = func() {
		if thawed {
			return
		}
		thawed = true
		if err := syscall.Kill(id, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(thaw)
	if err := syscall.Kill(id, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return thaw
}

func scaleOperator(t *testing.T, n int) {
	t.Helper()
	// When a test is over its context is, too.
	_, err := command(kubeContext, "kubectl", "-n", operatorNamespace, "scale",
		"deployment/flashmq-operator", fmt.Sprintf("--replicas=%d", n))
	if err != nil {
		t.Error(err)
	}
	eventually(t, func() error {
		pods, err := operatorPods(kubeContext)
		if err == nil && len(pods) != n {
			err = fmt.Errorf("the operator has %d pods, want %d", len(pods), n)
		}
		return err
	})
}

// podReady waits until the pod that has replaced another one is ready.
func (r *room) podReady(t *testing.T, name string, old *corev1.Pod) {
	t.Helper()
	eventually(t, func() error {
		p := &corev1.Pod{}
		err := kube.Get(t.Context(), client.ObjectKey{Namespace: r.name, Name: name}, p)
		if err != nil {
			return err
		}
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.UID != old.UID {
				return nil
			}
		}
		return errors.New("pod " + name + " is not there again")
	})
}

func addListener(port v1alpha1.Port) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Listeners = append(b.Spec.Listeners, v1alpha1.Listener{Name: "more", Port: port})
	}
}
