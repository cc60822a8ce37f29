// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// TestChangesKeepClients changes what can be changed while a thousand Clients are connected.
func TestChangesKeepClients(t *testing.T) {
	r := newRoom(t)
	r.create(t, "busy", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883}, {Name: "mqtts",
			Port: 8883, TLS: &v1alpha1.ListenerTLS{Generated: &v1alpha1.GeneratedCertificate{}}},
			{Name: "own", Port: 8884, TLS: &v1alpha1.ListenerTLS{SecretName: "own"}}}
	})
	putCertificate(t, r, "own", "busy")
	r.ready(t, "busy")
	pod := get(t, r, "busy-0", &corev1.Pod{})
	c := gather(t, r.address(t, "busy", "mqtt"), crowdSize)
	c.allThere(t, "gathered")

	changes := []struct {
		name string
		do   func(*testing.T, *room)
	}{
		{"the log level", logLevel},
		{"a certificate of the user's", replaced},
		{"a certificate of the operator's", renewed},
		{"a listener", listenerAdded},
	}
	for _, change := range changes {
		t.Run(change.name, func(t *testing.T) { change.do(t, r) })
		c.allThere(t, change.name)
	}
	if after := get(t, r, "busy-0", &corev1.Pod{}); after.UID != pod.UID ||
		after.Status.ContainerStatuses[0].RestartCount != 0 {
		t.Errorf("the pod is another one, or has restarted: %+v", after.Status)
	}
}

func logLevel(t *testing.T, r *room) {
	before := r.broker(t, "busy").Status.Revisions.Config
	began := time.Now()
	r.kubectl(t, "patch", "fmq", "busy", "--type=merge", "-p",
		`{"spec":{"logging":{"level":"Debug"}}}`)
	r.until(t, "busy", v1alpha1.ConditionConfigApplied, v1alpha1.ReasonApplied)
	duration(t, "log level changed until the broker confirms it", time.Since(began),
		5*time.Second)
	if r.ready(t, "busy").Status.Revisions.Config == before {
		t.Error("the configuration is the same")
	}
}

// replaced exchanges a Secret of the user's.
func replaced(t *testing.T, r *room) {
	rotates(t, r, "own", func() { putCertificate(t, r, "own", "busy") })
}

// renewed has the operator issue another certificate.
func renewed(t *testing.T, r *room) {
	rotates(t, r, "mqtts", func() { r.kubectl(t, "delete", "secret", "busy-mqtts-tls") })
}

func rotates(t *testing.T, r *room, listener string, rotate func()) {
	t.Helper()
	address := r.address(t, "busy", listener)
	before := presented(t, address)
	began := time.Now()
	rotate()
	eventually(t, func() error {
		if bytes.Equal(presented(t, address), before) {
			return fmt.Errorf("the listener presents the certificate it had")
		}
		return nil
	})
	duration(t, "certificate of "+listener+" exchanged until it is presented",
		time.Since(began), 5*time.Second)
	r.until(t, "busy", v1alpha1.ConditionCertificatesReady, v1alpha1.ReasonCertificatesLoaded)
}

// presented is the certificate that a listener presents. Who has signed it is none of this test.
func presented(t *testing.T, address string) []byte {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Raw
}

func listenerAdded(t *testing.T, r *room) {
	r.change(t, "busy", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Listeners = append(b.Spec.Listeners, v1alpha1.Listener{Name: "more", Port: 1884})
	})
	r.ready(t, "busy")
	// kube-proxy may be a moment behind the Service.
	eventually(t, func() error {
		_, err := command(t.Context(), "mosquitto_pub", publishTo(t, r, "more")...)
		return err
	})
}

func publishTo(t *testing.T, r *room, listener string) []string {
	t.Helper()
	return append(hostAndPort(t, r.address(t, "busy", listener)), "-t", "t", "-m", "m", "-q", "1")
}
