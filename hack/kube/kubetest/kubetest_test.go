// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// namespace makes a namespace of its own for a test, in whatever cluster it runs.
func namespace(t *testing.T, k client.Client) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "kubetest-"}}
	if err := k.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Delete(context.Background(), ns); err != nil {
			t.Errorf("namespace %s stays: %v", ns.Name, err)
		}
	})
	return ns.Name
}

func connect(t *testing.T, c *Cluster) client.Client {
	t.Helper()
	k, err := client.New(c.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRulesOfCRDsAreEnforced(t *testing.T) {
	t.Parallel()
	c := Start(t, Options{CRDs: []string{"testdata/lamp.yaml"}})
	k := connect(t, c)
	ns := namespace(t, k)
	tests := []struct {
		name  string
		watts int64
		want  string
	}{
		{"within", 40, ""},
		{"beyond", 41, "a lamp of more than 40 watts is a heater"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lamp := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "kubetest.flashmq.io/v1",
				"kind":       "Lamp",
				"metadata":   map[string]any{"name": test.name, "namespace": ns},
				"spec":       map[string]any{"watts": test.watts},
			}}
			err := k.Create(t.Context(), lamp)
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want != "" && !apierrors.IsInvalid(err):
				t.Fatalf("answer %v, want Invalid", err)
			case test.want != "" && !strings.Contains(err.Error(), test.want):
				t.Errorf("answer %v, want the rule's message %q", err, test.want)
			}
		})
	}
}

func TestStatefulSetBecomesReady(t *testing.T) {
	t.Parallel()
	c := Start(t, Options{Controllers: true})
	k := connect(t, c)
	set := statefulSet(namespace(t, k), 2)
	if err := k.Create(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	err := wait.PollUntilContextTimeout(t.Context(), pollInterval, time.Minute, true,
		func(ctx context.Context) (bool, error) {
			err := k.Get(ctx, client.ObjectKeyFromObject(set), set)
			return set.Status.ReadyReplicas == *set.Spec.Replicas, err
		})
	if err != nil {
		t.Fatalf("status %+v: %v", set.Status, err)
	}
	var claims corev1.PersistentVolumeClaimList
	if err := k.List(t.Context(), &claims, client.InNamespace(set.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, claim := range claims.Items {
		if claim.Status.Phase != corev1.ClaimBound {
			t.Errorf("%s is %s", claim.Name, claim.Status.Phase)
		}
	}
	if len(claims.Items) != 2 {
		t.Errorf("%d claims, want one for each pod", len(claims.Items))
	}
}

// statefulSet has pods that want a volume each.
func statefulSet(namespace string, replicas int32) *appsv1.StatefulSet {
	labels := map[string]string{"app": "web"}
	meta := metav1.ObjectMeta{Name: "web", Namespace: namespace}
	claim := corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}}
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	claim.Spec.Resources.Requests = corev1.ResourceList{"storage": resource.MustParse("1Mi")}
	return &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{
		Replicas: &replicas, ServiceName: "web",
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: "app", Image: "localhost/testapp:dev",
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}}},
		},
		VolumeClaimTemplates: []corev1.PersistentVolumeClaim{claim},
	}}
}

// TestExistingCluster starts a second cluster from what the first one says about itself.
func TestExistingCluster(t *testing.T) {
	first := Start(t, Options{})
	t.Setenv("KUBECONFIG", first.Kubeconfig())
	t.Setenv(existingVariable, "1")
	second := Start(t, Options{CRDs: []string{"testdata"}})
	if want := strings.TrimSuffix(first.Config.Host, "/"); second.Config.Host != want {
		t.Errorf("at %s, want %s", second.Config.Host, want)
	}
	k := connect(t, first)
	crd := &unstructured.Unstructured{}
	crd.SetAPIVersion("apiextensions.k8s.io/v1")
	crd.SetKind("CustomResourceDefinition")
	name := client.ObjectKey{Name: "lamps.kubetest.flashmq.io"}
	if err := k.Get(t.Context(), name, crd); err != nil {
		t.Error(err)
	}
}

// TestNothingOutlivesTheProcess runs itself in a process that ends without any cleanup, as go test
// does after a timeout.
func TestNothingOutlivesTheProcess(t *testing.T) {
	const abandon = "KUBETEST_ABANDON"
	if os.Getenv(abandon) == "1" {
		Start(t, Options{Controllers: true})
		if found := started(t, os.Getpid()); len(found) != 6 {
			t.Fatalf("started %q, want 6 programs", found)
		}
		os.Exit(0)
	}
	t.Setenv(abandon, "1")
	t.Setenv(existingVariable, "")
	t.Setenv("TMPDIR", t.TempDir())
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	if text, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var left []string
	err := wait.PollUntilContextTimeout(t.Context(), pollInterval, time.Minute, true,
		func(context.Context) (bool, error) {
			left = started(t, child.Process.Pid)
			return len(left) == 0, nil
		})
	if err != nil {
		t.Errorf("still running: %q", left)
	}
}

// started are the programs that a process has started, if it still runs or not.
func started(t *testing.T, pid int) []string {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range environments {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // It is somebody else's, or has ended.
		}
		mark := fmt.Sprintf("\x00%s=%d\x00", parentVariable, pid)
		if !strings.Contains("\x00"+string(text)+"\x00", mark) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		name, _, _ := strings.Cut(string(command), "\x00")
		found = append(found, filepath.Base(name))
	}
	return found
}

func TestMissingProgramsNameTheCommand(t *testing.T) {
	empty := t.TempDir()
	tests := []struct {
		name, assets, cache string
		want                []string
	}{
		{"given folder is empty", empty, "", []string{empty, "run hack/kube/build"}},
		{"nothing built", "", empty, []string{"kubeall", "run", "/hack/kube/build"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(assetsVariable, test.assets)
			if test.cache != "" {
				t.Setenv("XDG_CACHE_HOME", test.cache)
			}
			_, err := programs(Options{})
			if err == nil {
				t.Fatal("programs were found")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %q in it", err, want)
				}
			}
		})
	}
}
