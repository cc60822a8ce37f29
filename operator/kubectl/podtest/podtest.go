// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package podtest stands before the API server of a test and plays the nodes that it lacks: the
// logs and the ports of pods.
//
// Knows: logs and forwarded ports as a kubelet serves them.
// Does not know: brokers; everything else of Kubernetes, which the API server behind it does.
package podtest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// Pods are what the pods of a test do.
type Pods struct {
	mu sync.Mutex
	// logs are by "namespace/pod/container"; those of a container before by "...?previous".
	logs map[string]string
	// ports are addresses by "namespace/pod:port".
	ports map[string]string
	// asked are the queries for logs.
	asked []url.Values
	// refused are paths that are forbidden, by their ends.
	refused []string
}

// New returns Pods that have nothing yet.
func New() *Pods { return &Pods{logs: make(map[string]string), ports: make(map[string]string)} }

// Log gives a container a log: "namespace/pod/container", or that of the container before, with
// "?previous" behind.
func (p *Pods) Log(container, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logs[container] = text
}

// Port puts what listens at an address behind a port, "namespace/pod:port".
func (p *Pods) Port(port, address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ports[port] = address
}

// Refuse makes requests whose path ends like that fail, as those that somebody may not make.
func (p *Pods) Refuse(ends ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = append(p.refused, ends...)
}

// Asked are the queries for logs there were.
func (p *Pods) Asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.asked...)
}

// Before serves all that the API server behind config does, and the pods. The result is a
// kubeconfig that leads there, for the namespace given.
func (p *Pods) Before(t testing.TB, config *rest.Config, namespace string) (kubeconfig string) {
	t.Helper()
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	behind := &httputil.ReverseProxy{Transport: transport, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	s := httptest.NewServer(p.Handler(behind))
	t.Cleanup(s.Close)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: test, namespace: %s}}]
clusters: [{name: test, cluster: {server: %q}}]
users: [{name: test, user: {}}]
`, namespace, s.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Handler answers for pods, and leaves the rest to behind.
func (p *Pods) Handler(behind http.Handler) http.Handler {
	const pod = "/api/v1/namespaces/{namespace}/pods/{pod}/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pod+"log", p.log)
	mux.HandleFunc(pod+"portforward", p.forward)
	mux.Handle("/", behind)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if end := p.refuses(r.URL.Path); end != "" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure",`+
				`"reason":"Forbidden","code":403,"message":"%s is forbidden"}`, end)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// refuses returns the end of a path that is forbidden.
func (p *Pods) refuses(path string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range p.refused {
		if strings.HasSuffix(path, end) {
			return end
		}
	}
	return ""
}

func (p *Pods) log(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	name := r.PathValue("namespace") + "/" + r.PathValue("pod") + "/" + q.Get("container")
	if q.Get("previous") == "true" {
		name += "?previous"
	}
	p.mu.Lock()
	p.asked = append(p.asked, q)
	text, ok := p.logs[name]
	p.mu.Unlock()
	if !ok {
		http.Error(w, "no log of "+name, http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, text)
}

// Kubelet serves the ports of pods as a kubelet does, to an API server with TLS. It returns the
// address.
func (p *Pods) Kubelet(t testing.TB) *net.TCPAddr {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/portForward/{namespace}/{pod}", p.forward)
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s.Listener.Addr().(*net.TCPAddr)
}

// forward is the SPDY side of a forwarded port. Whoever tries WebSocket is sent to it.
func (p *Pods) forward(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "only SPDY here", http.StatusBadRequest)
		return
	}
	if _, err := httpstream.Handshake(r, w,
		[]string{portforward.PortForwardProtocolV1Name}); err != nil {
		return
	}
	streams := make(chan httpstream.Stream, 2)
	c := spdy.NewResponseUpgrader().UpgradeResponse(w, r,
		func(s httpstream.Stream, _ <-chan struct{}) error {
			streams <- s
			return nil
		})
	if c == nil {
		return
	}
	defer c.Close()
	both := make(map[string]httpstream.Stream)
	for len(both) < 2 {
		select {
		case s := <-streams:
			both[s.Headers().Get(corev1.StreamType)] = s
		case <-c.CloseChan():
			return
		}
	}
	port := both[corev1.StreamTypeData].Headers().Get(corev1.PortHeader)
	p.mu.Lock()
	address := p.ports[r.PathValue("namespace")+"/"+r.PathValue("pod")+":"+port]
	p.mu.Unlock()
	failure, data := both[corev1.StreamTypeError], both[corev1.StreamTypeData]
	if err := relay(data, address); err != nil {
		_, _ = fmt.Fprintf(failure, "cannot connect to port %s: %v", port, err)
	}
	_ = failure.Close()
	_ = data.Close()
	<-c.CloseChan()
}

// relay connects a stream with an address until that has said all it has to say.
func relay(data httpstream.Stream, address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	go func() { _, _ = io.Copy(c, data) }()
	_, _ = io.Copy(data, c)
	return nil
}
