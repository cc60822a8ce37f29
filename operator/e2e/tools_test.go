// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is one of the restricted profile that runs one program.
func (r *room) pod(name, image string, program ...string) *corev1.Pod {
	yes, no := true, false
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.name, Name: name,
			Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: &yes,
				SeccompProfile: &corev1.SeccompProfile{
					Type: corev1.SeccompProfileTypeRuntimeDefault}},
			Containers: []corev1.Container{{Name: name, Image: image, Command: program,
				ImagePullPolicy: corev1.PullIfNotPresent,
				SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no,
					Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}}},
		},
	}
}

// start starts a program of mosquitto in a pod.
func (r *room) start(t *testing.T, name string, program ...string) *corev1.Pod {
	t.Helper()
	p := r.pod(name, os.Getenv(toolsVariable), program...)
	if err := kube.Create(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

// output waits for the end of a program in a pod, and returns what it wrote.
func (r *room) output(t *testing.T, name string) string {
	t.Helper()
	eventually(t, func() error {
		switch p := get(t, r, name, &corev1.Pod{}); p.Status.Phase {
		case corev1.PodSucceeded:
			return nil
		case corev1.PodFailed:
			t.Fatalf("pod %s failed: %s", name, r.kubectl(t, "logs", name))
			return nil
		default:
			return fmt.Errorf("pod %s is %s", name, p.Status.Phase)
		}
	})
	return r.kubectl(t, "logs", name)
}

// nodes are the addresses of all nodes.
func nodes(t *testing.T) (out []string) {
	t.Helper()
	var list corev1.NodeList
	if err := kube.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		for _, a := range list.Items[i].Status.Addresses {
			if a.Type == corev1.NodeInternalIP {
				out = append(out, a.Address)
			}
		}
	}
	return out
}

// hostAndPort are arguments for programs of mosquitto.
func hostAndPort(t *testing.T, address string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-h", host, "-p", port}
}
