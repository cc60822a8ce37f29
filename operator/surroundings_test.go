// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/operatortest"
	"github.com/flashmq/flashmq/operator/optional"
)

// TestSurroundings has clusters that are not as the operator would like them.
func TestSurroundings(t *testing.T) {
	c := operatortest.New(t, "..", kubetest.Definitions(t, "prometheus-operator")...)
	t.Run("the API server is away", func(t *testing.T) { outage(t, c) })
	t.Run("the API server is away from a leader", func(t *testing.T) { leaderOutage(t, c) })
	t.Run("the cache is late", func(t *testing.T) { lateCache(t, c) })
	t.Run("many brokers", func(t *testing.T) { many(t, c) })
	t.Run("rights in one namespace", func(t *testing.T) { rights(t, c) })
	t.Run("rights that are missing", func(t *testing.T) { missingRights(t, c) })
	t.Run("kinds that come and go", func(t *testing.T) { kindsComeAndGo(t, c) })
}

// outage has no API server for a while in which a user changes something, and one broker is new to
// the operator.
func outage(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	op := c.Start(t, operatortest.Options{
		Operator: operator.Options{Namespaces: []string{namespace}}})
	in := func(name string, change func(*v1alpha1.FlashMQBroker)) *v1alpha1.FlashMQBroker {
		return c.Broker(t, func(b *v1alpha1.FlashMQBroker) {
			b.Namespace, b.Name = namespace, name
			change(b)
		})
	}
	b := in("old", withTLS)
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	c.Settle(t, op, b)
	op.Wire.Down(true)
	c.Change(t, b, loops(3))
	young := in("young", withTLS)
	asked := c.Asked(operatortest.Name(b))
	// It goes on asking the broker how it is, and fails to write that down.
	operatortest.Until(t, func() bool { return op.Wire.Refused() > 20 },
		func() string { return "nobody asks" })
	if ended, err := op.Ended(); ended {
		t.Fatalf("the operator has ended: %v", err)
	}
	op.Wire.Down(false)
	for _, b := range []*v1alpha1.FlashMQBroker{b, young} {
		c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		c.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	}
	if c.Asked(operatortest.Name(b)) == asked {
		t.Error("the broker was not asked again")
	}
	c.Settle(t, op, b, young)
}

// leaderOutage has no API server for some tries to renew a lease, and then for longer than a lease
// lasts.
func leaderOutage(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	lead := func(o *ctrl.Options) {
		lease, renew, retry := 4*time.Second, 3*time.Second, 200*time.Millisecond
		o.LeaderElection, o.LeaderElectionReleaseOnCancel = true, true
		o.LeaderElectionID, o.LeaderElectionNamespace = "flashmq-operator", namespace
		o.LeaseDuration, o.RenewDeadline, o.RetryPeriod = &lease, &renew, &retry
	}
	options := operatortest.Options{Manager: lead,
		Operator: operator.Options{Namespaces: []string{namespace}}}
	op := c.Start(t, options)
	b := c.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Namespace = namespace })
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	op.Wire.Down(true)
	operatortest.Until(t, func() bool { return op.Wire.Refused() > 5 },
		func() string { return "nobody renews the lease" })
	op.Wire.Down(false)
	c.Change(t, b, logLevel)
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if ended, err := op.Ended(); ended {
		t.Fatalf("the operator has ended: %v", err)
	}
	op.Wire.Down(true)
	operatortest.Until(t, func() bool { ended, _ := op.Ended(); return ended },
		func() string { return "a leader without a lease goes on" })
	op.Kill() // its complaint is the expected one
	c.Change(t, b, loops(3))
	c.Start(t, options)
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	c.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
}

// lateCache has a pod that is not ready for a moment in which the operator does not hear what it
// has written itself. It may not take the status that it remembers for the one there is.
func lateCache(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	op := c.Start(t, operatortest.Options{
		Operator: operator.Options{Namespaces: []string{namespace}}})
	w := &world{c, op}
	b := c.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Namespace = namespace })
	other := c.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Namespace, b.Name = namespace, "y" })
	for _, b := range []*v1alpha1.FlashMQBroker{b, other} {
		c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		c.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	}
	c.Settle(t, op, b, other)
	for _, b := range []*v1alpha1.FlashMQBroker{b, other} {
		remembers(t, c, op, b)
	}
	release := op.Wire.Hold()
	t.Cleanup(release)
	notReady, ready := &corev1.ContainerStatus{}, &corev1.ContainerStatus{Ready: true}
	w.kubelet(t, b, notReady)
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonNoReadyPods)
	asked := c.Asked(operatortest.Name(b))
	w.kubelet(t, b, ready)
	// When the other one has had its turn, this one has had its own.
	w.kubelet(t, other, notReady)
	c.Says(t, other, v1alpha1.ConditionReady, v1alpha1.ReasonNoReadyPods)
	if n := c.Asked(operatortest.Name(b)) - asked; n > 0 {
		t.Errorf("%d visits went by a status that is not there any more", n)
	}
	release()
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
}

