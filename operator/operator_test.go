// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package operator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator/operatortest"
)

// world is a cluster and an operator in it.
type world struct {
	*operatortest.Cluster
	op *operatortest.Operator
}

func newWorld(t *testing.T, crds ...string) *world {
	t.Helper()
	w := &world{Cluster: operatortest.New(t, "..", crds...)}
	w.op = w.Start(t, operatortest.Options{})
	return w
}

// conf is the flashmq.conf of a broker.
func (w *world) conf(t *testing.T, b *v1alpha1.FlashMQBroker) string {
	t.Helper()
	m := operatortest.Get(t, w.Cluster, b, b.Name+"-config", &corev1.ConfigMap{})
	return m.Data["flashmq.conf"]
}

func TestOperator(t *testing.T) {
	w := newWorld(t, kubetest.Definitions(t)...)
	tests := []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"a minimal broker becomes ready", minimal},
		{"a listener is added without a restart", listenerAdded},
		{"a restart has a reason", restarted},
		{"a restart waits for approval", approved},
		{"a certificate that is missing comes", certificateMissing},
		{"a key that does not match replaces nothing", keyMismatch},
		{"a certificate that cannot be read", certificateBroken},
		{"a name that is taken", nameTaken},
		{"pods that do not become ready", badPods},
		{"a port of a node that is taken", samePort},
		{"a port that is wanted twice", portConflict},
		{"a key that the broker refuses", invalidKey},
		{"paused", paused},
		{"the usual listener goes when there is another", usualListener},
		{"nothing to do", nothingToDo},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, w) })
	}
}

func minimal(t *testing.T, w *world) {
	b := w.Broker(t, nil)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if *b.Status.ReadyReplicas != 1 || b.Status.Version != "1.0.0" ||
		b.Status.Image != "flashmq:1" {
		t.Errorf("the status is %+v", b.Status)
	}
	want := []v1alpha1.Endpoint{{Listener: "mqtt", Scope: v1alpha1.EndpointInternal,
		URL:           "mqtt://x." + b.Namespace + ".svc.cluster.local:1883",
		ClientAddress: v1alpha1.ClientAddressPreserved}}
	if !slices.Equal(b.Status.Endpoints, want) {
		t.Errorf("the endpoints are %v", b.Status.Endpoints)
	}
	w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
}

func listenerAdded(t *testing.T, w *world) {
	b := w.Broker(t, nil)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	set := operatortest.Get(t, w.Cluster, b, "x", &appsv1.StatefulSet{})
	pod := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{})
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883}, {Name: "mqtts",
			Port: 8883, TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}}}
	})
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	after := operatortest.Get(t, w.Cluster, b, "x", &appsv1.StatefulSet{})
	if after.Generation != set.Generation {
		t.Errorf("the StatefulSet has changed: %+v", after.Spec.Template)
	}
	if same := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{}); same.UID != pod.UID ||
		same.Annotations["flashmq.io/config"] == pod.Annotations["flashmq.io/config"] {
		t.Errorf("the pod is another one, or was not told: %v", same.Annotations)
	}
	s := operatortest.Get(t, w.Cluster, b, "x", &corev1.Service{})
	if len(s.Spec.Ports) != 2 || b.Status.Certificates[0].NotAfter == nil {
		t.Errorf("ports %v, certificates %v", s.Spec.Ports, b.Status.Certificates)
	}
	text := w.conf(t, b)
	if !strings.Contains(text, "fullchain /etc/flashmq/mqtts.crt") {
		t.Errorf("flashmq.conf is\n%s", text)
	}
}

func loops(n int32) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Config = &v1alpha1.BrokerConfig{EventLoops: &n}
	}
}

func restarted(t *testing.T, w *world) {
	b := w.Broker(t, loops(2))
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	pod := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{})
	w.Change(t, b, loops(4))
	w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{}).UID == pod.UID {
		t.Error("the pod is the same")
	}
	set := operatortest.Get(t, w.Cluster, b, "x", &appsv1.StatefulSet{})
	if set.Annotations["flashmq.io/restart-reason"] != "ConfigChanged" {
		t.Errorf("annotations %v", set.Annotations)
	}
}

func approved(t *testing.T, w *world) {
	b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateManual}
	})
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	pod := operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{})
	w.Change(t, b, loops(4))
	w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonAwaitingApproval)
	w.Says(t, b, v1alpha1.ConditionConfigApplied, v1alpha1.ReasonRestartRequired)
	w.Settle(t, w.op, b) // several visits later it still knows
	w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonAwaitingApproval)
	want := &v1alpha1.RestartStatus{Reason: "ConfigChanged",
		Keys: []string{"config.eventLoops 0 -> 4"}}
	if !reflect.DeepEqual(b.Status.Restart, want) {
		t.Errorf("the restart is because of %+v", b.Status.Restart)
	}
	if operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{}).UID != pod.UID {
		t.Error("the pod is another one")
	}
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) {
		b.Annotations = map[string]string{
			v1alpha1.ApproveAnnotation: string(b.Status.Revisions.PendingWorkload)}
	})
	w.Says(t, b, v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if operatortest.Get(t, w.Cluster, b, "x-0", &corev1.Pod{}).UID == pod.UID {
		t.Error("the pod is the same")
	}
}

