// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator"
)

// What hack/e2e says to the tests.
const (
	// operatorVariable is what is given to kubectl apply to install the operator.
	operatorVariable = "E2E_OPERATOR"
	// brokerVariable is the image of brokers that name none.
	brokerVariable = "E2E_BROKER_IMAGE"
	// toolsVariable is the image with mosquitto_pub and mosquitto_sub.
	toolsVariable = "E2E_TOOLS_IMAGE"
	// haproxyVariable is the image with haproxy.
	haproxyVariable = "E2E_HAPROXY_IMAGE"
	// prometheusVariable is a folder with the manifests of prometheus-operator.
	prometheusVariable = "E2E_PROMETHEUS"
	// figuresVariable is a file to which what was measured is written.
	figuresVariable = "E2E_FIGURES"
)

// kube is the cluster, as an administrator sees it, and kubeContext outlasts single tests.
var (
	kube        client.Client
	kubeContext = context.Background()
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	// As a user in a clone of the repository, whose commands these are.
	if err := os.Chdir("../.."); err != nil {
		return failed(err)
	}
	var err error
	if kube, err = connect(); err != nil {
		return failed(err)
	}
	ctx := kubeContext
	if err := unused(ctx); err != nil {
		return failed(err)
	}
	if err := install(ctx); err != nil {
		return failed(err)
	}
	code := m.Run()
	if err := uninstall(ctx); err != nil {
		return failed(err)
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "operator/e2e:", err)
	return 1
}

func connect() (client.Client, error) {
	for _, name := range []string{"KUBECONFIG", operatorVariable, brokerVariable, toolsVariable,
		haproxyVariable, prometheusVariable} {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set: run hack/e2e", name)
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 100, 200
	scheme, err := operator.Scheme()
	if err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// unused makes sure that nobody's brokers are here: CustomResourceDefinitions are removed, and
// brokers go with theirs.
func unused(ctx context.Context) error {
	var list v1alpha1.FlashMQBrokerList
	if err := kube.List(ctx, &list); err != nil {
		return nil // there is no such kind
	}
	var strangers []string
	for i := range list.Items {
		if n := list.Items[i].Namespace; !strings.HasPrefix(n, namespacePrefix) {
			strangers = append(strangers, n+"/"+list.Items[i].Name)
		}
	}
	if len(strangers) > 0 {
		return fmt.Errorf("there are FlashMQBrokers in this cluster, which these tests would "+
			"delete: %s", strings.Join(strangers, ", "))
	}
	return nil
}

// install is the one line of the README.
func install(ctx context.Context) error {
	_, err := command(ctx, "kubectl", "apply", "-f", "deploy/crds", "-f", operatorManifest())
	if err != nil {
		return err
	}
	_, err = command(ctx, "kubectl", "-n", operatorNamespace, "rollout", "status",
		"deployment/flashmq-operator", "--timeout=3m")
	return err
}

func uninstall(ctx context.Context) error {
	_, err := command(ctx, "kubectl", "delete", "--timeout=3m", "-f", operatorManifest(),
		"-f", "deploy/crds")
	return err
}

func operatorManifest() string { return os.Getenv(operatorVariable) }

// Ours.
const (
	operatorNamespace = "flashmq-system"
	namespacePrefix   = "e2e-"
)

// operatorPods are those of the operator.
func operatorPods(ctx context.Context) ([]corev1.Pod, error) {
	var pods corev1.PodList
	err := kube.List(ctx, &pods, client.InNamespace(operatorNamespace),
		client.MatchingLabels{"app.kubernetes.io/name": "flashmq-operator"})
	return pods.Items, err
}
