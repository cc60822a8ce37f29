// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl

import (
	"context"
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokeradmin"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/kubectl/podport"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/version"
)

// Ours.
const (
	// fieldOwner stands in managedFields for annotations that commands set.
	fieldOwner = "kubectl-flashmq"
	// patience is for one request to a broker, whose way leads through the API server.
	patience = 15 * time.Second
	// requestsPerSecond and requestsAtOnce keep one user from burdening an API server.
	requestsPerSecond, requestsAtOnce = 50, 100
)

// session is one command and the cluster it is about.
type session struct {
	Options
	flags *genericclioptions.ConfigFlags

	// These are there after connect.
	config    *rest.Config
	client    client.Client
	set       kubernetes.Interface
	namespace string
	// explicit is whether -n names the namespace.
	explicit bool
}

// connect makes ready to ask the API server. It asks nothing yet.
func (s *session) connect() (err error) {
	loader := s.flags.ToRawKubeConfigLoader()
	if s.namespace, s.explicit, err = loader.Namespace(); err != nil {
		return err
	}
	s.explicit = *s.flags.Namespace != ""
	config, err := s.flags.ToRESTConfig()
	if err != nil {
		return err
	}
	s.config = rest.CopyConfig(config)
	s.config.UserAgent = "kubectl-flashmq/" + version.Info().Version
	s.config.QPS, s.config.Burst = requestsPerSecond, requestsAtOnce
	s.config.WarningHandler = rest.NewWarningWriter(s.ErrOut, rest.WarningWriterOptions{
		Deduplicate: true})
	known := runtime.NewScheme()
	if err := scheme.AddToScheme(known); err != nil {
		return err
	}
	if err := v1alpha1.AddToScheme(known); err != nil {
		return err
	}
	if s.client, err = client.New(s.config, client.Options{Scheme: known}); err != nil {
		return err
	}
	s.set, err = kubernetes.NewForConfig(s.config)
	return err
}

// broker reads one.
func (s *session) broker(ctx context.Context, name string) (*v1alpha1.FlashMQBroker, error) {
	b := &v1alpha1.FlashMQBroker{}
	err := s.client.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: name}, b)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no FlashMQBroker %s in namespace %s: kubectl flashmq "+
			"status -A lists all", name, s.namespace)
	}
	return b, err
}

// pods are those of a component of a broker.
func (s *session) pods(
	ctx context.Context, b *v1alpha1.FlashMQBroker, c resources.Component,
) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := s.client.List(ctx, &list, client.InNamespace(b.Namespace),
		client.MatchingLabels(resources.Selector(b, c)))
	return list.Items, err
}

// token is that of the administration port.
func (s *session) token(ctx context.Context, b *v1alpha1.FlashMQBroker) (string, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: b.Namespace, Name: resources.AdminName(b)}
	if err := s.client.Get(ctx, key, secret); err != nil {
		return "", fmt.Errorf("the token of the broker: %w", err)
	}
	token := string(secret.Data[brokerconfig.TokenFile])
	if token == "" {
		return "", fmt.Errorf("there is no %s in the Secret %s: is the operator running?",
			brokerconfig.TokenFile, key.Name)
	}
	return token, nil
}

// admin asks pods of the namespace at their administration port.
func (s *session) admin() (*brokeradmin.Client, error) {
	d, err := podport.New(s.config, s.namespace)
	if err != nil {
		return nil, err
	}
	return brokeradmin.NewWithin(&http.Transport{DialContext: d.DialContext,
		DisableKeepAlives: true}, patience), nil
}

// adminAddress is how such a pod is called.
func adminAddress(pod string) string {
	return fmt.Sprintf("%s:%d", pod, brokerconfig.AdminPort)
}
