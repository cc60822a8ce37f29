// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// saturday is before the window of the tests.
var saturday = time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC)

// broker is one as the API server has it, with 1200 Clients.
func broker() *v1alpha1.FlashMQBroker {
	one, clients, rate, deadline := int32(1), int64(1200), int32(500), int32(60)
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: "plant", Name: "x"}}
	b.Spec.Replicas = &one
	b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtt", Port: 1883,
		Protocol: v1alpha1.ProtocolMQTT}}
	b.Spec.Logging = &v1alpha1.Logging{Level: v1alpha1.LogInfo, Format: v1alpha1.LogJSON}
	b.Spec.Drain = &v1alpha1.Drain{RatePerSecond: &rate, DeadlineSeconds: &deadline}
	b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateAutomatic}
	yes := true
	b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
	b.Status.Image, b.Status.Clients = "flashmq:1", &clients
	return b
}

func loops(b *v1alpha1.FlashMQBroker) {
	n := int32(4)
	b.Spec.Config = &v1alpha1.BrokerConfig{EventLoops: &n}
}

func zero(b *v1alpha1.FlashMQBroker) { b.Spec.Replicas = new(int32) }

const (
	atOnce = "the restart begins at once (update.strategy is Automatic)"
	gone   = "1200 Clients are disconnected, which takes about 3s"
)

