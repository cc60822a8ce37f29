// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// proxy runs the HAProxy tier and tells how it is.
func (p *pass) proxy() (bool, error) {
	b := p.broker
	if !b.Spec.ProxyEnabled() {
		p.status.Proxy = nil
		return true, nil
	}
	if err := p.proxyImages(); err != nil {
		return false, err
	}
	if err := p.want(resources.ProxyService(b)); err != nil {
		return false, err
	}
	if budget := resources.ProxyDisruptionBudget(b); budget != nil {
		if err := p.want(budget); err != nil {
			return false, err
		}
	}
	text, waiting, err := p.proxyConfiguration()
	switch {
	case err != nil:
		return false, err
	case waiting != "":
		// Until there is something to serve, what is there stays.
		p.wanted.Add(deployments, resources.ProxyName(b))
		p.wanted.Add(configMaps, resources.ProxyName(b))
		p.told.False(v1alpha1.ConditionProxyReady, v1alpha1.ReasonPropagating, waiting)
		return true, nil
	}
	if err := p.want(resources.ProxyConfigMap(b, text)); err != nil {
		return false, err
	}
	deployment := resources.ProxyDeployment(b, resources.Tier{Image: string(p.status.Proxy.Image),
		AgentImage: string(p.status.Proxy.AgentImage)})
	if err := p.want(deployment); err != nil {
		return false, err
	}
	wanted := &proxyagent.Status{Configuration: proxyagent.Configuration(text),
		Files: proxyagent.Files(p.proxyFiles())}
	p.tier = tier{wanted, deployment.Spec.Template.Annotations[resources.TemplateAnnotation]}
	return true, nil
}

// tier is what the HAProxy pods are to run; zero when that is not known yet.
type tier struct {
	wanted *proxyagent.Status
	// template is the revision of their template. Pods of an older one will be replaced, and need
	// not be able to use what is new.
	template string
}

// proxyConfiguration renders haproxy.cfg, or says what it waits for. Meanwhile it is rendered all
// the same, for what is wrong with the spec.
func (p *pass) proxyConfiguration() (text []byte, waiting string, err error) {
	address := placeholder
	node := p.facts.services[resources.NodeName(p.broker, 0)]
	if node == nil || node.Spec.ClusterIP == "" {
		waiting = "the Service " + resources.NodeName(p.broker, 0) + " has no address yet"
	} else {
		address = node.Spec.ClusterIP
	}
	o := p.proxyOptions(address)
	if len(o.Listeners) == 0 {
		return nil, "no listener that HAProxy serves has its certificate yet", nil
	}
	if text, err = haproxy.Render(o); err != nil {
		reason := v1alpha1.ReasonInvalidKey
		if strings.HasPrefix(err.Error(), "extra") { // errors begin with the name of the option
			reason = v1alpha1.ReasonReservedKey
		}
		return nil, "", &invalid{reason, "spec.proxy." + err.Error()}
	}
	return text, waiting, nil
}

// placeholder is an address for documentation (RFC 5737).
const placeholder = "192.0.2.1"

// proxyImages decides once, as the step image does.
func (p *pass) proxyImages() error {
	s := p.status.Proxy
	if s == nil {
		s = &v1alpha1.ProxyStatus{}
		p.status.Proxy = s
	}
	before, there, err := p.tierBefore()
	if err != nil {
		return err
	}
	if there && before.Image == "" {
		s.Image = "" // what it had was the spec's choice, not ours
	}
	if p.broker.Spec.Update.Upgrades == v1alpha1.UpgradesPatch {
		before = resources.Tier{Image: p.ProxyImage, AgentImage: p.AgentImage}
		*s = v1alpha1.ProxyStatus{Replicas: s.Replicas, ReadyReplicas: s.ReadyReplicas}
	}
	s.Image = cmp.Or(p.broker.Spec.Proxy.Image, s.Image, v1alpha1.ImageName(before.Image),
		v1alpha1.ImageName(p.ProxyImage))
	s.AgentImage = cmp.Or(s.AgentImage, v1alpha1.ImageName(before.AgentImage),
		v1alpha1.ImageName(p.AgentImage))
	if s.Image == "" || s.AgentImage == "" {
		return &invalid{v1alpha1.ReasonUnknownVersion, "there is no image for HAProxy or its " +
			"agent: start the operator with --proxy-image and --agent-image"}
	}
	return nil
}

