// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// TestProxy has a Client in a pod reach the broker through the HAProxy tier, and the broker say
// what its address is.
func TestProxy(t *testing.T) {
	r := newRoom(t)
	yes := true
	r.create(t, "proxied", func(b *v1alpha1.FlashMQBroker) {
		listClients(b)
		b.Spec.Proxy = &v1alpha1.Proxy{Enabled: &yes}
		b.Spec.Services = []v1alpha1.BrokerService{{Name: "client"}, outsideService()}
	})
	r.ready(t, "proxied")
	inside(t, r, "proxied")
	addressSeen(t, r, "proxied")
	t.Run("node port", func(t *testing.T) {
		port := portOf(t, r, "proxied-outside")
		for _, node := range nodes(t) {
			gather(t, net.JoinHostPort(node, port), 3).allThere(t, node)
		}
	})
}

// TestProxyOfUsers does the same with a HAProxy that the user runs.
func TestProxyOfUsers(t *testing.T) {
	r := newRoom(t)
	r.create(t, "direct", func(b *v1alpha1.FlashMQBroker) {
		listClients(b)
		b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883,
			ProxyProtocol: &v1alpha1.ProxyProtocol{Mode: v1alpha1.ProxyProtocolV1OrV2,
				TrustedCIDRs: []v1alpha1.CIDR{"10.0.0.0/8"}}}}
	})
	r.ready(t, "direct")
	r.haproxy(t, "front", "direct:1883")
	inside(t, r, "front")
	addressSeen(t, r, "front")
}

func listClients(b *v1alpha1.FlashMQBroker) {
	b.Spec.Config = &v1alpha1.BrokerConfig{Extra: []v1alpha1.ConfigKey{{Name: "sys_clients",
		Value: "true"}}}
}

// haproxy runs one with a Service of its name.
func (r *room) haproxy(t *testing.T, name, server string) {
	t.Helper()
	config := "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n" +
		"listen mqtt\n bind :1883\n server broker " + server + " send-proxy-v2\n"
	pod := r.pod(name, os.Getenv(haproxyVariable), "haproxy", "-db", "-f", "/etc/haproxy")
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "config",
		MountPath: "/etc/haproxy"}}
	pod.Spec.Volumes = []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: name}}}}}
	meta := metav1.ObjectMeta{Namespace: r.name, Name: name}
	if err := kube.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: meta,
		Data: map[string]string{"haproxy.cfg": config}}); err != nil {
		t.Fatal(err)
	}
	if err := kube.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	if err := kube.Create(t.Context(), &corev1.Service{ObjectMeta: meta,
		Spec: corev1.ServiceSpec{Selector: pod.Labels,
			Ports: []corev1.ServicePort{{Name: "mqtt", Port: 1883}}}}); err != nil {
		t.Fatal(err)
	}
	r.podReady(t, name, &corev1.Pod{})
}

// addressSeen connects a Client from a pod of its own, and wants the broker to tell the address of
// that pod and not the one of a proxy or a node.
func addressSeen(t *testing.T, r *room, service string) {
	t.Helper()
	const id = "who-am-i"
	r.start(t, id, "mosquitto_sub", "-h", service, "-i", id, "-t",
		"$SYS/broker/clients/connected/"+id, "-C", "1", "-W", "60")
	var seen struct{ Address string }
	text := r.output(t, id)
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		t.Fatalf("the broker says %q: %v", text, err)
	}
	pod := get(t, r, id, &corev1.Pod{})
	if !strings.HasPrefix(seen.Address, pod.Status.PodIP+":") {
		t.Errorf("the broker sees %s, the Client has %s", seen.Address, pod.Status.PodIP)
	}
}
