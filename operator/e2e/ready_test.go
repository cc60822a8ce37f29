// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// The first thing that users do, word for word.
func TestFirstBroker(t *testing.T) {
	r := newRoom(t)
	began := time.Now()
	r.kubectl(t, "apply", "-f", "deploy/samples/minimal.yaml")
	r.kubectl(t, "wait", "--for=condition=Ready", "--timeout=3m", "fmq/minimal")
	duration(t, "kubectl apply until Ready=True", time.Since(began), 20*time.Second)

	line := r.kubectl(t, "get", "fmq", "--no-headers")
	version := r.broker(t, "minimal").Status.Version
	words := strings.Fields(line)
	if len(words) != 6 || strings.Join(words[:5], " ") != "minimal 1 Ready 0 "+version {
		t.Errorf("kubectl get fmq says %q", line)
	}

	t.Run("inside", func(t *testing.T) { inside(t, r, "minimal") })
	t.Run("node port", func(t *testing.T) { nodePort(t, r, "minimal") })
}

// inside talks through the Service of the broker, by its name, from pods.
func inside(t *testing.T, r *room, service string) {
	r.start(t, "publish", "mosquitto_pub", "-h", service, "-t", "greeting", "-m", "hello", "-q",
		"1", "-r")
	r.output(t, "publish")
	r.start(t, "subscribe", "mosquitto_sub", "-h", service, "-t", "greeting", "-C", "1", "-W",
		"60")
	if got := r.output(t, "subscribe"); got != "hello" {
		t.Errorf("the subscriber got %q", got)
	}
}

// nodePort talks through a port of every node, from outside the pods' network.
func nodePort(t *testing.T, r *room, name string) {
	r.change(t, name, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Services = []v1alpha1.BrokerService{{Name: "client"}, outsideService()}
	})
	r.ready(t, name)
	port := portOf(t, r, name+"-outside")
	for i, node := range nodes(t) {
		topic, text := "outside/"+strconv.Itoa(i), fmt.Sprintf("to node %d", i)
		talk := []string{"-h", node, "-p", port, "-t", topic}
		eventually(t, func() error { // kube-proxy may be a moment behind the Service
			_, err := command(t.Context(), "mosquitto_pub", append(talk, "-m", text, "-q", "1",
				"-r")...)
			return err
		})
		got := execute(t, "mosquitto_sub", append(talk, "-C", "1", "-W", "60")...)
		if got != text {
			t.Errorf("node %s: the subscriber got %q", node, got)
		}
	}
}

func outsideService() v1alpha1.BrokerService {
	return v1alpha1.BrokerService{Name: "outside", Template: &v1alpha1.ServiceTemplate{
		Spec: &v1alpha1.ServiceTemplateSpec{Type: corev1.ServiceTypeNodePort}}}
}

// portOf is the node port of the first port of a Service.
func portOf(t *testing.T, r *room, service string) string {
	t.Helper()
	s := get(t, r, service, &corev1.Service{})
	return strconv.Itoa(int(s.Spec.Ports[0].NodePort))
}
