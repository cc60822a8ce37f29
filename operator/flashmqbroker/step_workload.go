// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/resources"
)

// workload runs the pods, and says how they are.
func (p *pass) workload() (goOn bool, err error) {
	w := resources.Workload{Image: string(p.status.Image), Restart: p.config.restart}
	set := resources.StatefulSet(p.broker, w)
	live := p.facts.statefulSet
	revision := resources.TemplateRevision(&set.Spec.Template)
	p.revisions.Workload = v1alpha1.Revision(revision)
	if live != nil && live.Annotations[resources.TemplateAnnotation] != revision {
		if w.Hold, err = p.mayRestart(live, set); err != nil {
			return false, err
		}
	} else if live != nil {
		if held(live) {
			if w.Hold, err = p.mayRestart(live, set); err != nil {
				return false, err
			}
		}
		w.Reason = live.Annotations[resources.ReasonAnnotation]
	}
	if w.Reason == "" && p.status.Restart != nil {
		w.Reason = p.status.Restart.Reason
	}
	set = resources.StatefulSet(p.broker, w)
	metav1.SetMetaDataAnnotation(&set.ObjectMeta, resources.TemplateAnnotation, revision)
	if err := p.want(set); err != nil {
		return false, err
	}
	p.available()
	p.settled(w.Hold)
	return true, nil
}

// held tells whether pods may not take a changed template.
func held(s *appsv1.StatefulSet) bool {
	r := s.Spec.UpdateStrategy.RollingUpdate
	return r != nil && r.Partition != nil && *r.Partition > 0
}

// mayRestart decides whether pods have to wait, and tells why they restart.
func (p *pass) mayRestart(live, next *appsv1.StatefulSet) (hold bool, err error) {
	reason, keys := restartReason(&live.Spec.Template, &next.Spec.Template)
	p.status.Restart = &v1alpha1.RestartStatus{Reason: reason, Keys: keys}
	revision := p.revisions.Workload
	switch p.broker.Spec.Update.Strategy {
	case v1alpha1.UpdateManual:
		if p.broker.Annotations[v1alpha1.ApproveAnnotation] != string(revision) {
			p.revisions.PendingWorkload = revision
			p.told.False(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonAwaitingApproval,
				fmt.Sprintf("%s waits for approval: kubectl annotate fmq %s %s=%s --overwrite",
					reason, p.broker.Name, v1alpha1.ApproveAnnotation, revision))
			return true, nil
		}
	case v1alpha1.UpdateWindows:
		open, next, err := inWindow(p.broker.Spec.Update.Windows, p.Now())
		if err != nil {
			return false, &invalid{v1alpha1.ReasonInvalidKey, err.Error()}
		}
		if !open {
			p.comeBack(next)
			p.revisions.PendingWorkload = revision
			p.status.Restart.NotBefore = timeOf(next)
			p.told.False(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonAwaitingWindow,
				fmt.Sprintf("%s waits for the window that begins at %s", reason, next))
			return true, nil
		}
	}
	return p.awaitTurn(reason)
}

// awaitTurn holds a broker while as many others restart as may at a time.
func (p *pass) awaitTurn(reason string) (hold bool, err error) {
	var sets appsv1.StatefulSetList
	if err := p.Client.List(p.ctx, &sets); err != nil {
		return false, err
	}
	restarting := 0
	for i := range sets.Items {
		s := &sets.Items[i]
		if s.UID != p.facts.statefulSet.UID && !held(s) && rolling(s) {
			restarting++
		}
	}
	if restarting < p.Rollouts {
		p.event(corev1.EventTypeNormal, "Restarting",
			"restarting the broker, its Clients are disconnected: "+reason)
		return false, nil
	}
	p.revisions.PendingWorkload = p.revisions.Workload
	p.comeBack(p.Now().Add(pollPending))
	p.told.False(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonAwaitingTurn,
		fmt.Sprintf("%s waits until %d other brokers have restarted", reason, restarting))
	return true, nil
}

// rolling tells whether pods are being exchanged.
func rolling(s *appsv1.StatefulSet) bool {
	return s.Status.ObservedGeneration < s.Generation ||
		s.Status.UpdateRevision != s.Status.CurrentRevision && s.Status.Replicas > 0
}

