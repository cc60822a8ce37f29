// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build scale

package scale

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/flashmq/flashmq/operator"
	"github.com/flashmq/flashmq/operator/brokeradmin"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// The environment of an operator: that it is one, where all brokers are, and where a profile goes.
const (
	asOperator = "FLASHMQ_SCALE_OPERATOR"
	brokersAt  = "FLASHMQ_SCALE_BROKERS"
	profileTo  = "FLASHMQ_SCALE_PROFILE"
)

// operate is an operator as cmd/flashmq-operator runs it. Pods without containers cannot answer, so
// all questions go to the test.
func operate() error {
	if path := os.Getenv(profileTo); path != "" {
		out, err := os.Create(path)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	log.SetLogger(logr.Discard())
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme, err := operator.Scheme()
	if err != nil {
		return err
	}
	m, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Client: operator.Client(),
		Cache:   operator.Cache(nil, labels.Everything()),
		Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	all := os.Getenv(brokersAt)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, all)
	}
	transport := &http.Transport{DialContext: dial}
	err = operator.Register(m, operator.Options{Image: "flashmq:1.0.0",
		ClusterDomain: "cluster.local", Rollouts: 1, Workers: 4,
		Report: brokeradmin.New(transport).Report})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return m.Start(ctx)
}

// serve answers for all brokers, which run what they were given last.
func serve(t *testing.T, config *rest.Config, scheme *runtime.Scheme) (address string) {
	t.Helper()
	kept, err := cache.New(config, cache.Options{Scheme: scheme,
		DefaultLabelSelector: labels.SelectorFromSet(
			labels.Set{resources.ManagedByLabel: resources.ManagedBy})})
	must(t, err)
	must(t, kept.IndexField(t.Context(), &corev1.Secret{}, "token", func(o client.Object) []string {
		return []string{string(o.(*corev1.Secret).Data["admin-token"])}
	}))
	go func() { _ = kept.Start(t.Context()) }()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		report, err := reportOf(r.Context(), kept, token)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(report)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func reportOf(ctx context.Context, c client.Reader, token string) (*admin.Report, error) {
	var secrets corev1.SecretList
	err := c.List(ctx, &secrets, client.MatchingFields{"token": token})
	if err != nil || len(secrets.Items) != 1 {
		return nil, fmt.Errorf("%d brokers have the token, %w", len(secrets.Items), err)
	}
	s := &secrets.Items[0]
	name := strings.TrimSuffix(s.Name, "-admin")
	var text corev1.ConfigMap
	err = c.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name + "-config"}, &text)
	if err != nil {
		return nil, err
	}
	var files corev1.Secret
	err = c.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name + "-certificates"}, &files)
	if err != nil {
		return nil, err
	}
	r := &admin.Report{Version: "1.0.0", Ready: true, Listeners: []admin.Listener{{Port: 8883}}}
	r.Revisions.Configuration = admin.Revision([]byte(text.Data["flashmq.conf"]))
	if cert := files.Data["mqtts.crt"]; cert != nil {
		r.Listeners[0].Certificate = &admin.Certificate{Revision: admin.Revision(cert)}
	}
	return r, nil
}
