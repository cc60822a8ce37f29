// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
)

// flow is something that happens to a broker, in steps. The operator is cut off during the last of
// them.
type flow struct {
	name  string
	steps []step
}

// step is a change, and what is there when the operator has done with it.
type step struct {
	// at is what the operator's clock shows, from the beginning of the flow on.
	at time.Duration
	// create makes the broker; all other steps change one.
	create, change func(*v1alpha1.FlashMQBroker)
	// user changes what is not the broker's.
	user func(*testing.T, client.Client, *v1alpha1.FlashMQBroker)
	// rollout and ready are the reasons then, Settled and Ready if not said.
	rollout, ready v1alpha1.ConditionReason
	// made tells more, such as whether a certificate is a new one.
	made func(client.Reader, *v1alpha1.FlashMQBroker) bool
}

const day = 24 * time.Hour

// flows are all there are. To kill the operator in another one takes a line here.
var flows = []flow{
	{"create", []step{{create: alone}}},
	{"create with TLS", []step{{create: withTLS}}},
	{"add a listener", []step{{create: alone}, {change: withTLS}}},
	{"remove a listener", []step{{create: withTLS}, {change: alone}}},
	{"rename a Service", []step{{create: service("a")}, {change: service("b")}}},
	{"log level", []step{{create: alone}, {change: logLevel}}},
	{"labels", []step{{create: withTLS}, {change: labelled}}},
	{"event loops", []step{{create: loops(2)}, {change: loops(4)}}},
	{"image", []step{{create: alone}, {change: image("flashmq:2")}}},
	{"wait for approval", []step{{create: manual}, waitsForApproval}},
	{"approve", []step{{create: manual}, waitsForApproval, {change: approve}}},
	{"wait for the window", []step{{create: windows}, waitsForWindow}},
	{"window", []step{{create: windows}, waitsForWindow, {at: 12 * time.Hour}}},
	{"scale to zero", []step{{create: alone}, scaledToZero}},
	{"scale from zero", []step{{create: alone}, scaledToZero, {change: replicas(1)}}},
	{"bring another certificate", []step{{create: broughtFrom, user: bring}, {user: bring,
		made: isServed}}},
	{"rotate a certificate", []step{{create: withTLS}, {at: 61 * day, made: lasts(61 * day)}}},
	{"rotate an authority", []step{{create: withTLS}, {at: 2440 * day, made: hasSuccessor}}},
	{"hand over an authority", []step{{create: withTLS}, {at: 2440 * day, made: hasSuccessor},
		{at: 2480 * day, made: hasPredecessor}}},
	{"alerts", []step{{create: alone}, {change: withAlerts}}},
	{"no alerts", []step{{create: withAlerts}, {change: withoutMonitors}}},
	{"ask an issuer", []step{{create: alone}, waitsForIssuer}},
	{"issue a certificate", []step{{create: alone}, waitsForIssuer, {user: issue,
		made: isIssued}}},
	{"renew an issued certificate", []step{{create: alone}, waitsForIssuer, {user: issue},
		{user: issue, made: isIssued}}},
	{"create with a proxy", []step{{create: combined(proxied, guarded)}}},
	{"add a proxy", []step{{create: alone}, {change: proxied}}},
	{"remove a proxy", []step{{create: combined(proxied, guarded, mutual)},
		{change: noProxy, made: hasNoTier}}},
	{"add a listener behind a proxy", []step{{create: combined(proxied, terminated)},
		{change: withTLS}}},
	{"image of a proxy", []step{{create: proxied}, {change: proxyImage("haproxy:2")}}},
	{"scale a proxy", []step{{create: proxied}, {change: proxies(2)}}},
	{"TLS before and behind a proxy", []step{{create: combined(withTLS, proxied, bySource)},
		{change: combined(terminated, mutual)}}},
	{"rotate the certificates behind a proxy", []step{{create: combined(proxied, mutual)},
		{at: 61 * day, made: backendLasts(61 * day)}}},
	{"no alerts, behind a proxy", []step{{create: combined(proxied, withAlerts)},
		{change: withoutMonitors}}},
}

