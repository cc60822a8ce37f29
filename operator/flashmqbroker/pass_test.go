// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"context"
	"errors"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/go-logr/logr"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/apply"
	"github.com/flashmq/flashmq/operator/conditions"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/admin"
	"github.com/flashmq/flashmq/pkg/credentials/credentialstest"
)

// Images as they stand in status, and of an operator that came later.
const (
	brokerImage = "flashmq:1.0.0"
	proxyImage  = "haproxy:3.2.0"
	agentImage  = "flashmq-operator:1.0.0"
	laterImage  = "flashmq:2.7.1"
)

// empty is a cluster in which there is nothing but what is given, and in which all that is applied
// is forgotten.
type empty struct {
	client.Client // what is not below is not called
	scheme        *runtime.Scheme
	services      []corev1.Service
	sets          []appsv1.StatefulSet
	brokers       []v1alpha1.FlashMQBroker
	deployment    *appsv1.Deployment
}

func (e *empty) Scheme() *runtime.Scheme { return e.scheme }

func (e *empty) GroupVersionKindFor(o runtime.Object) (schema.GroupVersionKind, error) {
	return apiutil.GVKForObject(o, e.scheme)
}

func (e *empty) Get(
	_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption,
) error {
	switch o := into.(type) {
	case *v1alpha1.FlashMQBroker:
		for i := range e.brokers {
			if client.ObjectKeyFromObject(&e.brokers[i]) == key {
				e.brokers[i].DeepCopyInto(o)
				return nil
			}
		}
	case *appsv1.Deployment:
		if e.deployment != nil && client.ObjectKeyFromObject(e.deployment) == key {
			e.deployment.DeepCopyInto(o)
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

func (e *empty) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch l := list.(type) {
	case *corev1.ServiceList:
		l.Items = e.services
	case *appsv1.StatefulSetList:
		l.Items = e.sets
	}
	return nil
}

func (e *empty) Apply(
	context.Context, runtime.ApplyConfiguration, ...client.ApplyOption,
) error {
	return nil
}

// users has every Secret and ConfigMap that is referred to, with good certificates.
type users struct {
	client.Reader // nothing is listed
	data          map[string][]byte
}

func newUsers(t testing.TB) *users {
	t.Helper()
	a := credentialstest.New(t, "users")
	s := a.Server()
	folder := t.TempDir()
	chain, key := s.Write(t, folder, "s")
	return &users{data: map[string][]byte{"tls.crt": content(t, chain), "tls.key": content(t, key),
		"ca.crt": a.PEM(), "ca.crl": a.Revoke(time.Now().Add(time.Hour))}}
}

func (u *users) Get(
	_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption,
) error {
	switch o := into.(type) {
	case *corev1.Secret:
		o.Data = u.data
	case *corev1.ConfigMap:
		o.Data = map[string]string{"ca.crt": string(u.data["ca.crt"])}
	}
	return nil
}

// direct is the API server: it has what users have, and no child.
type direct struct{ *users }

func (d direct) Get(
	ctx context.Context, key client.ObjectKey, into client.Object, o ...client.GetOption,
) error {
	if _, ok := into.(*metav1.PartialObjectMetadata); ok {
		return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	return d.users.Get(ctx, key, into, o...)
}

// known says that a cluster has all optional kinds.
type known struct{}

func (known) ServerResourcesForGroupVersion(string) (*metav1.APIResourceList, error) {
	return &metav1.APIResourceList{APIResources: []metav1.APIResource{
		{Kind: "Certificate", Name: "certificates"},
		{Kind: "ServiceMonitor", Name: "servicemonitors"},
		{Kind: "PrometheusRule", Name: "prometheusrules"}}}, nil
}

// visit begins a pass over a broker, in a cluster where there is nothing.
func visit(t testing.TB, b *v1alpha1.FlashMQBroker, services ...corev1.Service) *pass {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme,
		v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	all := func(context.Context, string, schema.GroupResource) (bool, error) { return true, nil }
	kinds := optional.New(known{}, all, time.Hour, logr.Discard(),
		func([]schema.GroupVersionKind) {})
	kinds.Refresh(context.Background())
	u := newUsers(t)
	now := time.Now()
	c := New(Options{Client: &empty{scheme: scheme, services: services}, Direct: direct{u},
		Referred: u, Kinds: kinds, Events: events.NewFakeRecorder(100),
		Now:   func() time.Time { return now },
		Image: laterImage, ProxyImage: "haproxy:9", AgentImage: "flashmq-operator:9",
		ClusterDomain: "cluster.local", Namespace: "flashmq-system", Rollouts: 1,
		Report: func(context.Context, string, string) (*admin.Report, error) {
			return nil, errors.New("nobody is there")
		},
		ProxyStatus: func(context.Context, string) (*proxyagent.Status, error) {
			return nil, errors.New("nobody is there")
		}})
	b.UID = "3b1b1f3e-0000-4000-8000-000000000000"
	return &pass{Controller: c, ctx: context.Background(), broker: b,
		status: b.Status.DeepCopy(), wanted: apply.Wanted{},
		told: conditions.From(b.Status.Conditions, b.Generation, metav1.NewTime(now))}
}

// spec begins a pass over a broker with a spec in YAML.
func spec(t testing.TB, text string) *pass { return visit(t, fixtures.Spec(t, text)) }