// pair is a certificate and its key, each as PEM.
func pair(t *testing.T) map[string][]byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"},
		NotBefore: midnight.AddDate(0, 0, -2), NotAfter: midnight.AddDate(1, 0, 0),
		DNSNames: []string{"x"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})}
}

func withSecret(b *v1alpha1.FlashMQBroker) {
	b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
		TLS: &v1alpha1.ListenerTLS{SecretName: "mine"}}}
}

func mine(b *v1alpha1.FlashMQBroker, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: b.Namespace, Name: "mine"},
		Data: data}
}

func certificateMissing(t *testing.T, w *world) {
	b := w.Broker(t, withSecret)
	c := w.Says(t, b, v1alpha1.ConditionCertificatesReady, v1alpha1.ReasonSecretMissing)
	if !strings.Contains(c.Message, "there is no Secret mine") {
		t.Errorf("the message is %q", c.Message)
	}
	if err := w.Client.Create(t.Context(), mine(b, pair(t))); err != nil {
		t.Fatal(err)
	}
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
}

func keyMismatch(t *testing.T, w *world) {
	b := w.Broker(t, withSecret)
	good, other := pair(t), pair(t)
	s := mine(b, good)
	if err := w.Client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	s.Data = map[string][]byte{"tls.crt": good["tls.crt"], "tls.key": other["tls.key"]}
	if err := w.Client.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.Says(t, b, v1alpha1.ConditionCertificatesReady, v1alpha1.ReasonKeyMismatch)
	served := operatortest.Get(t, w.Cluster, b, "x-certificates", &corev1.Secret{})
	if string(served.Data["mqtts.key"]) != string(good["tls.key"]) {
		t.Error("the good key was replaced")
	}
}

func nameTaken(t *testing.T, w *world) {
	namespace := w.Namespace(t)
	theirs := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "x"},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
	if err := w.Client.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Namespace = namespace })
	c := w.Says(t, b, v1alpha1.ConditionStalled, v1alpha1.ReasonNameTaken)
	if !strings.Contains(c.Message, "Service x") {
		t.Errorf("the message is %q", c.Message)
	}
	if s := operatortest.Get(t, w.Cluster, b, "x", &corev1.Service{}); s.Spec.Ports[0].Port != 80 {
		t.Errorf("the Service was taken over: %+v", s.Spec)
	}
}

func invalidKey(t *testing.T, w *world) {
	b := w.Broker(t, nil)
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	before := w.conf(t, b)
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Config = &v1alpha1.BrokerConfig{
			Extra: []v1alpha1.ConfigKey{{Name: "max_quos", Value: "1"}}}
	})
	c := w.Says(t, b, v1alpha1.ConditionConfigValid, v1alpha1.ReasonInvalidKey)
	if !strings.Contains(c.Message, "did you mean max_qos?") {
		t.Errorf("the message is %q", c.Message)
	}
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonInvalidKey)
	if now := w.conf(t, b); now != before {
		t.Errorf("flashmq.conf is\n%s", now)
	}
}

func paused(t *testing.T, w *world) {
	yes, no := true, false
	b := w.Broker(t, func(b *v1alpha1.FlashMQBroker) { b.Spec.Paused = &yes })
	w.Says(t, b, v1alpha1.ConditionPaused, v1alpha1.ReasonPaused)
	var secrets corev1.SecretList
	if err := w.Client.List(t.Context(), &secrets); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets.Items {
		if s.Namespace == b.Namespace {
			t.Errorf("there is a Secret %s", s.Name)
		}
	}
	w.Change(t, b, func(b *v1alpha1.FlashMQBroker) { b.Spec.Paused = &no })
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
}

// usualListener applies a broker without listeners on the server side, and then with one: nobody
// owns the usual one, and in clear text it must not stay open beside it.
func usualListener(t *testing.T, w *world) {
	namespace := w.Namespace(t)
	apply := func(spec map[string]any) {
		t.Helper()
		u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
		u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("FlashMQBroker"))
		u.SetName("x")
		u.SetNamespace(namespace)
		err := w.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u),
			client.FieldOwner("kubectl"))
		if err != nil {
			t.Fatal(err)
		}
	}
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "x"}}
	apply(map[string]any{"auth": map[string]any{"anonymous": true}})
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	if s := operatortest.Get(t, w.Cluster, b, "x",
		&corev1.Service{}); s.Spec.Ports[0].Port != 1883 {
		t.Errorf("the ports are %v", s.Spec.Ports)
	}
	apply(map[string]any{"auth": map[string]any{"anonymous": true}, "listeners": []any{
		map[string]any{"name": "mqtts", "port": int64(8883),
			"tls": map[string]any{"generated": map[string]any{}}}}})
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(b), b); err != nil {
		t.Fatal(err)
	}
	w.Says(t, b, v1alpha1.ConditionReady, v1alpha1.ReasonReady)
	s := operatortest.Get(t, w.Cluster, b, "x", &corev1.Service{})
	text := operatortest.Get(t, w.Cluster, b, "x-config", &corev1.ConfigMap{}).Data["flashmq.conf"]
	if len(s.Spec.Ports) != 1 || strings.Count(text, "listen {") != 1 ||
		!strings.Contains(text, "fullchain ") {
		t.Errorf("ports %v, flashmq.conf\n%s", s.Spec.Ports, text)
	}
}