// remembers waits until an operator has seen a broker as it is.
func remembers(
	t *testing.T, c *operatortest.Cluster, op *operatortest.Operator, b *v1alpha1.FlashMQBroker,
) {
	t.Helper()
	key, seen := client.ObjectKeyFromObject(b), &v1alpha1.FlashMQBroker{}
	operatortest.Until(t, func() bool {
		if err := c.Client.Get(t.Context(), key, b); err != nil {
			t.Fatal(err)
		}
		return op.Memory.Get(t.Context(), key, seen) == nil &&
			seen.ResourceVersion == b.ResourceVersion
	}, func() string { return "it has not seen " + operatortest.Name(b) })
}

// Ours: bounds of what many brokers may take.
const (
	manyBrokers = 50
	// mostPerBroker is twice the number of its children, and some more for its status.
	mostPerBroker = 30
	// mostGoroutines may be added by looking at them all again.
	mostGoroutines = 20
)

// many has brokers enough to see what each of them takes. make operator-scale measures with more.
func many(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	op := c.Start(t, operatortest.Options{
		Operator: operator.Options{Namespaces: []string{namespace}, Workers: 4}})
	var all []*v1alpha1.FlashMQBroker
	for i := range manyBrokers {
		all = append(all, c.Broker(t, func(b *v1alpha1.FlashMQBroker) {
			b.Namespace, b.Name = namespace, fmt.Sprintf("b%d", i)
			withTLS(b)
		}))
	}
	for _, b := range all {
		c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
		c.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
		if n := op.Wire.Writes(operatortest.Name(b)); n > mostPerBroker {
			t.Errorf("%s took %d writes: %q", b.Name, n, op.Wire.Log(operatortest.Name(b)))
		}
	}
	c.Settle(t, op, all...)
	before := runtime.NumGoroutine()
	writes, reads := c.Again(t, op, all...)
	if writes+reads > 0 {
		t.Errorf("%d writes, %d reads for brokers that have not changed", writes, reads)
	}
	if n := runtime.NumGoroutine(); n > before+mostGoroutines {
		t.Errorf("%d goroutines, %d before all brokers were looked at again", n, before)
	}
}

// needed is what an operator may have to do in its namespaces, and no more.
func needed() []rbacv1.PolicyRule {
	all := []string{"get", "list", "watch", "create", "patch", "delete"}
	return []rbacv1.PolicyRule{
		{APIGroups: []string{"flashmq.io"}, Resources: []string{"flashmqbrokers"},
			Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{"flashmq.io"}, Resources: []string{"flashmqbrokers/status"},
			Verbs: []string{"get", "patch"}},
		{APIGroups: []string{"", "apps", "policy", "networking.k8s.io"}, Verbs: all,
			Resources: []string{"services", "configmaps", "secrets", "serviceaccounts",
				"statefulsets", "deployments", "poddisruptionbudgets", "networkpolicies"}},
		{APIGroups: []string{""}, Resources: []string{"pods"},
			Verbs: []string{"get", "list", "watch", "patch"}},
		{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"},
			Verbs: []string{"create", "patch"}},
		{APIGroups: []string{"monitoring.coreos.com"}, Verbs: all,
			Resources: []string{"servicemonitors", "prometheusrules"}},
	}
}

// allow gives somebody rules in a namespace, and returns how to be that somebody.
func allow(
	t *testing.T, c *operatortest.Cluster, namespace string, rules []rbacv1.PolicyRule,
) *rest.Config {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "operator"},
		Rules: rules}
	binding := &rbacv1.RoleBinding{ObjectMeta: role.ObjectMeta,
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects: []rbacv1.Subject{{Kind: "User", Name: namespace}}}
	for _, object := range []client.Object{role, binding} {
		if err := c.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	config := rest.CopyConfig(c.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: namespace,
		Groups: []string{"system:authenticated"}}
	return config
}

func rights(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	op := c.Start(t, operatortest.Options{Config: allow(t, c, namespace, needed()),
		Operator: operator.Options{Namespaces: []string{namespace}}})
	b := c.Broker(t, func(b *v1alpha1.FlashMQBroker) {
		b.Namespace = namespace
		withEverything(b)
	})
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	c.Change(t, b, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Services = nil
		alone(b)
	})
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	c.Change(t, b, loops(3))
	c.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	c.Settle(t, op, b)
	for _, line := range slices.Concat(op.Logged("forbidden"),
		operatortest.LoggedByAnyone(`User \"`+namespace)) {
		t.Errorf("a right is missing: %s", line)
	}
}

