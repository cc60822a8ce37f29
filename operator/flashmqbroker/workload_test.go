// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// A patch that changes pods waits as any other change of them does.
func TestPatchedPodsWait(t *testing.T) {
	t.Parallel()
	const manual = "update: {strategy: Manual}\n"
	before := spec(t, manual)
	before.status.Image = brokerImage
	if _, err := before.workload(); err != nil {
		t.Fatal(err)
	}
	live := before.children[0].object.(*appsv1.StatefulSet)
	p := spec(t, manual+"patches: [{target: {kind: StatefulSet}, patch: "+
		"'{spec: {template: {spec: {hostPID: true}}}}'}]")
	p.status.Image, p.facts.statefulSet = brokerImage, live
	if _, err := p.workload(); err != nil {
		t.Fatal(err)
	}
	c := p.told.Get(v1alpha1.ConditionRolloutSettled)
	if c.Reason != string(v1alpha1.ReasonAwaitingApproval) || p.revisions.PendingWorkload == "" ||
		p.revisions.Workload == before.revisions.Workload {
		t.Errorf("the rollout is %s, the revisions are %+v", c.Reason, p.revisions)
	}
	allowed(t, p)
	broken := spec(t, "patches: [{target: {kind: StatefulSet}, patch: '{sepc: {}}'}]")
	_, err := broken.workload()
	if user := (*invalid)(nil); !errors.As(err, &user) ||
		user.reason != v1alpha1.ReasonPatchFailed {
		t.Errorf("a patch that cannot be applied: %v", err)
	}
}

func waiting(reason, message string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: "flashmq", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}
}

func podWith(containers ...corev1.ContainerStatus) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x-0"},
		Status: corev1.PodStatus{ContainerStatuses: containers}}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	unscheduled := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x-0"}}
	unscheduled.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled,
		Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: "0/3 nodes are available"}}
	scheduled := podWith()
	scheduled.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled,
		Status: corev1.ConditionTrue}}
	before := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x-0"}}
	before.Status.InitContainerStatuses = []corev1.ContainerStatus{
		waiting("ImagePullBackOff", "no such agent")}
	crashed := waiting("CrashLoopBackOff", "back-off 5m0s")
	crashed.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3,
		Message: "starting\nport 1883 is taken\n\n"}
	silent := crashed
	silent.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137}
	tests := []struct {
		name    string
		pods    []corev1.Pod
		reason  v1alpha1.ConditionReason
		message string
	}{
		{"no pods", nil, v1alpha1.ReasonNoReadyPods, "no pod is ready yet"},
		{"scheduled", []corev1.Pod{scheduled}, v1alpha1.ReasonNoReadyPods, "no pod is ready yet"},
		{"no node", []corev1.Pod{unscheduled}, v1alpha1.ReasonUnschedulable,
			"x-0: 0/3 nodes are available"},
		{"the second has no node", []corev1.Pod{scheduled, unscheduled},
			v1alpha1.ReasonUnschedulable, "x-0: 0/3 nodes are available"},
		{"no image", []corev1.Pod{podWith(waiting("ErrImagePull", "not found"))},
			v1alpha1.ReasonImagePullFailed, "x-0: not found"},
		{"no image, again", []corev1.Pod{podWith(waiting("ImagePullBackOff", "not found"))},
			v1alpha1.ReasonImagePullFailed, "x-0: not found"},
		{"a name that is none", []corev1.Pod{podWith(waiting("InvalidImageName", "bad"))},
			v1alpha1.ReasonImagePullFailed, "x-0: bad"},
		{"never to be pulled", []corev1.Pod{podWith(waiting("ErrImageNeverPull", "absent"))},
			v1alpha1.ReasonImagePullFailed, "x-0: absent"},
		{"the image of what runs before", []corev1.Pod{before}, v1alpha1.ReasonImagePullFailed,
			"x-0: no such agent"},
		{"a crash", []corev1.Pod{podWith(crashed)}, v1alpha1.ReasonCrashLooping,
			"x-0: flashmq ended with code 3: port 1883 is taken"},
		{"a crash without a word", []corev1.Pod{podWith(silent)}, v1alpha1.ReasonCrashLooping,
			"x-0: flashmq ended with code 137: "},
		{"a crash that nobody saw", []corev1.Pod{podWith(waiting("CrashLoopBackOff", "back-off"))},
			v1alpha1.ReasonCrashLooping, "x-0: back-off"},
		{"being made", []corev1.Pod{podWith(waiting("ContainerCreating", ""))},
			v1alpha1.ReasonNoReadyPods, "no pod is ready yet"},
		{"another container crashed", []corev1.Pod{podWith(corev1.ContainerStatus{Name: "beside"},
			crashed)}, v1alpha1.ReasonCrashLooping,
			"x-0: flashmq ended with code 3: port 1883 is taken"},
	}
	for _, test := range tests {
		reason, message := trouble(test.pods)
		if reason != test.reason || message != test.message {
			t.Errorf("%s: %s, %q", test.name, reason, message)
		}
		for _, kind := range []v1alpha1.ConditionType{v1alpha1.ConditionAvailable,
			v1alpha1.ConditionProxyReady} {
			if !v1alpha1.SaysReason(kind, metav1.ConditionFalse, reason) {
				t.Errorf("%s must not say %s", kind, reason)
			}
		}
	}
}

func readyPod(revision string, age time.Duration, now time.Time) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x-0",
		CreationTimestamp: metav1.NewTime(now.Add(-age)),
		Labels:            map[string]string{appsv1.ControllerRevisionHashLabelKey: revision}},
		Status: corev1.PodStatus{PodIP: "10.0.0.1", Conditions: []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
}