// tierBefore are the images that the operator has chosen, also where the status was lost, as in a
// restore, and whether there is a tier.
func (p *pass) tierBefore() (t resources.Tier, there bool, err error) {
	d := &appsv1.Deployment{}
	key := client.ObjectKey{Namespace: p.broker.Namespace, Name: resources.ProxyName(p.broker)}
	err = p.Client.Get(p.ctx, key, d, client.UnsafeDisableDeepCopy)
	if err != nil || !metav1.IsControlledBy(d, p.broker) {
		return t, false, client.IgnoreNotFound(err)
	}
	return resources.TierOf(d), true, nil
}

// proxyFiles are what lies beside haproxy.cfg, as proxyVolume of resources puts it together.
func (p *pass) proxyFiles() map[string][]byte {
	files := maps.Clone(p.backendFiles)
	if p.broker.Spec.Proxy.TLS == v1alpha1.ProxyTerminate {
		if files == nil {
			files = make(map[string][]byte)
		}
		maps.Copy(files, p.certificates.files)
	}
	return files
}

// proxyReady tells how the HAProxy pods are.
func (p *pass) proxyReady() (bool, error) {
	if p.tier.wanted == nil {
		return true, nil
	}
	ready, there := int32(0), int32(len(p.facts.proxies))
	var refused *verdict // the first, then nobody else is asked
	for i := range p.facts.proxies {
		pod := &p.facts.proxies[i]
		if pod.DeletionTimestamp != nil || pod.Status.PodIP == "" {
			continue
		}
		sum := admin.JoinRevisions(p.tier.wanted.Configuration, p.tier.wanted.Files)
		if err := p.nudge(pod, sum); err != nil {
			return false, err
		}
		if !isReady(pod) || pod.Annotations[resources.TemplateAnnotation] != p.tier.template {
			continue
		}
		ready++
		if refused != nil {
			continue
		}
		if v := p.askProxy(pod, p.tier.wanted); !v.good {
			refused = v
		}
	}
	p.status.Proxy.Replicas, p.status.Proxy.ReadyReplicas = &there, &ready
	want := int32(1)
	if n := p.broker.Spec.Proxy.EffectiveReplicas(); n != nil {
		want = *n
	}
	brokers := p.told.Get(v1alpha1.ConditionAvailable)
	switch {
	case refused != nil:
		p.tell(v1alpha1.ConditionProxyReady, refused)
		wait := pollPending
		if refused.reason == v1alpha1.ReasonNoReport {
			wait = p.patience(v1alpha1.ConditionProxyReady)
		}
		p.comeBack(p.Now().Add(wait))
	case ready >= want:
		p.told.True(v1alpha1.ConditionProxyReady, v1alpha1.ReasonPodsReady, "")
	case brokers == nil || brokers.Status != "True":
		p.told.False(v1alpha1.ConditionProxyReady, v1alpha1.ReasonNoBackends,
			"no broker is ready: HAProxy pods become so after it")
	default:
		reason, message := trouble(p.facts.proxies)
		p.told.False(v1alpha1.ConditionProxyReady, reason, fmt.Sprintf("%d of %d HAProxy pods are "+
			"ready: %s", ready, want, message))
	}
	return true, nil
}

// askProxy hears from a pod whether it runs what it was given.
func (p *pass) askProxy(pod *corev1.Pod, wanted *proxyagent.Status) *verdict {
	ctx, cancel := context.WithTimeout(p.ctx, pollPending)
	defer cancel()
	s, err := p.ProxyStatus(ctx, net.JoinHostPort(pod.Status.PodIP,
		strconv.Itoa(proxyagent.Port)))
	switch {
	case err != nil:
		return unknown(v1alpha1.ReasonNoReport, pod.Name+": "+err.Error())
	case s.Configuration == wanted.Configuration && s.Files == wanted.Files:
		return yes(v1alpha1.ReasonPodsReady, "")
	case s.LastChange != nil && s.LastChange.Error != "":
		return no(v1alpha1.ReasonConfigRejected, pod.Name+": "+s.LastChange.Error)
	}
	return no(v1alpha1.ReasonPropagating, fmt.Sprintf("%s has configuration %s and files %s, not "+
		"%s and %s yet", pod.Name, s.Configuration, s.Files, wanted.Configuration, wanted.Files))
}
