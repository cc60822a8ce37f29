// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package page

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// noon is the time of all tests here.
var noon = time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) metav1.Time { return metav1.NewTime(noon.Add(-d)) }

func condition(kind v1alpha1.ConditionType, status metav1.ConditionStatus,
	reason v1alpha1.ConditionReason, message string) metav1.Condition {
	return metav1.Condition{Type: string(kind), Status: status, Reason: string(reason),
		Message: message, LastTransitionTime: ago(time.Hour)}
}

func pointer[T any](v T) *T { return &v }

// broker is one whose restart waits and whose certificate has ended.
func broker() *v1alpha1.FlashMQBroker {
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: "plant", Name: "x",
		CreationTimestamp: ago(48 * time.Hour), Generation: 3}}
	b.Spec.Replicas = pointer(int32(1))
	b.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateManual}
	b.Spec.Drain = &v1alpha1.Drain{RatePerSecond: pointer(int32(500))}
	soon, past := metav1.NewTime(noon.AddDate(0, 0, 30)), ago(time.Minute)
	b.Status = v1alpha1.FlashMQBrokerStatus{ObservedGeneration: 3, Version: "1.4.2",
		Image: "flashmq:1.4.2", Clients: pointer(int64(1200)), ReadyReplicas: pointer(int32(1)),
		Endpoints: []v1alpha1.Endpoint{
			{Listener: "mqtt", Scope: v1alpha1.EndpointInternal, URL: "mqtt://x.plant.svc:1883"},
			{Listener: "mqtts", Scope: v1alpha1.EndpointExternal, URL: "mqtts://192.0.2.7:8883",
				ClientAddress: v1alpha1.ClientAddressLost}},
		Certificates: []v1alpha1.CertificateStatus{
			{Listener: "mqtts", Source: v1alpha1.CertificateFromSecret, NotAfter: &past},
			{Listener: "ws", Source: v1alpha1.CertificateGenerated, NotAfter: &soon},
			{Listener: "new", Source: v1alpha1.CertificateFromCertManager}},
		Restart: &v1alpha1.RestartStatus{Reason: "ConfigChanged",
			Keys: []string{"config.eventLoops 2 -> 4"}},
		Revisions: &v1alpha1.Revisions{Config: "c1", Workload: "w2", PendingWorkload: "w2"},
		Pods: []v1alpha1.PodStatus{{Name: "x-0", Config: "c0", Connections: pointer(int64(1200)),
			Sessions: pointer(int64(1300)), Retained: pointer(int64(7))}},
		Warnings: []string{"log_debug is deprecated"},
		Conditions: []metav1.Condition{
			condition(v1alpha1.ConditionReady, "False", v1alpha1.ReasonExpired, "it ended"),
			condition(v1alpha1.ConditionAvailable, "True", v1alpha1.ReasonPodsReady, ""),
			condition(v1alpha1.ConditionRolloutSettled, "False", v1alpha1.ReasonAwaitingApproval,
				"ConfigChanged waits\nfor approval"),
			condition(v1alpha1.ConditionCertificatesReady, "False", v1alpha1.ReasonExpired,
				"the certificate of listener mqtts expired"),
			condition(v1alpha1.ConditionReconciling, "True", v1alpha1.ReasonProgressing, "")},
	}
	return b
}

func pods() []corev1.Pod {
	return []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Name: "x-0", CreationTimestamp: ago(time.Hour)},
		Spec: corev1.PodSpec{NodeName: "edge-1", Containers: make([]corev1.Container,
			1)},
		Status: corev1.PodStatus{Phase: corev1.PodRunning,
			ContainerStatuses: []corev1.ContainerStatus{{Ready: true, RestartCount: 2}}}}}
}

const wanted = `Name:      plant/x
Ready:     False, Expired (1/1 pods)
Version:   1.4.2
Image:     flashmq:1.4.2
Clients:   1200
Age:       2d

Restart:
  ConfigChanged
  config.eventLoops 2 -> 4
  it begins after it was approved: kubectl flashmq approve x -n plant
  1200 Clients are disconnected, which takes about 3s

Not well:
  CertificatesReady: the certificate of listener mqtts expired
    -> renew the certificate; it is taken over without a restart
  RolloutSettled: ConfigChanged waits for approval
    -> kubectl flashmq approve x -n plant

Conditions:
  TYPE                STATUS   REASON             SINCE
  Ready               False    Expired            60m
  CertificatesReady   False    Expired            60m
  RolloutSettled      False    AwaitingApproval   60m
  Reconciling         True     Progressing        60m
  Available           True     PodsReady          60m

Endpoints:
  mqtt://x.plant.svc:1883   mqtt    internal
  mqtts://192.0.2.7:8883    mqtts   external   client addresses: lost

Certificates:
  LISTENER   SOURCE        NOT AFTER              LEFT
  mqtts      Secret        2026-07-04T11:59:00Z   expired
  ws         Generated     2026-08-03T12:00:00Z   30 days
  new        CertManager   none yet

Revisions:
  config     c1   x-0 has c0
  workload   w2
  waiting    w2   the workload that pods do not have yet

Pods:
  NAME   READY   STATUS    RESTARTS   NODE     AGE   CLIENTS   SESSIONS   RETAINED
  x-0    1/1     Running   2          edge-1   60m   1200      1300       7

Warnings:
  log_debug is deprecated

Could not be read:
  pods of the proxy: forbidden
`

