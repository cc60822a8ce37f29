// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
)

// Patience bounds what a test waits for; one that passes never waits as long.
const Patience = 90 * time.Second

// Ours: how often a test looks, at a cache of its own.
const look = 20 * time.Millisecond

// Cluster is one in which operators are started with Start.
type Cluster struct {
	// Client reads from the API server, Cache from what was seen of it last.
	Client client.Client
	Cache  cache.Cache
	Config *rest.Config
	// Kubeconfig is a file for programs.
	Kubeconfig string

	touched atomic.Int64

	mu      sync.Mutex
	asked   map[string]int  // guarded by mu; how often each broker was
	strange map[string]bool // guarded by mu; conditions that are on no list
}

// New starts a cluster with controllers and a node, which ends with the test. crds are folders or
// files of definitions besides ours; root is the way to the top of the tree.
func New(t testing.TB, root string, crds ...string) *Cluster {
	t.Helper()
	return In(t, kubetest.Start(t, kubetest.Options{Controllers: true,
		CRDs: append([]string{root + "/deploy/crds"}, crds...)}))
}

// In is New for a cluster that runs, and that has our definitions already.
func In(t testing.TB, k *kubetest.Cluster) *Cluster {
	t.Helper()
	scheme, err := operator.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Config: k.Config, Kubeconfig: k.Kubeconfig(), asked: make(map[string]int),
		strange: make(map[string]bool)}
	if c.Client, err = client.New(k.Config, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	if c.Cache, err = cache.New(k.Config, cache.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	c.watch(t)
	return c
}

// watch keeps up with what brokers were given, and looks at their conditions.
func (c *Cluster) watch(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	err := c.Cache.IndexField(ctx, &corev1.Secret{}, tokenIndex, func(o client.Object) []string {
		token := o.(*corev1.Secret).Data[brokerconfig.TokenFile] // nothing else is indexed
		if len(token) == 0 {
			return nil
		}
		return []string{string(token)}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Cache.IndexField(ctx, &corev1.Pod{}, addressIndex, func(o client.Object) []string {
		pod := o.(*corev1.Pod) // nothing else is indexed
		if pod.Labels[component] != string(resources.Proxy) || pod.Status.PodIP == "" {
			return nil
		}
		return []string{pod.Status.PodIP}
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Cache.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the cache of the test: %v", err)
		}
		for _, text := range slices.Sorted(maps.Keys(c.strange)) {
			t.Errorf("a condition that is not on v1alpha1's list: %s", text)
		}
	})
	brokers, err := c.Cache.GetInformer(ctx, &v1alpha1.FlashMQBroker{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = brokers.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { c.check(o.(*v1alpha1.FlashMQBroker)) },
		UpdateFunc: func(_, o any) { c.check(o.(*v1alpha1.FlashMQBroker)) }})
	if err != nil {
		t.Fatal(err)
	}
}

// check remembers conditions that say what they may not.
func (c *Cluster) check(b *v1alpha1.FlashMQBroker) {
	for _, x := range b.Status.Conditions {
		reason := v1alpha1.ConditionReason(x.Reason)
		if !v1alpha1.SaysReason(v1alpha1.ConditionType(x.Type), x.Status, reason) {
			c.mu.Lock()
			c.strange[x.Type+" is "+string(x.Status)+" because of "+x.Reason] = true
			c.mu.Unlock()
		}
	}
}

// Namespace makes one for a test.
func (c *Cluster) Namespace(t testing.TB) string {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := c.Client.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return n.Name
}

// Broker makes one that is called x, in a namespace of its own unless change sets another.
func (c *Cluster) Broker(
	t testing.TB, change func(*v1alpha1.FlashMQBroker),
) *v1alpha1.FlashMQBroker {
	t.Helper()
	yes := true
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Name: "x"}}
	b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
	if change != nil {
		change(b)
	}
	if b.Namespace == "" {
		b.Namespace = c.Namespace(t)
	}
	if err := c.Client.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// Change changes a broker as it is now.
func (c *Cluster) Change(
	t testing.TB, b *v1alpha1.FlashMQBroker, change func(*v1alpha1.FlashMQBroker),
) {
	t.Helper()
	before := &v1alpha1.FlashMQBroker{}
	if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(b), before); err != nil {
		t.Fatal(err)
	}
	*b = *before.DeepCopy()
	change(b)
	if err := c.Client.Patch(t.Context(), b, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// Until waits until something holds, and fails the test with what tell says if it never does.
func Until(t testing.TB, holds func() bool, tell func() string) {
	t.Helper()
	for end := time.Now().Add(Patience); !holds(); time.Sleep(look) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s: %s", Patience, tell())
		}
	}
}

// Says waits until a condition of a broker, as it is now, has a reason.
func (c *Cluster) Says(
	t testing.TB, b *v1alpha1.FlashMQBroker, kind v1alpha1.ConditionType,
	reason v1alpha1.ConditionReason,
) *metav1.Condition {
	t.Helper()
	var found *metav1.Condition
	Until(t, func() bool {
		err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(b), b)
		if err != nil {
			t.Fatal(err)
		}
		found = meta.FindStatusCondition(b.Status.Conditions, string(kind))
		return found != nil && found.Reason == string(reason) &&
			found.ObservedGeneration == b.Generation
	}, func() string {
		return string(kind) + " " + string(reason) + " of " + Name(b) + "; there is\n" +
			Conditions(b)
	})
	return found
}

// Name is how a Wire calls a broker.
func Name(b *v1alpha1.FlashMQBroker) string { return b.Namespace + "/" + b.Name }

// Conditions are those of a broker, for people.
func Conditions(b *v1alpha1.FlashMQBroker) (text string) {
	for _, x := range b.Status.Conditions {
		text += x.Type + "=" + string(x.Status) + " " + x.Reason + ": " + x.Message + "\n"
	}
	return text
}

// Get reads a child of a broker.
func Get[T client.Object](
	t testing.TB, c *Cluster, b *v1alpha1.FlashMQBroker, name string, into T,
) T {
	t.Helper()
	key := client.ObjectKey{Namespace: b.Namespace, Name: name}
	if err := c.Client.Get(t.Context(), key, into); err != nil {
		t.Fatal(err)
	}
	return into
}
