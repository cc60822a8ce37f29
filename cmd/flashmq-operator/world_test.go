// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/operatortest"
)

// world is a cluster and who administers it.
type world struct {
	cluster *kubetest.Cluster
	scheme  *runtime.Scheme
	client  client.Client
	cache   string // kubectl's
}

// newWorld starts a cluster that also asks who may name an owner, as some distributions' do.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{cache: t.TempDir(), cluster: kubetest.Start(t, kubetest.Options{Controllers: true,
		Admission: []string{"OwnerReferencesPermissionEnforcement"}})}
	var err error
	if w.scheme, err = operator.Scheme(); err != nil {
		t.Fatal(err)
	}
	if w.client, err = client.New(w.cluster.Config, client.Options{Scheme: w.scheme}); err != nil {
		t.Fatal(err)
	}
	return w
}

// operate runs the operator that objects install until the test ends: with the settings of its
// Deployment, as its ServiceAccount.
func (w *world) operate(t *testing.T, installed []unstructured.Unstructured) *observer {
	t.Helper()
	d := deployment(t, installed)
	pod := w.pod(t, d)
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		if v.ValueFrom != nil {
			v.Value = map[string]string{"metadata.namespace": pod.Namespace,
				"metadata.name": pod.Name, "metadata.uid": string(pod.UID),
			}[v.ValueFrom.FieldRef.FieldPath]
		}
		t.Setenv(v.Name, strings.ReplaceAll(v.Value, "$(POD_NAMESPACE)", d.Namespace))
	}
	s, _, err := readSettings([]string{"--metrics-address=0", "--health-address=127.0.0.1:0"},
		io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{asked: make(map[request]bool)}
	config := w.as(t, d.Namespace, d.Spec.Template.Spec.ServiceAccountName)
	config.Wrap(o.wrap)
	managing, operating := s.managing(w.scheme, logr.Discard()), s.operating()
	if managing.LeaderElectionResourceLockInterface, err = s.lock(config); err != nil {
		t.Fatal(err)
	}
	another := true // operators in one process, one after the other
	managing.Controller.SkipNameValidation = &another
	operating.Report = operatortest.In(t, w.cluster).Report
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- operate(ctx, config, managing, operating) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the operator: %v", err)
			}
		case <-time.After(patience): // a manager that never got what it watches does not end
			t.Error("the operator does not end")
		}
		for _, request := range o.refused() {
			t.Error(request)
		}
	})
	return o
}

// pod is one that the operator could run in.
func (w *world) pod(t *testing.T, d *appsv1.Deployment) *corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	for end := time.Now().Add(patience); len(pods.Items) == 0; time.Sleep(interval) {
		err := w.client.List(t.Context(), &pods, client.InNamespace(d.Namespace),
			client.MatchingLabels(d.Spec.Selector.MatchLabels))
		if err != nil || time.Now().After(end) {
			t.Fatalf("%s has no pod: %v", d.Name, err)
		}
	}
	return &pods.Items[0]
}

// as reaches the cluster as a ServiceAccount does.
func (w *world) as(t *testing.T, namespace, name string) *rest.Config {
	t.Helper()
	account, token := &corev1.ServiceAccount{}, &authenticationv1.TokenRequest{}
	account.Namespace, account.Name = namespace, name
	err := w.client.SubResource("token").Create(t.Context(), account, token)
	if err != nil {
		t.Fatal(err)
	}
	config := rest.AnonymousClientConfig(w.cluster.Config)
	config.BearerToken = token.Status.Token
	return config
}

// deployment is the only one.
func deployment(t *testing.T, objects []unstructured.Unstructured) *appsv1.Deployment {
	t.Helper()
	for i := range objects {
		if objects[i].GetKind() != "Deployment" {
			continue
		}
		var d appsv1.Deployment
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(objects[i].Object, &d)
		if err != nil {
			t.Fatal(err)
		}
		return &d
	}
	t.Fatal("there is no Deployment")
	return nil
}

// objects reads YAML.
func objects(t *testing.T, text string) (out []unstructured.Unstructured) {
	t.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		var u unstructured.Unstructured
		err := decoder.Decode(&u.Object)
		switch {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			t.Fatal(err)
		case u.Object != nil:
			out = append(out, u)
		}
	}
}

// apply applies a file in a namespace, which it makes.
func (w *world) apply(t *testing.T, namespace, file string) {
	t.Helper()
	w.namespace(t, namespace)
	w.kubectl(t, "-n", namespace, "apply", "-f", file)
}

func (w *world) applyText(t *testing.T, text string) {
	t.Helper()
	file := t.TempDir() + "/objects.yaml"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.kubectl(t, "apply", "-f", file)
}

// kubectl runs it as an administrator.
func (w *world) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return w.run(t, kubetest.Program(t, "kubectl"), append([]string{"--kubeconfig",
		w.cluster.Kubeconfig(), "--cache-dir", w.cache}, args...)...)
}

func (w *world) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	answer, err := command.Output()
	if err != nil {
		t.Fatal(fmt.Errorf("%s %q: %w\n%s", program, args, err, complaint.String()))
	}
	return string(answer)
}