func TestWrite(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := Write(&out, Facts{Broker: broker(), Pods: pods(), Now: noon,
		Unread: []string{"pods of the proxy: forbidden"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(wanted, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		change      func(*Facts)
		with, wants string // without is written with a leading !
	}{
		{"nobody has looked", func(f *Facts) { f.Broker.Status.ObservedGeneration = 2 },
			"The operator has not looked at the newest spec yet", ""},
		{"a restart under way", func(f *Facts) { f.Broker.Status.Revisions.PendingWorkload = "" },
			"  it is under way\n", "approve x -n plant\n  1200"},
		{"a window", func(f *Facts) {
			f.Broker.Spec.Update = &v1alpha1.Update{Strategy: v1alpha1.UpdateWindows,
				Windows: []v1alpha1.UpdateWindow{{Cron: "0 14 * * *", DurationMinutes: 1}}}
		}, "it begins at 2026-07-04T14:00:00Z, in 120m, when a window opens", "approved"},
		{"a newer version", func(f *Facts) { f.Broker.Status.AvailableVersion = "1.5" },
			"Newer:     1.5", ""},
		{"a drain", func(f *Facts) { f.Broker.Status.Pods[0].Draining = pointer(true) },
			"Draining", "Running"},
		{"a pod that waits", func(f *Facts) {
			f.Pods[0].Status.ContainerStatuses[0].State.Waiting = &corev1.ContainerStateWaiting{
				Reason: "ImagePullBackOff"}
		}, "ImagePullBackOff", "Running"},
		{"the proxy", func(f *Facts) {
			f.Broker.Status.Proxy = &v1alpha1.ProxyStatus{Replicas: pointer(int32(2)),
				ReadyReplicas: pointer(int32(1)), Image: "haproxy:3"}
			f.Proxies = pods()
			f.Proxies[0].Name = "x-proxy-1"
		}, "Proxy, 1 of 2 pods ready, image haproxy:3:\n  NAME        READY", ""},
		{"in force", func(f *Facts) { f.Broker.Status.Pods[0].Config = "c1" },
			"config     c1   in force", ""},
		{"a pod that is silent", func(f *Facts) { f.Broker.Status.Pods[0].Config = "" },
			"x-0 does not say", ""},
		{"nothing yet", func(f *Facts) {
			f.Broker.Status, f.Pods = v1alpha1.FlashMQBrokerStatus{ObservedGeneration: 3}, nil
		}, "Ready:     Unknown, Pending (0/1 pods)\n", "Conditions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			f := Facts{Broker: broker(), Pods: pods(), Now: noon}
			test.change(&f)
			if err := Write(&out, f); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), test.with) {
				t.Errorf("there is no %q in\n%s", test.with, &out)
			}
			if test.wants != "" && strings.Contains(out.String(), test.wants) {
				t.Errorf("there is %q in\n%s", test.wants, &out)
			}
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	fresh := v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: "lab", Name: "new",
		CreationTimestamp: ago(time.Second)}}
	const want = `
NAMESPACE   NAME   READY   STATUS    CLIENTS     VERSION     ENDPOINT                  AGE
plant       x      1/1     Expired   1200        1.4.2       mqtt://x.plant.svc:1883   2d
lab         new    0/1     Pending   <unknown>   <unknown>   <none>                    1s
`
	var out bytes.Buffer
	err := Table(&out, []v1alpha1.FlashMQBroker{*broker(), fresh}, true, noon)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, "\n"+out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	out.Reset()
	if err := Table(&out, []v1alpha1.FlashMQBroker{fresh}, false, noon); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "lab") || !strings.HasPrefix(out.String(), "NAME ") {
		t.Errorf("the table is\n%s", &out)
	}
}

// Whatever a condition may say that is not good, there is something to do about it.
func TestAdviceIsComplete(t *testing.T) {
	t.Parallel()
	used := make(map[v1alpha1.ConditionReason]bool)
	for _, kind := range v1alpha1.ConditionTypes() {
		for _, r := range v1alpha1.Reasons(kind) {
			c := condition(kind, r.Status, r.Reason, "")
			used[r.Reason] = true
			if do := todo(broker(), &c); !good(&c) && do == "" {
				t.Errorf("%s %s %s: nothing to do", kind, r.Status, r.Reason)
			} else if strings.Contains(do, "NAME") {
				t.Errorf("%s: %s", r.Reason, do)
			}
		}
	}
	for reason := range advice {
		if !used[reason] {
			t.Errorf("there is advice for %s, which nobody says", reason)
		}
	}
}
