// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/pki"
	"github.com/flashmq/flashmq/operator/resources"
)

// unzip reads an archive.
func unzip(t *testing.T, file string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// secretive is a broker that refers to Secrets in every way there is.
func secretive(b *v1alpha1.FlashMQBroker) {
	b.Annotations = map[string]string{
		"kubectl.kubernetes.io/last-applied-configuration": `{"it": "says env-sesame"}`}
	b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
		TLS: &v1alpha1.ListenerTLS{SecretName: "mine", ClientAuth: &v1alpha1.ClientAuth{
			Mode: v1alpha1.ClientAuthRequire, CRLSecretName: "revoked",
			Identity: v1alpha1.IdentityCommonName,
			CAFrom:   &v1alpha1.CASource{SecretName: "authorities"}}}}}
	b.Spec.ImagePullSecrets = []v1alpha1.SecretRef{{Name: "registry"}}
	b.Spec.PodTemplate = &v1alpha1.PodTemplate{Env: []corev1.EnvVar{
		{Name: "PASSWORD", Value: "env-sesame"},
		{Name: "OTHER", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "variables"}, Key: "a"}}}},
		ExtraVolumes: []v1alpha1.ExtraVolume{{Name: "v",
			Secret: &corev1.SecretVolumeSource{SecretName: "volume"}}}}
	b.Spec.Patches = []v1alpha1.Patch{{Target: v1alpha1.PatchTarget{Kind: "StatefulSet"},
		Type: v1alpha1.PatchJSON,
		Patch: `[{"op": "add", "path": "/spec/template/spec/containers/0/env/0/value",
			"value": "env-sesame"}]`}}
}

// secretValues are those of all Secrets of the test, by "secret/key".
func secretValues(t *testing.T) map[string][]byte {
	t.Helper()
	now := time.Now()
	a, authority, err := pki.EnsureAuthority(nil, pki.AuthorityOptions{Name: "plant/x"}, now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := pki.EnsureLeaf(nil, a, pki.LeafOptions{CommonName: "x",
		DNSNames: []string{"mqtt.example.com"}, Usages: pki.Server}, now)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"x-admin/admin-token": []byte(token), "x-ca/tls.key": authority.Data[pki.PrivateKeyKey],
		"mine/tls.crt": leaf.Data[pki.CertificateKey], "mine/tls.key": leaf.Data[pki.PrivateKeyKey],
		"revoked/ca.crl":             []byte("-----BEGIN X509 CRL-----\nrevoked-sesame-and-more\n"),
		"authorities/ca.crt":         leaf.Data[pki.BundleKey],
		"registry/.dockerconfigjson": []byte(`{"auths": {"r": {"auth": "registry-sesame"}}}`),
		"variables/a":                []byte("variable-sesame\n"),
		"volume/b":                   []byte("volume\n\tsesame"),
	}
}

// setReport makes a broker with all that a report has. All secrets stand in logs and events, too.
func setReport(t *testing.T, w *world) (values map[string][]byte) {
	t.Helper()
	b := w.broker(t, secretive)
	values = secretValues(t)
	secrets := make(map[string]map[string][]byte)
	var spoken bytes.Buffer
	for name, value := range values {
		secret, key, _ := strings.Cut(name, "/")
		if secrets[secret] == nil {
			secrets[secret] = make(map[string][]byte)
		}
		secrets[secret][key] = value
		spoken.Write(value)
		spoken.WriteString("\n" + base64.StdEncoding.EncodeToString(value) + "\n")
	}
	for name, data := range secrets {
		w.secret(t, b, name, data)
	}
	// Those of others are found by what refers to them.
	for _, name := range []string{"mine", "registry", "variables", "volume", "revoked",
		"authorities"} {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":null,
"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"it says variable-sesame"}}}`))
		if err := w.Client.Patch(t.Context(), s, patch); err != nil {
			t.Fatal(err)
		}
	}
	pod := w.pod(t, b, "x-0", resources.Broker)
	pod.Status.ContainerStatuses[0].RestartCount = 1
	if err := w.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	w.pods.Log(w.namespace+"/x-0/main", "it runs\n"+spoken.String())
	w.pods.Log(w.namespace+"/x-0/main?previous", "it crashed\n")
	w.play(t, b, "x-0", nil)
	for _, child := range []client.Object{
		&corev1.ConfigMap{Data: map[string]string{"flashmq.conf": "thread_count 4\n" +
			"remote_password config-sesame\n"}},
		resources.StatefulSet(complete(b), resources.Workload{Image: "flashmq:1"}),
	} {
		child.SetNamespace(w.namespace)
		child.SetLabels(resources.Labels(b))
		if child.GetName() == "" {
			child.SetName("x-config")
		}
		if err := w.Client.Create(t.Context(), child); err != nil {
			t.Fatal(err)
		}
	}
	event(t, w, "x-0", "BackOff", "it said "+token)
	event(t, w, "y-0", "Elsewhere", "of another broker")
	return values
}