// missingRights takes a verb away from a resource at a time.
func missingRights(t *testing.T, c *operatortest.Cluster) {
	tests := []struct {
		name, resource, verb string
		// kind is the condition that tells; when it is "", a log does, and nothing works.
		kind v1alpha1.ConditionType
		text string
		fine bool // it does without
	}{
		{name: "write a Service", resource: "services", verb: "patch",
			kind: v1alpha1.ConditionConfigApplied, text: `cannot patch resource "services"`},
		{name: "make a Secret", resource: "secrets", verb: "create",
			kind: v1alpha1.ConditionConfigApplied, text: `cannot create resource "secrets"`},
		{name: "run pods", resource: "statefulsets", verb: "patch",
			kind: v1alpha1.ConditionConfigApplied, text: `cannot patch resource "statefulsets"`},
		{name: "tell pods", resource: "pods", verb: "patch",
			kind: v1alpha1.ConditionConfigApplied, text: `cannot patch resource "pods"`},
		{name: "see ConfigMaps", resource: "configmaps", verb: "watch",
			text: `cannot watch resource \"configmaps\"`},
		{name: "write the status", resource: "flashmqbrokers/status", verb: "patch",
			text: `cannot patch resource \"flashmqbrokers/status\"`},
		{name: "see ServiceMonitors", resource: "servicemonitors", verb: "list", fine: true,
			text: `verb=list resource=servicemonitors`},
		{name: "write ServiceMonitors", resource: "servicemonitors", verb: "patch", fine: true,
			text: `verb=patch resource=servicemonitors`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			namespace := c.Namespace(t)
			config := allow(t, c, namespace, without(needed(), test.resource, test.verb))
			op := c.Start(t, operatortest.Options{Config: config,
				Operator: operator.Options{Namespaces: []string{namespace}}})
			b := c.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Namespace = namespace })
			logged := func() bool {
				return len(op.Logged(test.text))+len(operatortest.LoggedByAnyone(test.text)) > 0
			}
			if test.kind == "" {
				operatortest.Until(t, logged, func() string { return test.text })
			}
			if test.fine {
				c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
			}
			if test.kind != "" {
				m := c.Says(t, b, test.kind, v1alpha1.ReasonApplyFailed)
				if !strings.Contains(m.Message, test.text) {
					t.Errorf("the message is %q", m.Message)
				}
				c.Says(t, b, v1alpha1.ConditionStalled, v1alpha1.ReasonApplyFailed)
			}
			if ended, err := op.Ended(); ended {
				t.Errorf("the operator has ended: %v", err)
			}
		})
	}
}

// without are rules that lack a verb of a resource.
func without(rules []rbacv1.PolicyRule, resource, verb string) (out []rbacv1.PolicyRule) {
	same := func(want string) func(string) bool { return func(s string) bool { return s == want } }
	for _, rule := range rules {
		if !slices.Contains(rule.Resources, resource) {
			out = append(out, rule)
			continue
		}
		rest := *rule.DeepCopy()
		rest.Resources = slices.DeleteFunc(rest.Resources, same(resource))
		if len(rest.Resources) > 0 {
			out = append(out, rest)
		}
		rule.Resources = []string{resource}
		rule.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), same(verb))
		out = append(out, rule)
	}
	return out
}

// kindsComeAndGo removes a CustomResourceDefinition that the operator uses, and brings it back.
func kindsComeAndGo(t *testing.T, c *operatortest.Cluster) {
	namespace := c.Namespace(t)
	op := c.Start(t, operatortest.Options{Operator: operator.Options{
		Namespaces: []string{namespace}, AskForKinds: 2 * time.Second}})
	b := c.Broker(t, func(b *v1alpha1.FlashMQBroker) {
		b.Namespace = namespace
		withAlerts(b)
	})
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	monitor := func() error {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(optional.ServiceMonitor)
		return c.Client.Get(t.Context(), client.ObjectKeyFromObject(b), u)
	}
	operatortest.Until(t, func() bool { return monitor() == nil },
		func() string { return "no ServiceMonitor" })
	definitions := envtest.CRDInstallOptions{Paths: kubetest.Definitions(t, "prometheus-operator")}
	if err := envtest.UninstallCRDs(c.Config, definitions); err != nil {
		t.Fatal(err)
	}
	warned := func(kind schema.GroupVersionKind) func() bool {
		return func() bool {
			if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(b), b); err != nil {
				t.Fatal(err)
			}
			return strings.Contains(strings.Join(b.Status.Warnings, "\n"), "no "+kind.Kind)
		}
	}
	for _, kind := range []schema.GroupVersionKind{optional.ServiceMonitor,
		optional.PrometheusRule} {
		operatortest.Until(t, warned(kind), func() string { return "no warning of " + kind.Kind })
	}
	c.Change(t, b, logLevel)
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	c.Settle(t, op, b)
	if lines := op.Logged("Reconciler error"); len(lines) > 3 {
		t.Errorf("%d errors: %s", len(lines), strings.Join(lines, "\n"))
	}
	if _, err := envtest.InstallCRDs(c.Config, definitions); err != nil {
		t.Fatal(err)
	}
	operatortest.Until(t, func() bool {
		return monitor() == nil && !warned(optional.ServiceMonitor)()
	}, func() string { return "no ServiceMonitor comes back" })
	c.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if ended, err := op.Ended(); ended {
		t.Errorf("the operator has ended: %v", err)
	}
}