// restartReason compares two templates: a word, and what has changed.
func restartReason(old, next *corev1.PodTemplateSpec) (reason string, keys []string) {
	a, b := &old.Spec.Containers[0], &next.Spec.Containers[0]
	const start = resources.RestartAnnotation
	switch {
	case a.Image != b.Image:
		return "ImageChanged", []string{"image"}
	case old.Annotations[start] != next.Annotations[start]:
		return "ConfigChanged", nil
	case !slices.Equal(a.Env, b.Env):
		keys = []string{"env"}
	case a.Resources.String() != b.Resources.String():
		keys = []string{"resources"}
	}
	return "PodTemplateChanged", keys
}

// available tells whether enough pods serve, and if not, why.
func (p *pass) available() {
	ready, want := int32(0), *p.broker.Spec.Replicas
	for i := range p.facts.pods {
		if isReady(&p.facts.pods[i]) {
			ready++
		}
	}
	s := p.status
	there := int32(len(p.facts.pods))
	s.Replicas, s.ReadyReplicas = &there, &ready
	selector := resources.Selector(p.broker, resources.Broker)
	s.Selector = labels.SelectorFromSet(selector).String()
	switch {
	case want == 0:
		p.told.False(v1alpha1.ConditionAvailable, v1alpha1.ReasonScaledToZero, "spec.replicas is 0")
	case ready >= want:
		p.told.True(v1alpha1.ConditionAvailable, v1alpha1.ReasonPodsReady, "")
	default:
		reason, message := trouble(p.facts.pods)
		p.told.False(v1alpha1.ConditionAvailable, reason, message)
	}
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil
		}
	}
	return false
}

// trouble finds out why pods are not ready.
func trouble(pods []corev1.Pod) (reason v1alpha1.ConditionReason, message string) {
	for i := range pods {
		for _, c := range pods[i].Status.Conditions {
			if c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonUnschedulable {
				return v1alpha1.ReasonUnschedulable, pods[i].Name + ": " + c.Message
			}
		}
		list := slices.Concat(pods[i].Status.InitContainerStatuses,
			pods[i].Status.ContainerStatuses)
		for _, c := range list {
			w := c.State.Waiting
			if w == nil {
				continue
			}
			switch w.Reason {
			case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull":
				return v1alpha1.ReasonImagePullFailed, pods[i].Name + ": " + w.Message
			case "CrashLoopBackOff":
				return v1alpha1.ReasonCrashLooping, pods[i].Name + ": " + lastWords(&c)
			}
		}
	}
	return v1alpha1.ReasonNoReadyPods, "no pod is ready yet"
}

// lastWords is the last line that a container has written before it ended.
func lastWords(c *corev1.ContainerStatus) string {
	end := c.LastTerminationState.Terminated
	if end == nil {
		return c.State.Waiting.Message
	}
	lines := strings.Split(strings.TrimSpace(end.Message), "\n")
	return fmt.Sprintf("%s ended with code %d: %s", c.Name, end.ExitCode, lines[len(lines)-1])
}

// settled tells whether all pods have the newest template.
func (p *pass) settled(hold bool) {
	live := p.facts.statefulSet
	updated := int32(0)
	if live != nil {
		updated = live.Status.UpdatedReplicas
	}
	p.status.UpdatedReplicas = &updated
	switch {
	case hold: // it is told why
	case live != nil && p.stuck(live) != nil:
		pod := p.stuck(live)
		_, message := trouble(p.facts.pods)
		p.told.False(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonStuck, fmt.Sprintf(
			"%s is not ready %v after it was made: %s", pod.Name, stuckAfter, message))
	case live == nil || rolling(live) || *p.status.ReadyReplicas == 0 && p.status.Restart != nil:
		p.told.False(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonInProgress, "")
	default:
		p.status.Restart = nil
		p.told.True(v1alpha1.ConditionRolloutSettled, v1alpha1.ReasonSettled, "")
	}
}

// Ours: a broker that is not ready after this will hardly be so by itself.
const stuckAfter = 10 * time.Minute

// stuck is a pod with the newest template that is not ready for too long; nil when there is none.
func (p *pass) stuck(live *appsv1.StatefulSet) *corev1.Pod {
	for i := range p.facts.pods {
		pod := &p.facts.pods[i]
		if isReady(pod) ||
			pod.Labels[appsv1.ControllerRevisionHashLabelKey] != live.Status.UpdateRevision {
			continue
		}
		late := pod.CreationTimestamp.Add(stuckAfter)
		if !p.Now().Before(late) {
			return pod
		}
		p.comeBack(late)
	}
	return nil
}
