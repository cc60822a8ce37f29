// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/operator/resources"
	"github.com/flashmq/flashmq/operator/rollout"
)

// made is a broker as the API server has it, and the template made of it.
func made(t *testing.T, change func(*v1alpha1.FlashMQBroker)) (
	*corev1.PodTemplateSpec, map[string]string) {
	t.Helper()
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: "plant", Name: "x"}}
	b.Spec.Image = "flashmq:1"
	b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883}}
	b.Spec.Logging = &v1alpha1.Logging{Level: v1alpha1.LogInfo, Format: v1alpha1.LogJSON}
	b.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{
		corev1.ResourceMemory: resource.MustParse("512Mi")}}
	b.Spec.Complete()
	if change != nil {
		change(b)
	}
	c, err := brokerconfig.Compile(b, brokerconfig.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	set := resources.StatefulSet(b, resources.Workload{Image: string(b.Spec.Image),
		Restart: c.Restart})
	return &set.Spec.Template, c.Restart
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*v1alpha1.FlashMQBroker)
		reason string
		keys   []string
	}{
		{"nothing", nil, "", nil},
		{"what is reloaded", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Logging.Level = v1alpha1.LogDebug
			b.Spec.Listeners = append(b.Spec.Listeners, v1alpha1.Listener{Name: "two", Port: 2,
				ProxyProtocol: new(v1alpha1.ProxyProtocol), Limits: new(v1alpha1.ListenerLimits)})
		}, "", nil},
		{"loops", func(b *v1alpha1.FlashMQBroker) {
			n := int32(4)
			b.Spec.Config.EventLoops = &n
		}, rollout.ConfigChanged, []string{"config.eventLoops 0 -> 4"}},
		{"format and a key without a field", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Logging.Format = v1alpha1.LogText
			b.Spec.Config.Extra = []v1alpha1.ConfigKey{{Name: "huge_pages", Value: "false"}}
		}, rollout.ConfigChanged, []string{"config.extra[huge_pages] true -> false",
			"logging.format json -> text"}},
		{"image and more", func(b *v1alpha1.FlashMQBroker) {
			n := int32(4)
			b.Spec.Image, b.Spec.Config.EventLoops = "flashmq:2", &n
			b.Spec.PodTemplate.Env = []corev1.EnvVar{{Name: "A", Value: "hush"}}
		}, rollout.ImageChanged, []string{"image flashmq:1 -> flashmq:2",
			"config.eventLoops 0 -> 4", "podTemplate.env[A]"}},
		{"memory", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Resources.Limits = corev1.ResourceList{
				corev1.ResourceMemory: resource.MustParse("1Gi"),
				corev1.ResourceCPU:    resource.MustParse("2")}
		}, rollout.PodTemplateChanged, []string{"resources.limits.cpu unset -> 2",
			"resources.limits.memory 512Mi -> 1Gi"}},
		{"the pod", func(b *v1alpha1.FlashMQBroker) {
			s := int32(90)
			b.Spec.Drain.DeadlineSeconds = &s
			b.Spec.ImagePullPolicy = corev1.PullAlways
			b.Spec.ImagePullSecrets = []v1alpha1.SecretRef{{Name: "registry"}}
			p := b.Spec.PodTemplate
			p.NodeSelector = map[string]string{"a": "b"}
			p.Metadata.Labels = map[string]string{"team": "x"}
			p.Metadata.Annotations = map[string]string{"note": "y"}
			p.Sidecars = []v1alpha1.ExtraContainer{{Name: "s", Image: "s"}}
			p.InitContainers = []v1alpha1.ExtraContainer{{Name: "i", Image: "i"}}
			p.ExtraVolumes = []v1alpha1.ExtraVolume{{Name: "v", EmptyDir: new(
				corev1.EmptyDirVolumeSource)}}
			p.ExtraVolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}
		}, rollout.PodTemplateChanged, []string{"drain.deadlineSeconds",
			"imagePullPolicy unset -> Always", "imagePullSecrets",
			"podTemplate.extraVolumeMounts[/v]", "podTemplate.extraVolumes[v]",
			"podTemplate.initContainers[i]", "podTemplate.metadata.annotations[note]",
			"podTemplate.metadata.labels[team]", "podTemplate.nodeSelector",
			"podTemplate.sidecars[s]"}},
		{"somebody asks", func(b *v1alpha1.FlashMQBroker) {
			b.Annotations = map[string]string{v1alpha1.RestartedAtAnnotation: "now"}
		}, rollout.RestartRequested, []string{"metadata.annotations[flashmq.io/restartedAt]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			old, oldRestart := made(t, nil)
			next, nextRestart := made(t, test.change)
			reason, keys := rollout.Compare(old, next, oldRestart, nextRestart)
			if reason != test.reason || !slices.Equal(keys, test.keys) {
				t.Errorf("%s %q, want %s %q", reason, keys, test.reason, test.keys)
			}
			same := resources.TemplateRevision(old) == resources.TemplateRevision(next)
			if same != (reason == "") {
				t.Errorf("the same template: %t, the reason: %q", same, reason)
			}
			back, _ := rollout.Compare(next, old, nextRestart, oldRestart)
			if back != reason {
				t.Errorf("the way back is called %q", back)
			}
		})
	}
}

