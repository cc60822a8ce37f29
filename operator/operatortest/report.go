// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operatortest

import (
	"context"
	"maps"
	"net"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// Ours: the indices of Secrets by the token of the administration port, and of HAProxy pods by
// their address.
const (
	tokenIndex   = "operatortest/token"
	addressIndex = "operatortest/address"
)

// component is the label that tells HAProxy pods from those of brokers.
const component = "app.kubernetes.io/component"

// Report stands for brokers, which are told apart by their tokens: each runs what it was given.
func (c *Cluster) Report(ctx context.Context, _, token string) (*admin.Report, error) {
	var secrets corev1.SecretList
	err := c.Cache.List(ctx, &secrets, client.MatchingFields{tokenIndex: token})
	if err != nil || len(secrets.Items) == 0 {
		return nil, ErrNothing
	}
	namespace := secrets.Items[0].Namespace
	name := strings.TrimSuffix(secrets.Items[0].Name, "-admin")
	c.mu.Lock()
	c.asked[namespace+"/"+name]++
	c.mu.Unlock()
	var m corev1.ConfigMap
	key := client.ObjectKey{Namespace: namespace, Name: name + "-config"}
	if err := c.Cache.Get(ctx, key, &m); err != nil {
		return nil, err
	}
	r := &admin.Report{Version: "1.0.0", Ready: true}
	r.Revisions.Configuration = admin.Revision([]byte(m.Data[brokerconfig.FileName]))
	return r, c.listeners(ctx, client.ObjectKey{Namespace: namespace, Name: name}, r)
}

// Asked is how often a broker was asked for its report, which happens whenever an operator looks at
// one that has a pod.
func (c *Cluster) Asked(broker string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[broker]
}

func (c *Cluster) listeners(ctx context.Context, key client.ObjectKey, r *admin.Report) error {
	var b v1alpha1.FlashMQBroker
	if err := c.Cache.Get(ctx, key, &b); err != nil {
		return err
	}
	var s corev1.Secret
	key.Name = resources.CertificatesName(&b)
	if err := c.Cache.Get(ctx, key, &s); err != nil {
		return err
	}
	b.Spec.Complete()
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		served := admin.Listener{Port: uint16(l.Port)}
		if l.TLS != nil {
			served.Certificate = certificate(l, s.Data)
		}
		r.Listeners = append(r.Listeners, served)
		if b.Spec.Proxied(l) {
			served.Port = uint16(l.EffectiveProxyPort())
			r.Listeners = append(r.Listeners, served)
		}
	}
	return nil
}

// certificate is what a listener serves, nil without any.
func certificate(l *v1alpha1.Listener, files map[string][]byte) *admin.Certificate {
	name := string(l.Name)
	parts := [][]byte{files[brokerconfig.CertificateKey(name)]}
	if parts[0] == nil {
		return nil
	}
	if l.TLS.VerifiesClients() {
		parts = append(parts, files[brokerconfig.AuthoritiesKey(name)])
		if l.TLS.ClientAuth.CRLSecretName != "" {
			parts = append(parts, files[brokerconfig.RevocationsKey(name)])
		}
	}
	return &admin.Certificate{Revision: admin.Revision(parts...)}
}

// AskedAll is how often all brokers were.
func (c *Cluster) AskedAll() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, asked := range c.asked {
		n += asked
	}
	return n
}

// ProxyStatus stands for the agents beside HAProxy: each runs what its pod was given.
func (c *Cluster) ProxyStatus(ctx context.Context, address string) (*proxyagent.Status, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = c.Cache.List(ctx, &pods, client.MatchingFields{addressIndex: host})
	if err == nil && len(pods.Items) == 0 { // an operator may have seen it sooner
		err = c.Client.List(ctx, &pods,
			client.MatchingLabels{component: string(resources.Proxy)})
	}
	if err != nil {
		return nil, err
	}
	var youngest *corev1.Pod // addresses are given away again
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.PodIP == host && (youngest == nil ||
			youngest.CreationTimestamp.Before(&pod.CreationTimestamp)) {
			youngest = pod
		}
	}
	if youngest == nil {
		return nil, ErrNothing
	}
	return c.mounted(ctx, youngest)
}

// mounted is what an agent says of the volume of its pod.
func (c *Cluster) mounted(ctx context.Context, pod *corev1.Pod) (*proxyagent.Status, error) {
	files, text := make(map[string][]byte), []byte(nil)
	for i := range pod.Spec.Volumes {
		if pod.Spec.Volumes[i].Projected == nil {
			continue
		}
		for _, source := range pod.Spec.Volumes[i].Projected.Sources {
			key := client.ObjectKey{Namespace: pod.Namespace}
			if source.Secret != nil {
				var s corev1.Secret
				key.Name = source.Secret.Name
				if err := c.Cache.Get(ctx, key, &s); err != nil {
					return nil, err
				}
				maps.Copy(files, s.Data)
				continue
			}
			var m corev1.ConfigMap
			key.Name = source.ConfigMap.Name
			if err := c.Cache.Get(ctx, key, &m); err != nil {
				return nil, err
			}
			text = []byte(m.Data[resources.ProxyFile])
		}
	}
	return &proxyagent.Status{Configuration: proxyagent.Configuration(text),
		Files: proxyagent.Files(files)}, nil
}
