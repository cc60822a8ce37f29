// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// patience bounds what a test waits for; one that passes never waits as long.
const patience = 90 * time.Second

// world is a cluster with controllers and one node, and an operator that runs in it.
type world struct {
	client client.Client
	// writes and reads count what the operator asks of the API server; watches do not count.
	writes, reads atomic.Int64

	mu   sync.Mutex
	last []string // writes, for people to read
}

func (w *world) log(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = append(w.last, line)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cluster := kubetest.Start(t, kubetest.Options{CRDs: []string{"../deploy/crds"},
		Controllers: true})
	scheme, err := operator.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	if w.client, err = client.New(cluster.Config, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	counted := rest.CopyConfig(cluster.Config)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper { return &counter{w, next} })
	skip := true // names are unique in a process, and tests run several operators
	m, err := ctrl.NewManager(counted, ctrl.Options{Scheme: scheme,
		Cache: operator.Cache(nil, labels.Everything()), Client: operator.Client(),
		Metrics:    server.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: &skip}})
	if err != nil {
		t.Fatal(err)
	}
	err = operator.Register(m, operator.Options{Image: "flashmq:1", ProxyImage: "haproxy:1",
		AgentImage: "operator:1", ClusterDomain: "cluster.local",
		Rollouts: 1, Workers: 2, Report: w.report, ProxyStatus: w.proxyStatus})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the operator: %v", err)
		}
	})
	return w
}

// counter counts requests.
type counter struct {
	world *world
	next  http.RoundTripper
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method != http.MethodGet:
		if !strings.Contains(r.URL.Path, "/events") {
			c.world.writes.Add(1)
			if r.GetBody != nil {
				body, _ := r.GetBody()
				text, _ := io.ReadAll(body)
				c.world.log(r.Method + " " + r.URL.Path + " " + string(text))
			}
		}
	case r.URL.Query().Get("watch") == "" && strings.Contains(r.URL.Path, "/namespaces/"):
		c.world.reads.Add(1)
	}
	return c.next.RoundTrip(r)
}

// report stands for brokers: each runs what its namespace's broker was given last.
func (w *world) report(ctx context.Context, address, token string) (*admin.Report, error) {
	var secrets corev1.SecretList
	if err := w.client.List(ctx, &secrets); err != nil {
		return nil, err
	}
	r := &admin.Report{Version: "1.0.0", Ready: true}
	for i := range secrets.Items {
		s := &secrets.Items[i]
		if string(s.Data["admin-token"]) != token {
			continue
		}
		name := strings.TrimSuffix(s.Name, "-admin")
		var m corev1.ConfigMap
		key := client.ObjectKey{Namespace: s.Namespace, Name: name + "-config"}
		if err := w.client.Get(ctx, key, &m); err != nil {
			return nil, err
		}
		r.Revisions.Configuration = admin.Revision([]byte(m.Data["flashmq.conf"]))
		return r, w.listeners(ctx, s.Namespace, name, r)
	}
	return nil, context.Canceled
}

func (w *world) listeners(ctx context.Context, namespace, name string, r *admin.Report) error {
	var b v1alpha1.FlashMQBroker
	key := client.ObjectKey{Namespace: namespace, Name: name}
	if err := w.client.Get(ctx, key, &b); err != nil {
		return err
	}
	var s corev1.Secret
	key.Name = resources.CertificatesName(&b)
	if err := w.client.Get(ctx, key, &s); err != nil {
		return err
	}
	b.Spec.Complete()
	for _, l := range b.Spec.Listeners {
		served := admin.Listener{Port: uint16(l.Port)}
		if cert := s.Data[string(l.Name)+".crt"]; cert != nil {
			served.Certificate = &admin.Certificate{Revision: admin.Revision(cert)}
		}
		r.Listeners = append(r.Listeners, served)
	}
	return nil
}

// quiet waits until nothing has been written for a while.
func (w *world) quiet() {
	for before := int64(-1); before != w.writes.Load(); time.Sleep(1500 * time.Millisecond) {
		before = w.writes.Load()
	}
}

// namespace makes one for a test.
func (w *world) namespace(t *testing.T) string {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := w.client.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n.Name
}

// broker makes one.
func (w *world) broker(t *testing.T, change func(*v1alpha1.FlashMQBroker)) *v1alpha1.FlashMQBroker {
	t.Helper()
	yes := true
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace(t),
		Name: "x"}}
	b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
	if change != nil {
		change(b)
	}
	if err := w.client.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// change changes one.
func (w *world) change(t *testing.T, b *v1alpha1.FlashMQBroker,
	change func(*v1alpha1.FlashMQBroker)) {
	t.Helper()
	before := &v1alpha1.FlashMQBroker{}
	if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(b), before); err != nil {
		t.Fatal(err)
	}
	*b = *before.DeepCopy()
	change(b)
	if err := w.client.Patch(t.Context(), b, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a condition of the broker, as it is now, has a reason.
func (w *world) eventually(
	t *testing.T, b *v1alpha1.FlashMQBroker, kind v1alpha1.ConditionType,
	reason v1alpha1.ConditionReason,
) *metav1.Condition {
	t.Helper()
	var c *metav1.Condition
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(b), b); err != nil {
			t.Fatal(err)
		}
		c = meta.FindStatusCondition(b.Status.Conditions, string(kind))
		if c != nil && c.Reason == string(reason) && c.ObservedGeneration == b.Generation {
			return c
		}
		if time.Now().After(end) {
			t.Fatalf("waited for %s %s; the conditions are %+v", kind, reason, b.Status.Conditions)
		}
	}
}

// get reads a child.
func get[T client.Object](t *testing.T, w *world, b *v1alpha1.FlashMQBroker, name string,
	into T) T {
	t.Helper()
	key := client.ObjectKey{Namespace: b.Namespace, Name: name}
	if err := w.client.Get(t.Context(), key, into); err != nil {
		t.Fatal(err)
	}
	return into
}

// proxyStatus stands for the agents beside HAProxy: each runs what there is.
func (w *world) proxyStatus(ctx context.Context, address string) (*proxyagent.Status, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = w.client.List(ctx, &pods, client.MatchingLabels{"app.kubernetes.io/component": "proxy"})
	if err != nil {
		return nil, err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.PodIP != host {
			continue
		}
		var m corev1.ConfigMap
		key := client.ObjectKey{Namespace: pod.Namespace,
			Name: pod.Labels["flashmq.io/broker"] + "-proxy"}
		if err := w.client.Get(ctx, key, &m); err != nil {
			return nil, err
		}
		files, err := w.mounted(ctx, pod)
		return &proxyagent.Status{Files: proxyagent.Files(files),
			Configuration: proxyagent.Configuration([]byte(m.Data["haproxy.cfg"]))}, err
	}
	return nil, fmt.Errorf("no pod has %s", host)
}

// mounted are the files of the Secrets in a HAProxy pod.
func (w *world) mounted(ctx context.Context, pod *corev1.Pod) (map[string][]byte, error) {
	files := make(map[string][]byte)
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].Projected == nil {
			continue
		}
		for _, source := range pod.Spec.Volumes[i].Projected.Sources {
			if source.Secret == nil {
				continue
			}
			var s corev1.Secret
			key := client.ObjectKey{Namespace: pod.Namespace, Name: source.Secret.Name}
			if err := w.client.Get(ctx, key, &s); err != nil {
				return nil, err
			}
			maps.Copy(files, s.Data)
		}
	}
	return files, nil
}
