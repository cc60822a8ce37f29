// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/kubectl/bundle"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/version"
)

// Ours: more of a kind than a broker has.
const mostChildren = 200

// collector puts what belongs to one broker into an archive. What cannot be read is noted there.
type collector struct {
	*session
	ctx     context.Context
	broker  *v1alpha1.FlashMQBroker
	archive *bundle.Archive
	// names are those of objects whose events belong here.
	names map[string]bool
}

func (c *collector) all() {
	c.archive.AddYAML("broker.yaml", plain(c.broker))
	c.versions()
	c.secrets()
	for _, kind := range childKinds {
		c.children(kind)
	}
	c.configuration()
	c.brokers()
	c.operators()
	c.events()
}

func (c *collector) versions() {
	server, err := c.set.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(c.ctx)
	if err != nil {
		c.archive.Fail("version of the API server", err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "kubectl-flashmq: %s\nbroker: %s\nimage: %s\n", version.Info(),
		c.broker.Status.Version, c.broker.Status.Image)
	if p := c.broker.Status.Proxy; p != nil {
		fmt.Fprintf(&text, "proxy image: %s\n", p.Image)
	}
	fmt.Fprintf(&text, "Kubernetes: %s\n", server)
	c.archive.Add("versions.txt", []byte(text.String()))
}

// childKinds are the kinds of children, Secrets aside, and of what controllers make of them.
var childKinds = []schema.GroupVersionKind{
	{Group: "apps", Version: "v1", Kind: "StatefulSet"},
	{Group: "apps", Version: "v1", Kind: "Deployment"},
	{Group: "apps", Version: "v1", Kind: "ControllerRevision"},
	{Version: "v1", Kind: "Service"},
	{Version: "v1", Kind: "ConfigMap"},
	{Version: "v1", Kind: "ServiceAccount"},
	{Version: "v1", Kind: "Pod"},
	{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"},
	{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"},
	{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"},
	{Group: "monitoring.coreos.com", Version: "v1", Kind: "ServiceMonitor"},
	{Group: "monitoring.coreos.com", Version: "v1", Kind: "PrometheusRule"},
	{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
}

// children adds all of one kind that carry the broker's label.
func (c *collector) children(kind schema.GroupVersionKind) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	err := c.client.List(c.ctx, list, client.InNamespace(c.broker.Namespace), c.label(),
		client.Limit(mostChildren))
	switch {
	case meta.IsNoMatchError(err): // the cluster does not have it
		return
	case err != nil:
		c.archive.Fail(kind.Kind+"s", err)
		return
	}
	for i := range list.Items {
		child := &list.Items[i]
		c.names[child.GetName()] = true
		c.archive.AddYAML(fmt.Sprintf("children/%s-%s.yaml", strings.ToLower(kind.Kind),
			child.GetName()), child.Object)
	}
}

func (c *collector) label() client.MatchingLabels {
	return client.MatchingLabels{resources.BrokerLabel: c.broker.Name}
}

// secrets adds the broker's own, and those that its spec refers to.
func (c *collector) secrets() {
	var list corev1.SecretList
	err := c.client.List(c.ctx, &list, client.InNamespace(c.broker.Namespace), c.label(),
		client.Limit(mostChildren))
	if err != nil {
		c.archive.Fail("Secrets", err)
	}
	there := make(map[string]bool)
	add := func(s *corev1.Secret) {
		there[s.Name], c.names[s.Name] = true, true
		c.archive.AddSecret("secrets/"+s.Name+".yaml", s)
	}
	for i := range list.Items {
		add(&list.Items[i])
	}
	for _, name := range slices.Sorted(maps.Keys(secretNames(c.broker))) {
		if there[name] {
			continue
		}
		s := &corev1.Secret{}
		key := client.ObjectKey{Namespace: c.broker.Namespace, Name: name}
		if err := c.client.Get(c.ctx, key, s); err != nil {
			c.archive.Fail("Secret "+name, err)
			continue
		}
		add(s)
	}
}

// secretNames are those of all Secrets that a spec refers to, wherever that is, and of those that
// cert-manager makes for it.
func secretNames(b *v1alpha1.FlashMQBroker) map[string]bool {
	names := make(map[string]bool)
	for i := range b.Spec.Listeners {
		if l := &b.Spec.Listeners[i]; l.TLS != nil && l.TLS.IssuerRef != nil {
			names[resources.ListenerSecretName(b, l.Name)] = true
		}
	}
	for _, s := range b.Spec.ImagePullSecrets {
		names[string(s.Name)] = true
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&b.Spec)
	if err == nil {
		findSecrets("", object, names)
	}
	return names
}

func findSecrets(field string, v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["name"].(string); ok && (field == "secretKeyRef" ||
			field == "secretRef" || field == "secret") {
			names[name] = true
		}
		for key, value := range v {
			findSecrets(key, value, names)
		}
	case []any:
		for _, element := range v {
			findSecrets(field, element, names)
		}
	case string:
		if v != "" && (field == "secretName" || field == "crlSecretName") {
			names[v] = true
		}
	}
}

// configuration adds flashmq.conf.
func (c *collector) configuration() {
	m := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: c.broker.Namespace, Name: resources.ConfigName(c.broker)}
	if err := c.client.Get(c.ctx, key, m); err != nil {
		c.archive.Fail(brokerconfig.FileName, err)
		return
	}
	c.archive.Add(brokerconfig.FileName, []byte(bundle.Config(m.Data[brokerconfig.FileName])))
}

// brokers adds what brokers and proxies have logged, and what brokers say about themselves.
func (c *collector) brokers() {
	for _, component := range []resources.Component{resources.Broker, resources.Proxy} {
		pods, err := c.pods(c.ctx, c.broker, component)
		if err != nil {
			c.archive.Fail("pods of the component "+string(component), err)
			continue
		}
		for i := range pods {
			c.logs("logs/", &pods[i])
			if component == resources.Broker {
				c.report(pods[i].Name)
			}
		}
	}
}

// report adds what a broker says about itself.
func (c *collector) report(pod string) {
	token, err := c.token(c.ctx, c.broker)
	if err == nil {
		c.archive.Secrets.Learn([]byte(token))
		var said any
		if said, err = c.ask(pod, token); err == nil {
			var text []byte
			if text, err = json.MarshalIndent(said, "", "  "); err == nil {
				c.archive.Add("reports/"+pod+".json", text)
				return
			}
		}
	}
	c.archive.Fail("report of "+pod, err)
}

func (c *collector) ask(pod, token string) (any, error) {
	admin, err := c.admin()
	if err != nil {
		return nil, err
	}
	return admin.Report(c.ctx, adminAddress(pod), token)
}
