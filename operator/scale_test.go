// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build scale

package operator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/brokeradmin"
	"github.com/flashmq/flashmq/operator/operatortest"
)

// Variables of the environment. The first three are for people, the others for the operator that
// the measurement starts.
const (
	brokersVariable    = "SCALE_BROKERS"
	namespacesVariable = "SCALE_NAMESPACES"
	secondsVariable    = "SCALE_SECONDS"
	reportsVariable    = "SCALE_REPORTS"
	profileVariable    = "SCALE_PROFILE"
)

// TestMain is the operator, if the measurement has started it.
func TestMain(m *testing.M) {
	if address := os.Getenv(reportsVariable); address != "" {
		if err := measured(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// measured is an operator as cmd/flashmq-operator runs it, with brokers at one address.
func measured(address string) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1 // as controller-runtime's GetConfig
	operator.SaveMemory()
	scheme, err := operator.Scheme()
	if err != nil {
		return err
	}
	m, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Client: operator.Client(),
		Cache:            operator.Cache(nil, labels.Everything()),
		Metrics:          server.Options{BindAddress: "0"},
		PprofBindAddress: os.Getenv(profileVariable)})
	if err != nil {
		return err
	}
	there := http.DefaultTransport.(*http.Transport).Clone()
	there.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	err = operator.Register(m, operator.Options{Image: "flashmq:1", ClusterDomain: "cluster.local",
		Rollouts: 1, Workers: 4, Report: brokeradmin.New(there).Report})
	if err != nil {
		return err
	}
	return m.Start(ctrl.SetupSignalHandler())
}

func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// TestScale measures one operator with many brokers; make operator-scale.
func TestScale(t *testing.T) {
	brokers, namespaces := number(brokersVariable, 500), number(namespacesVariable, 10)
	c := operatortest.New(t, "..", kubetest.Definitions(t, "prometheus-operator")...)
	var in []string
	for range namespaces {
		in = append(in, c.Namespace(t))
	}
	for i := range brokers {
		c.Broker(t, func(b *v1alpha1.FlashMQBroker) {
			b.Namespace, b.Name = in[i%namespaces], fmt.Sprintf("b%04d", i)
			withTLS(b)
		})
	}
	operator := begin(t, c)
	start := time.Now()
	for end := start.Add(10 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if n := waiting(t, c); n == 0 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("%d brokers are not ready", n)
		}
	}
	fmt.Printf("cold start       %8.1f s, %.1f s of CPU\n", time.Since(start).Seconds(),
		operator.cpu(t).Seconds())
	time.Sleep(time.Minute) // everybody has been looked at in peace, once
	seconds := number(secondsVariable, 120)
	cpu, asked := operator.cpu(t), c.AskedAll()
	time.Sleep(time.Duration(seconds) * time.Second)
	used := operator.cpu(t) - cpu
	fmt.Printf("settled          %8.2f %% of a core, %.2f ms for a visit, %d visits in %d s\n",
		100*used.Seconds()/float64(seconds),
		1000*used.Seconds()/float64(c.AskedAll()-asked), c.AskedAll()-asked, seconds)
	for _, key := range []string{"VmRSS", "VmHWM", "Threads"} {
		fmt.Printf("%-16s %s\n", key, operator.status(t, key))
	}
}

// waiting is how many brokers are not ready.
func waiting(t *testing.T, c *operatortest.Cluster) (n int) {
	var list v1alpha1.FlashMQBrokerList
	if err := c.Cache.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		ready := false
		for _, x := range list.Items[i].Status.Conditions {
			ready = ready || x.Type == string(v1alpha1.ConditionReady) && x.Status == "True"
		}
		if !ready {
			n++
		}
	}
	return n
}

// process is an operator in one of its own.
type process struct{ *exec.Cmd }

func begin(t *testing.T, c *operatortest.Cluster) process {
	t.Helper()
	reports := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		report, err := c.Report(r.Context(), "", token)
		if errors.Is(err, context.Canceled) {
			return
		} else if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(report)
	}))
	t.Cleanup(reports.Close)
	p := process{exec.Command(os.Args[0])}
	p.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig,
		reportsVariable+"="+reports.Listener.Addr().String())
	p.Stderr = os.Stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Signal(os.Interrupt)
		_ = p.Wait()
	})
	return p
}

// cpu is what the process has used so far.
func (p process) cpu(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.Process.Pid), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on all machines Go runs on
	return time.Duration(user+system) * tick
}

// status is a line of /proc's.
func (p process) status(t *testing.T, key string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.Process.Pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), key+":")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