func complete(b *v1alpha1.FlashMQBroker) *v1alpha1.FlashMQBroker {
	b = b.DeepCopy()
	b.Spec.Complete()
	return b
}

func event(t *testing.T, w *world, pod, reason, message string) {
	t.Helper()
	e := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: w.namespace, Name: pod + "." + reason},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: w.namespace, Name: pod},
		Reason:         reason, Message: message, Type: corev1.EventTypeWarning,
		LastTimestamp: metav1.Now(), Count: 3}
	if err := w.Client.Create(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// operator makes a pod of an operator in a namespace of its own.
func operatorPod(t *testing.T, w *world) string {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "operator-"}}
	if err := w.Client.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	elsewhere := *w
	elsewhere.namespace = n.Name
	pod := elsewhere.pod(t, &v1alpha1.FlashMQBroker{}, "flashmq-operator-1", resources.Broker)
	before := pod.DeepCopy()
	pod.Labels = map[string]string{"app.kubernetes.io/name": "flashmq-operator"}
	if err := w.Client.Patch(t.Context(), pod, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	w.pods.Log(n.Name+"/flashmq-operator-1/main", "the operator works with "+token+"\n")
	t.Cleanup(func() { // others look for operators, too
		_ = w.Client.Delete(t.Context(), pod, client.GracePeriodSeconds(0))
	})
	return n.Name
}

func report(t *testing.T, w *world) {
	values := setReport(t, w)
	home := operatorPod(t, w)
	file := filepath.Join(t.TempDir(), "report.zip")
	w.run(t, "report", "x", "-o", file).want(t, 0, "wrote "+file)
	files := unzip(t, file)
	operator := "operator/" + home + "-flashmq-operator-1"
	for _, c := range [][2]string{
		{"broker.yaml", "name: x"}, {"versions.txt", `"gitVersion"`},
		{"flashmq.conf", "thread_count 4\n"},
		{"children/statefulset-x.yaml", "serviceName: x-nodes"},
		{"children/configmap-x-config.yaml", "remote_password [redacted]"},
		{"children/pod-x-0.yaml", "phase: Running"},
		{"secrets/mine.yaml", "- mqtt.example.com"},
		{"secrets/x-admin.yaml", "admin-token: 20 bytes, sha256 "},
		{"secrets/volume.yaml", "b: 14 bytes, sha256 "},
		{"secrets/variables.yaml", "a: 16 bytes, sha256 "},
		{"logs/x-0-main.log", "it runs\n"}, {"logs/x-0-main.previous.log", "it crashed\n"},
		{"reports/x-0.json", `"version": "1.4.2"`},
		{"events.txt", "Warning BackOff Pod/x-0 x3: it said [redacted]"},
		{operator + "-main.log", "the operator works with [redacted]"},
		{operator + ".yaml", "phase: Running"}, {"errors.txt", "Everything could be read."},
	} {
		if name, text := c[0], c[1]; !strings.Contains(files[name], text) {
			t.Errorf("%s does not say %q:\n%s", name, text, files[name])
		}
	}
	all := strings.Join(slices.Collect(maps.Values(files)), "\n")
	for name, value := range values {
		if leak := leaked(all, value); leak != "" {
			t.Errorf("of %s there is %q in the archive", name, leak)
		}
	}
	for _, text := range []string{"sesame", "of another broker", "last-applied", "managedFields"} {
		if strings.Contains(all, text) {
			t.Errorf("%q is in the archive", text)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, error %v", info.Mode(), err)
	}
	w.run(t, "report", "x", "-o", file).want(t, 1, file+" is there already")
	asked := w.pods.Asked()
	if q := asked[0]; q.Get("tailLines") != "5000" || q.Get("limitBytes") != "5242880" {
		t.Errorf("logs were asked for with %v", q)
	}
}

// leaked is what of a value is in a text, as it is or in base64.
func leaked(text string, value []byte) string {
	forms := []string{string(value), base64.StdEncoding.EncodeToString(value)}
	for line := range strings.Lines(string(value)) {
		if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "-----") {
			forms = append(forms, line)
		}
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

func reportWithFewRights(t *testing.T, w *world) {
	setReport(t, w)
	w.pods.Refuse("/secrets", "/secrets/mine", "/secrets/x-admin", "/events", "/log", "/version",
		"/portforward", "/api/v1/pods", "/controllerrevisions")
	got := w.run(t, "report", "x", "-o", "-")
	got.want(t, 0)
	z, err := zip.NewReader(strings.NewReader(got.out), int64(len(got.out)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open("errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range []string{"Secrets: ", "Secret mine: ", "events: ",
		"logs/x-0-main.log: ", "version of the API server: ", "report of x-0: ",
		"pods of the operator, in all namespaces: ", "ControllerRevisions: "} {
		if !strings.Contains(string(text), "\n"+missing) {
			t.Errorf("nothing is said about %q in\n%s", missing, text)
		}
	}
	if _, err := z.Open("children/statefulset-x.yaml"); err != nil {
		t.Error(err)
	}
}
