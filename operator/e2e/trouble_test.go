// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// TestTrouble makes mistakes that only a kubelet or a scheduler finds. The broker says what is
// wrong, and recovers when it is put right, without anybody deleting a pod.
func TestTrouble(t *testing.T) {
	good := image(os.Getenv(brokerVariable))
	tests := []struct {
		name    string
		mistake func(*v1alpha1.FlashMQBroker)
		reason  v1alpha1.ConditionReason
		message string
		remedy  func(*v1alpha1.FlashMQBroker)
	}{
		{"an image that nobody has", image("localhost/nobody:1"),
			v1alpha1.ReasonImagePullFailed, "localhost/nobody:1", good},
		{"an image that is no broker", image(os.Getenv(toolsVariable)),
			v1alpha1.ReasonCrashLooping, "ended with code 1", good},
		{"a node that is not there", onNode("nowhere"),
			v1alpha1.ReasonUnschedulable, "didn't match Pod's node affinity", onNode("")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRoom(t)
			r.create(t, "trouble", test.mistake)
			c := r.until(t, "trouble", v1alpha1.ConditionAvailable, test.reason)
			if !strings.Contains(c.Message, test.message) {
				t.Errorf("the message is %q, want something with %q", c.Message, test.message)
			}
			r.until(t, "trouble", v1alpha1.ConditionReady, test.reason)
			r.change(t, "trouble", test.remedy)
			r.ready(t, "trouble")
		})
	}
}

func image(name string) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) { b.Spec.Image = v1alpha1.ImageName(name) }
}

func onNode(name string) func(*v1alpha1.FlashMQBroker) {
	return func(b *v1alpha1.FlashMQBroker) {
		b.Spec.PodTemplate = &v1alpha1.PodTemplate{}
		if name != "" {
			b.Spec.PodTemplate.NodeSelector = map[string]string{"kubernetes.io/hostname": name}
		}
	}
}
