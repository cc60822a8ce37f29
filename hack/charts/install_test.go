// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

// installed are the objects that kubectl apply -f deploy/crds -f deploy/operator makes.
func installed(t *testing.T) set {
	t.Helper()
	return objects(t, slices.Concat(manifests(t, "crds"), manifests(t, "operator"))...)
}

// The annotation by which helm leaves an object.
const policy = "helm.sh/resource-policy"

// strip removes what says that an object is helm's.
func strip(o *unstructured.Unstructured) {
	labels := o.GetLabels()
	delete(labels, "helm.sh/chart")
	delete(labels, "app.kubernetes.io/managed-by")
	o.SetLabels(labels)
	annotations := o.GetAnnotations()
	delete(annotations, policy)
	o.SetAnnotations(annotations)
}

// TestChartInstallsTheSame compares the chart with what kubectl installs. The namespace of a
// release is made before it, because helm writes down there what it does.
func TestChartInstallsTheSame(t *testing.T) {
	t.Parallel()
	want, got := installed(t), rendered(t)
	const namespace = "Namespace /flashmq-system"
	if want[namespace] == nil {
		t.Error("kubectl makes no namespace")
	}
	delete(want, namespace)
	for _, o := range got {
		strip(o)
	}
	compare(t, want, got)
}

// TestInstallIsRendered compares install.yaml with what kubectl's own kustomize makes of the folder
// it was rendered from, and the folder that has everything with both.
func TestInstallIsRendered(t *testing.T) {
	t.Parallel()
	kubectl := kubetest.Program(t, "kubectl")
	for folder, want := range map[string]set{
		"operator/base": objects(t, manifests(t, "operator")...),
		".":             installed(t),
	} {
		text, err := run(t, kubectl, "kustomize", filepath.Join(deploy, folder))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, want, objects(t, text))
	}
}

// TestDefinitionsAreCopies wants the chart's CustomResourceDefinitions to be those of deploy.
func TestDefinitionsAreCopies(t *testing.T) {
	t.Parallel()
	files := func(folder string) map[string]string {
		out := make(map[string]string)
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out[e.Name()] = string(read(t, filepath.Join(folder, e.Name())))
		}
		return out
	}
	if d := cmp.Diff(files(deploy+"/crds"), files(chart+"/files/crds")); d != "" {
		t.Errorf("run make generate: %s", d)
	}
}

// TestVersionsAgree wants one version in the chart and the manifests.
func TestVersionsAgree(t *testing.T) {
	t.Parallel()
	var about struct{ Version, AppVersion, KubeVersion string }
	decode(t, read(t, chart+"/Chart.yaml"), &about)
	if about.Version == "" || about.Version != about.AppVersion {
		t.Errorf("the chart is %s, the operator %s", about.Version, about.AppVersion)
	}
	for image, name := range images(t, installed(t)) {
		if want := "ghcr.io/flashmq/" + name + ":" + about.AppVersion; image != want {
			t.Errorf("image %s, want %s", image, want)
		}
	}
}