func TestOf(t *testing.T) {
	t.Parallel()
	type change = func(*v1alpha1.FlashMQBroker)
	yes := true
	tests := []struct {
		name       string
		live, next change
		want       Forecast
	}{
		{"nothing", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Labels = map[string]string{"a": "b"}
		}, Forecast{Verdict: Unchanged}},
		{"what is reloaded", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Logging.Level = v1alpha1.LogDebug
			b.Spec.Listeners[0].Limits = &v1alpha1.ListenerLimits{Overload: v1alpha1.OverloadLog}
			b.Spec.Listeners = append(b.Spec.Listeners, v1alpha1.Listener{Name: "ws", Port: 8080,
				Protocol: v1alpha1.ProtocolWebSocket})
			b.Spec.Config = &v1alpha1.BrokerConfig{SharedSubscriptions: v1alpha1.SharedFirst}
		}, Forecast{Verdict: Hot, Hot: []string{"config.sharedSubscriptions unset -> First",
			"listeners[mqtt].limits.overload unset -> Log", "listeners[ws] added (port 8080)",
			"logging.level Info -> Debug"}, Config: []string{"log_level info -> debug",
			"shared_subscription_targeting round_robin -> first"}}},
		{"a listener goes", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Listeners = append(b.Spec.Listeners, v1alpha1.Listener{Name: "tls", Port: 8883,
				TLS: &v1alpha1.ListenerTLS{Generated: new(v1alpha1.GeneratedCertificate)}})
		}, nil, Forecast{Verdict: Hot, Hot: []string{"listeners[tls] removed"}}},
		{"loops", nil, loops, Forecast{Verdict: Restart, Reason: "ConfigChanged",
			Restart: []string{"config.eventLoops 0 -> 4"}, Notes: []string{atOnce, gone}}},
		{"both", nil, func(b *v1alpha1.FlashMQBroker) {
			seconds := int32(90)
			b.Spec.Version, b.Spec.Drain.DeadlineSeconds = "1.4", &seconds
			b.Spec.Auth = new(v1alpha1.Auth)
			b.Spec.PodTemplate = &v1alpha1.PodTemplate{Env: []corev1.EnvVar{
				{Name: "A", Value: "hush"}}}
			b.Spec.PodTemplate.NodeSelector = map[string]string{"disk": "fast"}
			b.Spec.PodTemplate.Metadata = &v1alpha1.TemplateMetadata{
				Labels: map[string]string{"team": "x"}}
			b.Spec.InheritedMetadata = &v1alpha1.TemplateMetadata{
				Annotations: map[string]string{"cost": "y"}}
			b.Spec.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{
				corev1.ResourceMemory: resource.MustParse("1Gi")}}
		}, Forecast{Verdict: Restart, Reason: "ImageChanged",
			Restart: []string{"image flashmq:1 -> flashmq:1.4", "drain.deadlineSeconds",
				"podTemplate.env[A]", "podTemplate.metadata.labels[team]",
				"podTemplate.nodeSelector",
				"resources.limits.memory unset -> 1Gi"},
			Hot: []string{"auth.anonymous true -> unset", "drain.deadlineSeconds 60 -> 90",
				"inheritedMetadata.annotations[cost] unset -> y"},
			Config: []string{"allow_anonymous true -> false (for Clients that connect afterwards)",
				"drain_deadline 60 -> 90"},
			Notes: []string{"warning: allow_anonymous: is false on every", atOnce, gone}}},
		{"a patch of the pod", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Patches = []v1alpha1.Patch{{Target: v1alpha1.PatchTarget{Kind: "StatefulSet"},
				Type:  v1alpha1.PatchStrategicMerge,
				Patch: "spec: {template: {spec: {priorityClassName: high}}}"}}
		}, Forecast{Verdict: Restart, Reason: "PodTemplateChanged",
			Restart: []string{"podTemplate.priorityClassName"}, Notes: []string{atOnce, gone}}},
		{"asked for", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Annotations = map[string]string{v1alpha1.RestartedAtAnnotation: "now"}
		}, Forecast{Verdict: Restart, Reason: "RestartRequested",
			Restart: []string{"metadata.annotations[flashmq.io/restartedAt]"},
			Notes:   []string{atOnce, gone}}},
		{"a window", func(b *v1alpha1.FlashMQBroker) { b.Spec.Drain.RatePerSecond = new(int32) },
			func(b *v1alpha1.FlashMQBroker) {
				b.Spec.Drain.RatePerSecond = new(int32)
				b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateWindows,
					Windows: []v1alpha1.UpdateWindow{{Cron: "0 3 * * 0", DurationMinutes: 60}}}
				loops(b)
			}, Forecast{Verdict: Restart, Reason: "ConfigChanged",
				Restart: []string{"config.eventLoops 0 -> 4"},
				Hot: []string{"update.strategy Automatic -> Windows",
					`update.windows unset -> [{"cron":"0 3 * * 0","durationMinutes":60}]`},
				Notes: []string{"the restart begins at 2026-07-05T03:00:00Z, in 15h, when a " +
					"window opens", "1200 Clients are disconnected at once"}}},
		{"the proxy", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Proxy = &v1alpha1.Proxy{Enabled: &yes, Image: "haproxy:1", Replicas: 2}
		}, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Proxy = &v1alpha1.Proxy{Enabled: &yes, Image: "haproxy:2", Replicas: 3}
		}, Forecast{Verdict: Hot,
			Proxy: []string{"proxy.image haproxy:1 -> haproxy:2", "proxy.replicas 2 -> 3"},
			Notes: []string{"the pods of the proxy are made anew: connections through one end " +
				"with it"}}},
		{"stopped", nil, zero, Forecast{Verdict: Restart, Reason: "ScaledToZero",
			Restart: []string{"replicas 1 -> 0"}, Notes: []string{"the broker is stopped", gone}}},
		{"started", zero, loops, Forecast{Verdict: Hot, Hot: []string{"replicas 0 -> 1",
			"config.eventLoops 0 -> 4"}, Notes: []string{"the broker is started"}}},
		{"paused", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Paused = &yes
			loops(b)
		}, Forecast{Verdict: Restart, Reason: "ConfigChanged",
			Restart: []string{"config.eventLoops 0 -> 4"}, Hot: []string{"paused unset -> true"},
			Notes: []string{"spec.paused is set: nothing happens until it is false",
				"the restart begins when spec.paused is false again", gone}}},
		{"one waits already", func(b *v1alpha1.FlashMQBroker) {
			b.Status.Restart = &v1alpha1.RestartStatus{Reason: "ImageChanged",
				Keys: []string{"image 0 -> 1"}}
		}, loops, Forecast{Verdict: Restart, Reason: "ConfigChanged",
			Restart: []string{"config.eventLoops 0 -> 4"}, Notes: []string{atOnce, gone,
				"a restart waits or is under way already: ImageChanged, image 0 -> 1"}}},
		{"a key that the broker refuses", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Config = &v1alpha1.BrokerConfig{
				Extra: []v1alpha1.ConfigKey{{Name: "max_quos", Value: "1"}}}
		}, Forecast{Verdict: Refused, Error: "did you mean max_qos?"}},
		{"a window that never comes", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Update.Windows = []v1alpha1.UpdateWindow{{Cron: "99 * * * *",
				DurationMinutes: 1}}
		}, Forecast{Verdict: Refused, Error: "spec.update.windows[0].cron"}},
		{"a patch that fits nothing", nil, func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Patches = []v1alpha1.Patch{{Target: v1alpha1.PatchTarget{Kind: "StatefulSet"},
				Type: v1alpha1.PatchJSON, Patch: `[{"op": "remove", "path": "/spec/nothing"}]`}}
		}, Forecast{Verdict: Refused, Error: "spec.patches[0]"}},
		{"it is refused already", func(b *v1alpha1.FlashMQBroker) {
			b.Spec.Config = &v1alpha1.BrokerConfig{
				Extra: []v1alpha1.ConfigKey{{Name: "max_quos", Value: "1"}}}
		}, nil, Forecast{Verdict: Hot, Hot: []string{"config.extra[max_quos] removed"},
			Notes: []string{"what is there now cannot be compared"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			live, next := broker(), broker()
			for b, change := range map[*v1alpha1.FlashMQBroker]change{live: test.live,
				next: test.next} {
				if change != nil {
					change(b)
				}
			}
			got := Of(Facts{Live: live, Next: next, Now: saturday})
			test.want.Namespace, test.want.Name = "plant", "x"
			if test.want.Error != "" && strings.Contains(got.Error, test.want.Error) {
				got.Error = test.want.Error
			}
			for i := range min(len(got.Notes), len(test.want.Notes)) {
				if strings.HasPrefix(got.Notes[i], test.want.Notes[i]) {
					got.Notes[i] = test.want.Notes[i]
				}
			}
			if d := cmp.Diff(&test.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// A listener that has no certificate is none of the changes, as long as that stays so.
func TestCertificates(t *testing.T) {
	t.Parallel()
	with := func(name v1alpha1.ObjectName) *v1alpha1.FlashMQBroker {
		b := broker()
		b.Spec.Listeners[0].TLS = &v1alpha1.ListenerTLS{SecretName: name}
		return b
	}
	tests := []struct {
		name         string
		live, next   *v1alpha1.FlashMQBroker
		certificates map[string][]byte
		want         Verdict
		closed       bool
	}{
		{"missing before and after", with("a"), with("a"), map[string][]byte{}, Unchanged, true},
		{"a key without a certificate", with("a"), with("a"), map[string][]byte{
			"mqtt.key": []byte("x")}, Unchanged, true},
		{"there before and after", with("a"), with("a"), map[string][]byte{
			"mqtt.crt": []byte("x"), "mqtt.key": []byte("x")}, Unchanged, false},
		{"another one", with("a"), with("b"), map[string][]byte{}, Hot, false},
		{"nobody may look", with("a"), with("a"), nil, Unchanged, false},
		{"a new broker", nil, with("a"), nil, New, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Of(Facts{Live: test.live, Next: test.next, Certificates: test.certificates,
				Now: saturday})
			notes := strings.Join(got.Notes, "\n")
			const closed = "listener mqtt has no certificate yet"
			if got.Verdict != test.want || strings.Contains(notes, closed) != test.closed {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	next := broker()
	loops(next)
	next.Spec.Logging.Level = v1alpha1.LogDebug
	var out bytes.Buffer
	if err := Of(Facts{Live: broker(), Next: next, Now: saturday}).Write(&out); err != nil {
		t.Fatal(err)
	}
	const want = `plant/x: restart: ConfigChanged
  restart because of:
    config.eventLoops 0 -> 4
  without a restart:
    logging.level Info -> Debug
  flashmq.conf:
    log_level info -> debug
  note:
    the restart begins at once (update.strategy is Automatic)
    1200 Clients are disconnected, which takes about 3s
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	out.Reset()
	fresh := Of(Facts{Next: broker(), Now: saturday})
	if err := fresh.Write(&out); err != nil {
		t.Fatal(err)
	}
	const made = "plant/x: new\n  note:\n    listeners: mqtt (MQTT, port 1883)\n"
	if d := cmp.Diff(made, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	yes := true
	manual, paused := broker(), broker()
	manual.Spec.Update.Strategy = v1alpha1.UpdateManual
	paused.Spec.Paused = &yes
	tests := []struct {
		name string
		b    *v1alpha1.FlashMQBroker
		want string
	}{
		{"nothing is said", &v1alpha1.FlashMQBroker{},
			"at once (update.strategy is Automatic)"},
		{"manual", manual, "after it was approved: kubectl flashmq approve x -n plant"},
		{"paused", paused, "when spec.paused is false again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := When(test.b, saturday); got != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