// What the operator keeps says as much as the template itself, and no secrets.
func TestRecord(t *testing.T) {
	t.Parallel()
	old, restart := made(t, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.PodTemplate.Env = []corev1.EnvVar{{Name: "PASSWORD", Value: "hush-hush"}}
	})
	text := rollout.Of(old, restart).String()
	if strings.Contains(text, "hush") || len(text) > 4096 {
		t.Errorf("the annotation is %s", text)
	}
	kept, ok := rollout.Parse(text)
	if !ok {
		t.Fatalf("it cannot be read: %s", text)
	}
	n := int32(3)
	next, nextRestart := made(t, func(b *v1alpha1.FlashMQBroker) { b.Spec.Config.EventLoops = &n })
	reason, keys := rollout.Changes(kept, rollout.Of(next, nextRestart))
	want := []string{"config.eventLoops 0 -> 3", "podTemplate.env[PASSWORD]"}
	if reason != rollout.ConfigChanged || !slices.Equal(keys, want) {
		t.Errorf("%s %q", reason, keys)
	}
	for _, bad := range []string{"", "{}", "null", "[1]", "nonsense"} {
		if _, ok := rollout.Parse(bad); ok {
			t.Errorf("%q passes for a Record", bad)
		}
	}
}

// A Record without keys of flashmq.conf is of somebody who did not know them.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	n := int32(3)
	old, _ := made(t, nil)
	next, restart := made(t, func(b *v1alpha1.FlashMQBroker) { b.Spec.Config.EventLoops = &n })
	r := rollout.Of(old, nil)
	r.Config = nil
	reason, keys := rollout.Changes(r, rollout.Of(next, restart))
	if reason != rollout.ConfigChanged || len(keys) != 0 {
		t.Errorf("%s %q", reason, keys)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	old, restart := made(t, nil)
	next, nextRestart := made(t, func(b *v1alpha1.FlashMQBroker) { b.Spec.Image = "flashmq:2" })
	was, is := rollout.Of(old, restart), rollout.Of(next, nextRestart)
	tests := []struct {
		name, annotation string
		settled          bool
		want             rollout.Record
	}{
		{"a restart waits", was.String(), false, was},
		{"all pods are new", was.String(), true, is},
		{"nobody has written any", "", false, is},
		{"garbage", "{", false, is},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := rollout.Keep(test.annotation, is, test.settled); got != test.want.String() {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	old, restart := made(t, nil)
	next, nextRestart := made(t, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Image = v1alpha1.ImageName(strings.Repeat("a", 400))
		for range 100 {
			name := strings.Repeat("N", len(b.Spec.PodTemplate.Env)+1)
			b.Spec.PodTemplate.Env = append(b.Spec.PodTemplate.Env, corev1.EnvVar{Name: name})
		}
	})
	_, keys := rollout.Compare(old, next, restart, nextRestart)
	if len(keys) != 64 || keys[63] != "and more" {
		t.Errorf("%d keys, the last %q", len(keys), keys[len(keys)-1])
	}
	for _, k := range keys {
		if len(k) > 256 {
			t.Errorf("%d bytes: %s", len(k), k)
		}
	}
}