var (
	waitsForApproval = step{change: loops(4), rollout: v1alpha1.ReasonAwaitingApproval,
		ready: v1alpha1.ReasonRestartRequired}
	waitsForWindow = step{change: loops(4), rollout: v1alpha1.ReasonAwaitingWindow,
		ready: v1alpha1.ReasonRestartRequired}
	scaledToZero   = step{change: replicas(0), ready: v1alpha1.ReasonScaledToZero}
	waitsForIssuer = step{change: withIssuer, ready: v1alpha1.ReasonIssuerNotReady}
)

func alone(b *v1alpha1.FlashMQBroker) { b.Spec.Listeners = []v1alpha1.Listener{plain} }

func service(name v1alpha1.ServiceName) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Services = []v1alpha1.BrokerService{{Name: name}}
	}
}

func logLevel(b *v1alpha1.FlashMQBroker) {
	b.Spec.Logging = &v1alpha1.Logging{Level: v1alpha1.LogDebug}
}

func labelled(b *v1alpha1.FlashMQBroker) {
	b.Spec.InheritedMetadata = &v1alpha1.TemplateMetadata{Labels: map[string]string{"a": "b"}}
}

func image(name v1alpha1.ImageName) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) { b.Spec.Image = name }
}

func replicas(n int32) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) { b.Spec.Replicas = &n }
}

func manual(b *v1alpha1.FlashMQBroker) {
	b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateManual}
}

func approve(b *v1alpha1.FlashMQBroker) {
	metav1.SetMetaDataAnnotation(&b.ObjectMeta, v1alpha1.ApproveAnnotation,
		string(b.Status.Revisions.PendingWorkload))
}

// windows has one from noon on. The clock shows half past midnight when a flow begins.
func windows(b *v1alpha1.FlashMQBroker) {
	b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateWindows,
		Windows: []v1alpha1.UpdateWindow{{Cron: "0 12 * * *", DurationMinutes: 60}}}
}

func withoutMonitors(b *v1alpha1.FlashMQBroker) {
	b.Spec.Metrics = &v1alpha1.Metrics{
		ServiceMonitor: &v1alpha1.ServiceMonitor{Mode: v1alpha1.MonitorDisabled}}
}

// broughtFrom has a certificate from a Secret of its own.
func broughtFrom(b *v1alpha1.FlashMQBroker) {
	withSecret(b)
	b.Spec.Listeners[0].TLS.SecretName = v1alpha1.ObjectName(b.Name + "-mine")
}

// bring puts another certificate into that Secret, or makes it.
func bring(t *testing.T, k client.Client, b *v1alpha1.FlashMQBroker) {
	s := mine(b, pair(t))
	s.Name = b.Name + "-mine"
	if err := k.Update(t.Context(), s); client.IgnoreNotFound(err) != nil {
		t.Fatal(err)
	} else if err != nil {
		if err := k.Create(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// secret is the data of one, nil without any.
func secret(k client.Reader, namespace, name string) map[string][]byte {
	var s corev1.Secret
	key := client.ObjectKey{Namespace: namespace, Name: name}
	if k.Get(context.Background(), key, &s) != nil {
		return nil
	}
	return s.Data
}

// isServed tells whether the broker was given what is in its user's Secret.
func isServed(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
	theirs := secret(k, b.Namespace, b.Name+"-mine")[pki.CertificateKey]
	return bytes.Equal(theirs, secret(k, b.Namespace, resources.CertificatesName(b))["mqtts.crt"])
}

// lasts tells whether the certificate was renewed at that time.
func lasts(from time.Duration) func(client.Reader, *v1alpha1.FlashMQBroker) bool {
	return func(_ client.Reader, b *v1alpha1.FlashMQBroker) bool {
		for _, c := range b.Status.Certificates {
			return c.NotAfter != nil && c.NotAfter.After(midnight.Add(from+80*day))
		}
		return false
	}
}

func hasSuccessor(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
	return secret(k, b.Namespace, resources.AuthorityName(b))["ca-next.crt"] != nil
}

func hasPredecessor(k client.Reader, b *v1alpha1.FlashMQBroker) bool {
	s := secret(k, b.Namespace, resources.AuthorityName(b))
	return s["ca-next.crt"] == nil && s["ca-previous.crt"] != nil
}

// midnight is a little before a flow begins, and not long ago, so that certificates made by tests
// are valid.
var midnight = time.Now().UTC().Truncate(day).Add(day)