func notReady(pod corev1.Pod) corev1.Pod {
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady,
		Status: corev1.ConditionFalse}}
	return pod
}

func TestAvailable(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ready := readyPod("1", time.Hour, now)
	leaving := ready
	leaving.DeletionTimestamp = &metav1.Time{Time: now}
	tests := []struct {
		name, spec string
		pods       []corev1.Pod
		want       v1alpha1.ConditionReason
		ready      int32
	}{
		{"ready", "", []corev1.Pod{ready}, v1alpha1.ReasonPodsReady, 1},
		{"not yet", "", []corev1.Pod{notReady(ready)}, v1alpha1.ReasonNoReadyPods, 0},
		{"on its way out", "", []corev1.Pod{leaving}, v1alpha1.ReasonNoReadyPods, 0},
		{"none", "", nil, v1alpha1.ReasonNoReadyPods, 0},
		{"none wanted", "replicas: 0", nil, v1alpha1.ReasonScaledToZero, 0},
		{"none wanted, one is left", "replicas: 0", []corev1.Pod{ready},
			v1alpha1.ReasonScaledToZero, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, test.spec)
			p.facts.pods = test.pods
			p.available()
			if c := p.told.Get(v1alpha1.ConditionAvailable); c.Reason != string(test.want) ||
				*p.status.ReadyReplicas != test.ready ||
				int(*p.status.Replicas) != len(test.pods) {
				t.Errorf("%s, %d ready", c.Reason, *p.status.ReadyReplicas)
			}
			if !strings.Contains(p.status.Selector, "app.kubernetes.io/component=broker") {
				t.Errorf("the selector is %q", p.status.Selector)
			}
			allowed(t, p)
		})
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	now := time.Now()
	live := func(change func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
		s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
		s.Status = appsv1.StatefulSetStatus{ObservedGeneration: 2, CurrentRevision: "2",
			UpdateRevision: "2", Replicas: 1, UpdatedReplicas: 1}
		if change != nil {
			change(s)
		}
		return s
	}
	restart := &v1alpha1.RestartStatus{Reason: "ImageChanged"}
	fresh, late := readyPod("2", time.Minute, now), readyPod("2", time.Hour, now)
	old := notReady(readyPod("1", time.Hour, now))
	tests := []struct {
		name    string
		live    *appsv1.StatefulSet
		pod     corev1.Pod
		restart *v1alpha1.RestartStatus
		want    v1alpha1.ConditionReason
	}{
		{"no StatefulSet", nil, fresh, nil, v1alpha1.ReasonInProgress},
		{"done", live(nil), fresh, restart, v1alpha1.ReasonSettled},
		{"not seen yet", live(func(s *appsv1.StatefulSet) { s.Generation = 3 }), fresh, restart,
			v1alpha1.ReasonInProgress},
		{"another revision", live(func(s *appsv1.StatefulSet) { s.Status.CurrentRevision = "1" }),
			fresh, restart, v1alpha1.ReasonInProgress},
		{"another revision and no pods", live(func(s *appsv1.StatefulSet) {
			s.Status.CurrentRevision, s.Status.Replicas = "1", 0
		}), fresh, nil, v1alpha1.ReasonSettled},
		{"not ready after its restart", live(nil), notReady(fresh), restart,
			v1alpha1.ReasonInProgress},
		{"not ready for long", live(nil), notReady(late), restart, v1alpha1.ReasonStuck},
		{"not ready for long, of the template before", live(nil), old, restart,
			v1alpha1.ReasonInProgress},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := spec(t, "")
			p.Now = func() time.Time { return now }
			p.facts.statefulSet, p.facts.pods = test.live, []corev1.Pod{test.pod}
			p.status.Restart = test.restart.DeepCopy()
			p.available()
			p.settled(false, false)
			c := p.told.Get(v1alpha1.ConditionRolloutSettled)
			if c.Reason != string(test.want) {
				t.Errorf("%s: %s", c.Reason, c.Message)
			}
			settled := test.want == v1alpha1.ReasonSettled
			if test.restart != nil && settled != (p.status.Restart == nil) {
				t.Errorf("the restart is %+v", p.status.Restart)
			}
			allowed(t, p)
		})
	}
}

func TestStatusIsBounded(t *testing.T) {
	t.Parallel()
	s := &v1alpha1.FlashMQBrokerStatus{Endpoints: make([]v1alpha1.Endpoint, 200)}
	for range 40 {
		s.Warnings = append(s.Warnings, strings.Repeat("w", 2000))
	}
	bound(s)
	if len(s.Endpoints) != 128 || len(s.Warnings) != 32 || len(s.Warnings[0]) != 1024 ||
		s.Warnings[31] != "and 9 more" {
		t.Errorf("%d endpoints, %d warnings, the last is %q", len(s.Endpoints), len(s.Warnings),
			s.Warnings[len(s.Warnings)-1])
	}
}

// A patch that changes nothing is not refused: what it is for may come later. It is told.
func TestPatchWithoutTarget(t *testing.T) {
	t.Parallel()
	p := spec(t, "patches: [{target: {kind: Deployment}, patch: '{}'}, "+
		"{target: {kind: StatefulSet}, patch: '{}'}]")
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	if w := p.status.Warnings; !slices.Contains(w, "spec.patches[0] matches nothing") ||
		slices.Contains(w, "spec.patches[1] matches nothing") {
		t.Errorf("warnings %q", w)
	}
}
