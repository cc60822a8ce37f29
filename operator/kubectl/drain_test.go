// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/pkg/admin"
)

// token is what brokers of these tests know the operator by.
const token = "sesame-open-the-port"

// played is a broker that lets one Client go each time somebody asks.
type played struct {
	admin.Broker
	mu    sync.Mutex
	left  int64 // negative: it does not drain
	ended func()
}

func (p *played) Status() *admin.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &admin.Status{Report: admin.Report{Version: "1.4.2", Clients: 2}}
	if p.left < 0 {
		return s
	}
	s.Draining = &admin.Draining{Remaining: p.left}
	if p.left == 0 && p.ended != nil {
		p.ended()
		p.ended = nil
	} else if p.left > 0 {
		p.left--
	}
	return s
}

func (p *played) Drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = 2
}

// play puts a broker behind the administration port of a pod.
func (w *world) play(t *testing.T, b *v1alpha1.FlashMQBroker, pod string, ended func()) *played {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &played{left: -1, ended: ended}
	s := admin.New(admin.Options{Broker: p, Listener: l, Log: slog.New(slog.DiscardHandler),
		TokenFile: func() string { return file }})
	over := make(chan error, 1)
	go func() { over <- s.Run(t.Context()) }()
	t.Cleanup(func() { <-over })
	w.pods.Port(w.namespace+"/"+pod+":9090", l.Addr().String())
	return p
}

// secret makes a Secret that belongs to a broker.
func (w *world) secret(t *testing.T, b *v1alpha1.FlashMQBroker, name string,
	data map[string][]byte) {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name,
		Labels: resources.Labels(b)}, Data: data}
	if err := w.Client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func drain(t *testing.T, w *world) {
	b := w.broker(t, nil)
	w.secret(t, b, "x-admin", map[string][]byte{"admin-token": []byte(token)})
	pod := w.pod(t, b, "x-0", resources.Broker)
	// The kubelet starts the container again.
	p := w.play(t, b, "x-0", func() {
		pod.Status.ContainerStatuses[0].RestartCount = 1
		if err := w.Client.Status().Update(t.Context(), pod); err != nil {
			t.Error(err)
		}
	})
	w.run(t, "drain", "x").want(t, 1, "Drain "+w.namespace+"/x? [y/N]", "nothing was done")
	if p.left >= 0 {
		t.Fatal("it drains")
	}
	got := w.run(t, "drain", "x", "--yes", "--wait")
	got.want(t, 0, "1200 Clients are disconnected",
		"x-0: drains; it ends when its Clients are gone, and the StatefulSet starts it again\n",
		"x-0: is ready again\n")
	// The answer to the drain itself was the first of the three.
	if !strings.Contains(got.out, "x-0: 1 connections are left\nx-0: 0 connections are left\n") {
		t.Errorf("the progress is\n%s", got.out)
	}
}

func drainFails(t *testing.T, w *world) {
	b := w.broker(t, nil)
	w.run(t, "drain", "x", "-y").want(t, 1, "no pod of "+w.namespace+"/x runs")
	pod := w.pod(t, b, "x-0", resources.Broker)
	w.run(t, "drain", "x", "-y").want(t, 1,
		"the token of the broker: secrets \"x-admin\" not found")
	w.secret(t, b, "x-admin", map[string][]byte{"admin-token": []byte("another")})
	w.run(t, "drain", "x", "-y").want(t, 1, "pod x-0: ", "cannot connect to port 9090")
	p := w.play(t, b, "x-0", nil)
	w.run(t, "drain", "x", "-y").want(t, 1, "pod x-0: ", "401")
	if p.left >= 0 {
		t.Error("it drains")
	}
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "x-admin"}}
	patch := client.MergeFrom(s.DeepCopy())
	s.Data = map[string][]byte{"admin-token": []byte(token)}
	if err := w.Client.Patch(t.Context(), s, patch); err != nil {
		t.Fatal(err)
	}
	w.run(t, "drain", "x", "-y", "--wait", "--timeout", "2s").want(t, 1,
		"x-0 is not ready again after 2s")
	w.pods.Refuse("/portforward")
	w.run(t, "drain", "x", "-y").want(t, 1, "/portforward is forbidden")
	if err := w.Client.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		t.Fatal(err)
	}
}

func logs(t *testing.T, w *world) {
	b := w.broker(t, nil)
	w.run(t, "logs", "x").want(t, 1, "has no pods of the component broker")
	w.pod(t, b, "x-0", resources.Broker)
	for _, name := range []string{"x-proxy-1", "x-proxy-2"} {
		w.pod(t, b, name, resources.Proxy)
		w.pods.Log(w.namespace+"/"+name+"/main", "of "+name+"\n")
	}
	w.pods.Log(w.namespace+"/x-0/main", "one\ntwo\n")
	w.pods.Log(w.namespace+"/x-0/main?previous", "before\n")
	if got := w.run(t, "logs", "x"); got.code != 0 || got.out != "one\ntwo\n" {
		t.Errorf("got %+v", got)
	}
	w.run(t, "logs", "x", "--component", "proxy").want(t, 0, "x-proxy-1 of x-proxy-1\n",
		"x-proxy-2 of x-proxy-2\n")
	w.run(t, "logs", "x", "-p").want(t, 0, "before\n")
	w.run(t, "logs", "x", "-f", "--since", "1500ms", "--tail", "7").want(t, 0, "two\n")
	asked := w.pods.Asked()
	last := asked[len(asked)-1]
	if last.Get("follow") != "true" || last.Get("sinceSeconds") != "2" ||
		last.Get("tailLines") != "7" {
		t.Errorf("it was asked for with %v", last)
	}
	w.run(t, "logs", "x", "--since", "-1m").want(t, 1, "give a time that is over")
	w.pods.Refuse("/log")
	w.run(t, "logs", "x").want(t, 1, "x-0: ", "/log is forbidden: ask for this right")
}
