// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package podport_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator/kubectl/podport"
	"github.com/flashmq/flashmq/operator/kubectl/podtest"
)

// reach returns a Dialer for an API server that only has pods.
func reach(t *testing.T, pods *podtest.Pods) *podport.Dialer {
	t.Helper()
	s := httptest.NewServer(pods.Handler(http.NotFoundHandler()))
	t.Cleanup(s.Close)
	d, err := podport.New(&rest.Config{Host: s.URL, BearerToken: "for the API server"}, "plant")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDial(t *testing.T) {
	t.Parallel()
	// What a pod hears is what was said, tokens among it.
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte(r.Header.Get("Authorization") + strings.Repeat("x", 1<<20)))
		_, _ = w.Write(body)
	}))
	t.Cleanup(pod.Close)
	pods := podtest.New()
	pods.Port("plant/x-0:9090", pod.Listener.Addr().String())
	c := http.Client{Transport: &http.Transport{DialContext: reach(t, pods).DialContext,
		DisableKeepAlives: true}}
	for range 2 { // one connection after the other
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x-0:9090/",
			strings.NewReader("the end"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer for the pod")
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		text := string(body)
		if err != nil || !strings.HasPrefix(text, "Bearer for the pod") ||
			!strings.HasSuffix(text, "the end") || len(text) != 18+1<<20+7 {
			t.Errorf("%d bytes, error %v", len(text), err)
		}
	}
}

func TestDialFails(t *testing.T) {
	t.Parallel()
	pods := podtest.New()
	pods.Port("plant/x-0:9090", "127.0.0.1:1") // nothing listens there
	pods.Refuse("/secret-0/portforward")
	d := reach(t, pods)
	tests := []struct{ name, address, want string }{
		{"nothing listens", "x-0:9090", "cannot connect to port 9090"},
		{"forbidden", "secret-0:9090", "port 9090 of pod secret-0: "},
		{"no address", "x-0", "missing port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := d.DialContext(t.Context(), "tcp", test.address)
			if err == nil {
				_, err = io.ReadAll(c)
				_ = c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

// The API server takes WebSocket, and speaks SPDY with the node.
func TestDialThroughAPIServer(t *testing.T) {
	t.Parallel()
	cluster := kubetest.Start(t, kubetest.Options{})
	k, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Header.Get("Authorization")))
	}))
	t.Cleanup(pod.Close)
	pods := podtest.New()
	pods.Port("default/x-0:9090", pod.Listener.Addr().String())
	kubelet := pods.Kubelet(t)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "played"}}
	runs := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "x-0"},
		Spec: corev1.PodSpec{NodeName: node.Name,
			Containers: []corev1.Container{{Name: "main", Image: "x"}}}}
	for _, o := range []client.Object{node, runs} {
		if err := k.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP,
		Address: kubelet.IP.String()}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(kubelet.Port)
	if err := k.Status().Update(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	asked := &protocols{}
	config := rest.CopyConfig(cluster.Config)
	config.Wrap(asked.wrap)
	d, err := podport.New(config, "default")
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Transport: &http.Transport{DialContext: d.DialContext}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x-0:9090/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer for the pod")
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || string(body) != "Bearer for the pod" {
		t.Errorf("the pod has heard %q, error %v", body, err)
	}
	if got := asked.String(); got != "websocket" {
		t.Errorf("the API server was asked for %s", got)
	}
}

// protocols are those that upgrades were asked for with.
type protocols struct{ asked []string }

func (p *protocols) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		name := "websocket"
		if strings.HasPrefix(strings.ToLower(r.Header.Get("Upgrade")), "spdy") {
			name = "spdy"
		}
		p.asked = append(p.asked, name)
		return next.RoundTrip(r)
	})
}

func (p *protocols) String() string { return strings.Join(p.asked, ", ") }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An API server that does not answer holds nobody up.
func TestDialEndsWithItsContext(t *testing.T) {
	t.Parallel()
	asked, over := make(chan struct{}, 2), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-over
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(over) })
	d, err := podport.New(&rest.Config{Host: s.URL}, "plant")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-asked
		stop()
	}()
	if _, err := d.DialContext(ctx, "tcp", "x-0:9090"); err == nil {
		t.Error("there is a connection")
	}
}
