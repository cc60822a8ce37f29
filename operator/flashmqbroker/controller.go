// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/lru"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/apply"
	"github.com/flashmq/flashmq/operator/conditions"
	"github.com/flashmq/flashmq/operator/optional"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/references"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// FieldOwner stands in managedFields for what the operator has written.
const FieldOwner = "flashmq-operator"

// Options of a Controller.
type Options struct {
	// Client reads from the cache and writes; Direct reads from the API server.
	Client client.Client
	Direct client.Reader
	// Referred has the metadata of Secrets and ConfigMaps of users.
	Referred client.Reader
	// Report asks a broker what it runs, see brokeradmin.
	Report func(ctx context.Context, address, token string) (*admin.Report, error)
	// ProxyStatus asks the agent beside a HAProxy the same, see brokeradmin.
	ProxyStatus func(ctx context.Context, address string) (*proxyagent.Status, error)
	Kinds       *optional.Kinds
	Events      events.EventRecorder
	Now         func() time.Time
	// Image is that of brokers that name none, ProxyImage that of HAProxy, AgentImage that of the
	// operator, which has the agent.
	Image, ProxyImage, AgentImage string
	// ClusterDomain is that of Services.
	ClusterDomain string
	// Namespace is where the operator runs; empty outside of the cluster.
	Namespace string
	// Rollouts is how many brokers may restart at a time.
	Rollouts int
}

// Controller reconciles FlashMQBrokers.
type Controller struct {
	Options
	apply      *apply.Applier
	references *references.Reader
	// outdated has the version of each broker that the last write of its status has replaced.
	outdated *lru.Cache
	turns    turns
}

// Ours.
const (
	// keptReferences is how many Secrets and ConfigMaps of users are remembered, keptOutdated how
	// many brokers.
	keptReferences, keptOutdated = 10000, 10000
	// retryStale is when to look again at a broker that the cache shows as it was before.
	retryStale = 100 * time.Millisecond
)

// New returns a Controller.
func New(o Options) *Controller {
	return &Controller{Options: o,
		apply: apply.New(apply.Options{Client: o.Client, Direct: o.Direct, FieldOwner: FieldOwner,
			Labels: resources.Labels, Indexed: true}),
		references: references.New(o.Referred, o.Direct, keptReferences),
		outdated:   lru.New(keptOutdated), turns: turns{given: make(map[types.UID]turn)}}
}

// pass is one visit to one broker.
type pass struct {
	*Controller
	ctx    context.Context
	broker *v1alpha1.FlashMQBroker
	status *v1alpha1.FlashMQBrokerStatus // to be written at the end
	told   *conditions.Set
	// children are what steps ask for, and step is the one that is taken.
	children []child
	wanted   apply.Wanted
	step     *step
	facts    facts
	// again is when to come back although nothing has happened; zero is never.
	again time.Time
	// complete is whether all steps were taken.
	complete bool
	made
}

// child is an object and the step that asks for it.
type child struct {
	object client.Object
	step   *step
}

// made is what steps hand to later ones.
type made struct {
	certificates certificates
	config       configuration
	token        string
	revisions    v1alpha1.Revisions
	headers      []admin.Listener // of all pods
	backendFiles map[string][]byte
	tier         tier
}

// step is one concern. It tells its conditions, and whether the ones after it make sense. Those
// before apply only ask for children, so that a spec which makes no sense changes nothing.
type step struct {
	name string
	do   func(*pass) (goOn bool, err error)
	// tells is the condition that says so when the step fails.
	tells v1alpha1.ConditionType
}

var steps = []step{
	{"image", (*pass).image, v1alpha1.ConditionConfigApplied},
	{"administration", (*pass).administration, v1alpha1.ConditionConfigApplied},
	{"certificates", (*pass).listenerCertificates, v1alpha1.ConditionCertificatesReady},
	{"configuration", (*pass).configuration, v1alpha1.ConditionConfigApplied},
	{"network", (*pass).network, v1alpha1.ConditionConfigApplied},
	{"workload", (*pass).workload, v1alpha1.ConditionConfigApplied},
	{"proxy", (*pass).proxy, v1alpha1.ConditionProxyReady},
	{"monitoring", (*pass).monitoring, v1alpha1.ConditionConfigApplied},
	{"apply", (*pass).applyAll, v1alpha1.ConditionConfigApplied},
	{"prune", (*pass).prune, v1alpha1.ConditionConfigApplied},
	{"confirmation", (*pass).confirmation, v1alpha1.ConditionConfigApplied},
	{"proxies", (*pass).proxyReady, v1alpha1.ConditionProxyReady},
	{"addresses", (*pass).addresses, v1alpha1.ConditionConfigApplied},
}

// Reconcile visits the broker of that name.
func (c *Controller) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	b := &v1alpha1.FlashMQBroker{}
	if err := c.Client.Get(ctx, r.NamespacedName, b); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if b.DeletionTimestamp != nil {
		return ctrl.Result{}, nil // owner references do the rest
	}
	if v, ok := c.outdated.Get(b.UID); ok && v == b.ResourceVersion {
		// What differs from an old status is not what differs from the one there is.
		return ctrl.Result{RequeueAfter: retryStale}, nil
	}
	now := c.Now()
	p := &pass{Controller: c, ctx: ctx, broker: b.DeepCopy(), status: b.Status.DeepCopy(),
		told:   conditions.From(b.Status.Conditions, b.Generation, metav1.NewTime(now)),
		wanted: apply.Wanted{}}
	p.broker.Spec.Complete()
	err := p.run()
	if e := p.report(b); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil || p.again.IsZero() {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: max(p.again.Sub(now), soonest)}, nil
}

