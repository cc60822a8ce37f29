// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
)

// definitions is the folder of the generated CustomResourceDefinitions.
const definitions = "../../deploy/crds"

// startAPI is an API server that knows the definition.
func startAPI(t *testing.T) (client.Client, *rest.Config) {
	t.Helper()
	cluster := kubetest.Start(t, kubetest.Options{CRDs: []string{definitions}})
	scheme := runtime.NewScheme()
	if err := AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	api, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return api, cluster.Config
}

// TestAPI asks a real API server. It is one test because starting one takes seconds.
func TestAPI(t *testing.T) {
	api, config := startAPI(t)
	t.Run("rules", func(t *testing.T) { testRules(t, api) })
	t.Run("keys", func(t *testing.T) { testKeys(t, api) })
	t.Run("accepted", func(t *testing.T) { testAccepted(t, api) })
	t.Run("defaults", func(t *testing.T) { testDefaults(t, api) })
	t.Run("samples", func(t *testing.T) { testSamples(t, api) })
	t.Run("updates", func(t *testing.T) { testUpdates(t, api) })
	t.Run("scale", func(t *testing.T) { testScale(t, api) })
	t.Run("status", func(t *testing.T) { testStatus(t, api) })
	t.Run("table", func(t *testing.T) { testTable(t, api, config) })
}
