// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build scale

package scale

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
)

// TestMain runs the operator instead of the tests where it is told to.
func TestMain(m *testing.M) {
	if os.Getenv(asOperator) != "" {
		if err := operate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// number is how many brokers there are.
func number(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("BROKERS"))
	if err != nil {
		return 500
	}
	return n
}

// TestScale prints how long it takes until all brokers are ready, and what the operator uses when
// nothing happens any more. It fails only when they do not become ready at all.
func TestScale(t *testing.T) {
	n := number(t)
	cluster := kubetest.Start(t, kubetest.Options{CRDs: []string{"../../deploy/crds"},
		Controllers: true})
	scheme, err := operator.Scheme()
	must(t, err)
	c, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	must(t, err)
	brokers := serve(t, cluster.Config, scheme)
	create(t, c, n)

	begun := time.Now()
	first := start(t, cluster.Kubeconfig(), brokers)
	wait(t, c, n)
	t.Logf("%d new brokers were ready after %.1f s; CPU %.1f s, resident %d MiB", n,
		time.Since(begun).Seconds(), first.cpu(t).Seconds(), first.resident(t))
	first.idle(t, "after that")
	first.stop(t)

	begun = time.Now()
	second := start(t, cluster.Kubeconfig(), brokers)
	second.settled(t)
	t.Logf("another operator had looked at all after %.1f s; CPU %.1f s, resident %d MiB",
		time.Since(begun).Seconds(), second.cpu(t).Seconds(), second.resident(t))
	second.idle(t, "after a restart")
	second.stop(t)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create makes brokers in ten namespaces, every fifth with TLS.
func create(t *testing.T, c client.Client, n int) {
	t.Helper()
	yes := true
	for i := range 10 {
		must(t, c.Create(t.Context(), &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("scale-", i)}}))
	}
	for i := range n {
		b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{
			Namespace: fmt.Sprint("scale-", i%10), Name: fmt.Sprint("b", i)}}
		b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
		if i%5 == 0 {
			b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
				TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}}}
		}
		must(t, c.Create(t.Context(), b))
	}
}

// wait waits until all are ready.
func wait(t *testing.T, c client.Client, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Minute); ; time.Sleep(time.Second) {
		var list v1alpha1.FlashMQBrokerList
		must(t, c.List(t.Context(), &list))
		ready := 0
		for i := range list.Items {
			if meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, "Ready") {
				ready++
			}
		}
		if ready == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d are ready", ready, n)
		}
	}
}

// process is an operator.
type process struct{ cmd *exec.Cmd }

func start(t *testing.T, kubeconfig, brokers string) *process {
	t.Helper()
	p := &process{exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), asOperator+"=1", "KUBECONFIG="+kubeconfig,
		brokersAt+"="+brokers)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(t, p.cmd.Start())
	return p
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	_ = p.cmd.Wait() // it was told to
}

// cpu is the time of processors used so far.
func (p *process) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	must(t, err)
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	user, err := strconv.Atoi(fields[11])
	must(t, err)
	system, err := strconv.Atoi(fields[12])
	must(t, err)
	return time.Duration(user+system) * time.Second / 100 // the kernel's unit for programs
}

// resident is the memory in MiB.
func (p *process) resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	must(t, err)
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	must(t, err)
	return kib >> 10
}

// settled waits until the process uses little for a few seconds.
func (p *process) settled(t *testing.T) {
	t.Helper()
	for calm := 0; calm < 3; {
		before := p.cpu(t)
		time.Sleep(time.Second)
		if calm++; p.cpu(t)-before > 150*time.Millisecond {
			calm = 0
		}
	}
}

// idle prints what is used in two minutes, in which each broker is asked for its figures twice.
func (p *process) idle(t *testing.T, when string) {
	t.Helper()
	p.settled(t)
	const length = 2 * time.Minute
	before := p.cpu(t)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	<-ctx.Done()
	used := p.cpu(t) - before
	t.Logf("%s: %.2f %% of a core, resident %d MiB", when,
		100*used.Seconds()/length.Seconds(), p.resident(t))
}
