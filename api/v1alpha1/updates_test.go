// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// create makes a broker that stays, for tests that change it.
func create(t *testing.T, api client.Client, name, spec string) *FlashMQBroker {
	t.Helper()
	b := &FlashMQBroker{}
	o := parse(t, broker(name, spec))
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, b); err != nil {
		t.Fatal(err)
	}
	if err := api.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := api.Delete(context.WithoutCancel(t.Context()), b); err != nil {
			t.Error(err)
		}
	})
	return b
}

// What a user changes on a broker that runs must stay possible: nothing in this version is
// immutable. And what is refused at first is refused later.
func testUpdates(t *testing.T, api client.Client) {
	b := create(t, api, "updates", "version: '1.4'")
	changes := []struct {
		name   string
		change func(*FlashMQBrokerSpec)
		refuse string
	}{
		{"another version", func(s *FlashMQBrokerSpec) { s.Version = "1.5" }, ""},
		{"image instead", func(s *FlashMQBrokerSpec) { s.Version, s.Image = "", "a:1" }, ""},
		{"image and version", func(s *FlashMQBrokerSpec) { s.Version = "1.5" },
			"exclude each other"},
		{"another listener", func(s *FlashMQBrokerSpec) {
			s.Listeners = []Listener{{Name: "mqtts", Port: 8883,
				TLS: &ListenerTLS{Generated: &GeneratedCertificate{}}}}
		}, ""},
		{"another certificate", func(s *FlashMQBrokerSpec) {
			s.Listeners[0].TLS = &ListenerTLS{SecretName: "a"}
		}, ""},
		{"proxy", func(s *FlashMQBrokerSpec) {
			s.Proxy = &Proxy{Enabled: new(true), Balance: BalanceSource}
		}, ""},
		{"no proxy", func(s *FlashMQBrokerSpec) { s.Proxy = nil }, ""},
		{"drain at once", func(s *FlashMQBrokerSpec) {
			s.Drain = &Drain{RatePerSecond: new(int32(0)), DeadlineSeconds: new(int32(0))}
		}, ""},
		{"stop", func(s *FlashMQBrokerSpec) { s.Replicas = new(int32(0)) }, ""},
		{"many", func(s *FlashMQBrokerSpec) { s.Replicas = new(int32(3)) }, "is one broker"},
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			changed := b.DeepCopy()
			c.change(&changed.Spec)
			err := api.Update(t.Context(), changed)
			switch {
			case c.refuse == "" && err != nil:
				t.Error(err)
			case c.refuse == "":
				b = changed
			case err == nil || !strings.Contains(err.Error(), c.refuse):
				t.Errorf("got %v, want %q", err, c.refuse)
			}
		})
	}
	if d := b.Spec.Drain; *d.RatePerSecond != 0 || *d.DeadlineSeconds != 0 {
		t.Errorf("drain at once became %d, %d", *d.RatePerSecond, *d.DeadlineSeconds)
	}
}

func testScale(t *testing.T, api client.Client) {
	b := create(t, api, "scale", "")
	b.Status.Replicas = new(int32(1))
	b.Status.Selector = "flashmq.io/broker=scale"
	if err := api.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		replicas int32
		refuse   string
	}{
		{"up", 3, "one FlashMQBroker is one broker"},
		{"to zero", 0, ""},
		{"back", 1, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: c.replicas}}
			err := api.SubResource("scale").Update(t.Context(), b,
				client.WithSubResourceBody(scale))
			if c.refuse == "" && err != nil ||
				c.refuse != "" && (err == nil || !strings.Contains(err.Error(), c.refuse)) {
				t.Errorf("got %v, want %q", err, c.refuse)
			}
		})
	}
	scale := &autoscalingv1.Scale{}
	if err := api.SubResource("scale").Get(t.Context(), b, scale); err != nil {
		t.Fatal(err)
	}
	if scale.Spec.Replicas != 1 || scale.Status.Replicas != 1 ||
		scale.Status.Selector != "flashmq.io/broker=scale" {
		t.Errorf("scale is %+v %+v", scale.Spec, scale.Status)
	}
}

// A status is written apart from the spec, with every field, and read back as it was.
func testStatus(t *testing.T, api client.Client) {
	b := create(t, api, "status", "")
	now := metav1.Unix(1900000000, 0)
	want := fullStatus(now)
	b.Status = *want.DeepCopy()
	b.Spec.Paused = new(true)
	if err := api.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got := &FlashMQBroker{}
	if err := api.Get(t.Context(), client.ObjectKeyFromObject(b), got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plain(t, want), plain(t, got.Status)); d != "" {
		t.Error(d)
	}
	if *got.Spec.Paused {
		t.Error("a write of the status has changed the spec")
	}
}

// plain is a value as it goes over the wire.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func fullStatus(now metav1.Time) FlashMQBrokerStatus {
	b := &FlashMQBroker{}
	b.SetConditions([]metav1.Condition{{Type: string(ConditionReady),
		Status: metav1.ConditionTrue, Reason: string(ReasonReady), Message: "serves",
		ObservedGeneration: 1, LastTransitionTime: now}})
	return FlashMQBrokerStatus{
		Conditions: b.GetConditions(), ObservedGeneration: 1, Replicas: new(int32(1)),
		ReadyReplicas: new(int32(0)), UpdatedReplicas: new(int32(1)), Selector: "a=b",
		Image: "a@sha256:0", Version: "1.4.2", AvailableVersion: "1.4.3",
		Revisions: &Revisions{Config: "a1b2", Certificates: "c3d4", Workload: "e5f6",
			PendingWorkload: "0718"},
		Restart: &RestartStatus{Reason: "eventLoops 2 -> 4", Keys: []string{"config.eventLoops"},
			NotBefore: &now},
		Endpoints: []Endpoint{{Listener: "mqtts", Scope: EndpointExternal,
			URL: "mqtts://203.0.113.7:8883", ClientAddress: ClientAddressPreserved}},
		Pods: []PodStatus{{Name: "status-0", Ready: new(true), Draining: new(false),
			Connections: new(int64(1200)), Sessions: new(int64(3400)), Retained: new(int64(0)),
			Config: "a1b2"}},
		Clients: new(int64(1200)),
		Proxy:   &ProxyStatus{Replicas: new(int32(2)), ReadyReplicas: new(int32(2)), Image: "b"},
		Certificates: []CertificateStatus{{Listener: "mqtts", NotAfter: &now,
			Source: CertificateGenerated}},
		Warnings: []string{"a patch takes privileges"},
	}
}