// run takes the steps.
func (p *pass) run() error {
	if on(p.broker.Spec.Paused) {
		p.told.True(v1alpha1.ConditionPaused, v1alpha1.ReasonPaused,
			"spec.paused is set: everything stays as it is")
		return nil
	}
	p.told.False(v1alpha1.ConditionPaused, v1alpha1.ReasonNotPaused, "")
	p.told.Absent(v1alpha1.ConditionStalled)
	if err := p.observe(); err != nil {
		return err
	}
	for i := range steps {
		p.step = &steps[i]
		goOn, err := p.step.do(p)
		if err != nil {
			return p.failed(p.step, err)
		}
		if !goOn {
			return nil
		}
	}
	p.complete = true
	return nil
}

func on(b *bool) bool { return b != nil && *b }

// want asks for a child. Nothing is written yet.
func (p *pass) want(object client.Object) error {
	object, err := p.patched(object)
	if err == nil {
		p.ask(object)
	}
	return err
}

// ask is want for what is patched already.
func (p *pass) ask(object client.Object) {
	p.wanted.Add(p.kindOf(object).GroupKind(), object.GetName())
	p.children = append(p.children, child{object, p.step})
}

// patched is a child with the patches of the spec.
func (p *pass) patched(object client.Object) (client.Object, error) {
	patched, err := resources.Patch(p.broker, object, p.kindOf(object).Kind)
	if err != nil {
		return nil, &invalid{v1alpha1.ReasonPatchFailed, err.Error()}
	}
	return patched, nil
}

func (p *pass) kindOf(object client.Object) schema.GroupVersionKind {
	kind, err := p.Client.GroupVersionKindFor(object)
	if err != nil {
		panic("flashmqbroker: a child that the scheme does not know: " + err.Error())
	}
	return kind
}

// applyAll writes the children that are not as they should be, in the order they were asked for.
func (p *pass) applyAll() (bool, error) {
	p.warnOfPatches()
	for _, c := range p.children {
		for _, w := range resources.Privileges(c.object) {
			p.warn(w)
		}
	}
	for _, c := range p.children {
		_, err := p.apply.Apply(p.ctx, p.broker, c.object)
		if _, custom := c.object.(*unstructured.Unstructured); custom &&
			(apierrors.IsNotFound(err) || apimeta.IsNoMatchError(err)) {
			// The kind has gone, and all of its objects with it.
			p.Kinds.Refresh(p.ctx)
			p.comeBack(p.Now().Add(soonest))
			continue
		}
		if err != nil {
			return false, p.failed(c.step, err)
		}
	}
	return true, nil
}

// warnOfPatches tells of those that change nothing.
func (p *pass) warnOfPatches() {
	for i := range p.broker.Spec.Patches {
		target := &p.broker.Spec.Patches[i].Target
		if !slices.ContainsFunc(p.children, func(c child) bool {
			return resources.Meant(p.broker, target, p.kindOf(c.object).Kind, c.object.GetName())
		}) {
			p.warn(fmt.Sprintf("spec.patches[%d] matches nothing", i))
		}
	}
}

var (
	configMaps  = schema.GroupKind{Kind: "ConfigMap"}
	deployments = schema.GroupKind{Group: "apps", Kind: "Deployment"}
)

// prune removes what no step has asked for. All of them were taken.
func (p *pass) prune() (bool, error) {
	lists := []client.ObjectList{&corev1.ServiceList{}, &corev1.ConfigMapList{},
		&corev1.SecretList{}, &corev1.ServiceAccountList{}, &appsv1.StatefulSetList{},
		&appsv1.DeploymentList{}, &policyv1.PodDisruptionBudgetList{},
		&networkingv1.NetworkPolicyList{}}
	lists = append(lists, p.optionalLists()...)
	_, err := p.apply.Prune(p.ctx, p.broker, p.wanted, lists...)
	return true, err
}

// comeBack makes the next visit no later than t.
func (p *pass) comeBack(t time.Time) {
	if !t.IsZero() && (p.again.IsZero() || t.Before(p.again)) {
		p.again = t
	}
}

// report writes the status, if it is another one.
func (p *pass) report(b *v1alpha1.FlashMQBroker) error {
	p.summarize()
	p.status.ObservedGeneration = b.Generation
	if p.revisions != (v1alpha1.Revisions{}) {
		p.status.Revisions = &p.revisions
	}
	if !p.complete {
		// What was not looked at is as it was: half a status would say that the rest is gone.
		image, proxy := p.status.Image, p.status.Proxy
		p.status = b.Status.DeepCopy()
		p.status.Image, p.status.ObservedGeneration = image, b.Generation
		if p.status.Proxy == nil {
			p.status.Proxy = proxy // images that were chosen
		}
	}
	p.status.Conditions = p.told.List()
	bound(p.status)
	if equality.Semantic.DeepEqual(&b.Status, p.status) {
		return nil
	}
	after := b.DeepCopy()
	after.Status = *p.status
	after.ManagedFields = nil
	err := p.Client.Status().Patch(p.ctx, after, client.MergeFromWithOptions(b,
		client.MergeFromWithOptimisticLock{}))
	switch {
	case apierrors.IsConflict(err):
		p.comeBack(p.Now().Add(retryStale)) // somebody has changed it, or the cache is late
		return nil
	case client.IgnoreNotFound(err) != nil:
		return fmt.Errorf("write the status: %w", err)
	case err == nil && after.ResourceVersion != b.ResourceVersion:
		p.outdated.Add(b.UID, b.ResourceVersion)
		p.announce(&b.Status)
	}
	return nil
}
