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
	"github.com/flashmq/flashmq/operator/rollout"
)

// workload runs the pods, and says how they are.
func (p *pass) workload() (goOn bool, err error) {
	set, err := p.statefulSet()
	if err != nil {
		return false, err
	}
	live := p.facts.statefulSet
	revision := resources.TemplateRevision(&set.Spec.Template)
	p.revisions.Workload = v1alpha1.Revision(revision)
	next := rollout.Of(&set.Spec.Template, p.config.restart)
	record, reason, hold := "", "", false
	changed := live != nil && live.Annotations[resources.TemplateAnnotation] != revision
	if live != nil {
		record, reason = live.Annotations[rollout.Annotation],
			live.Annotations[resources.ReasonAnnotation]
	}
	if changed || live != nil && held(live) {
		if reason, hold, err = p.mayRestart(record, next); err != nil {
			return false, err
		}
	}
	resources.Hold(set, hold)
	settled := live == nil || !changed && !held(live) && !rolling(live)
	for key, value := range map[string]string{resources.TemplateAnnotation: revision,
		resources.ReasonAnnotation: reason,
		rollout.Annotation:         rollout.Keep(record, next, settled)} {
		if value != "" {
			metav1.SetMetaDataAnnotation(&set.ObjectMeta, key, value)
		}
	}
	p.ask(set)
	p.available()
	p.settled(hold, changed)
	return true, nil
}

// statefulSet is the one of the spec, with the patches of the spec.
func (p *pass) statefulSet() (*appsv1.StatefulSet, error) {
	set := resources.StatefulSet(p.broker, resources.Workload{Image: string(p.status.Image),
		Restart: p.config.restart})
	patched, err := p.patched(set)
	if err != nil {
		return nil, err
	}
	return patched.(*appsv1.StatefulSet), nil // a patch changes no kind
}

// held tells whether pods may not take a changed template.
func held(s *appsv1.StatefulSet) bool {
	r := s.Spec.UpdateStrategy.RollingUpdate
	return r != nil && r.Partition != nil && *r.Partition > 0
}

// mayRestart decides whether pods have to wait, and tells why they restart. The record is of those
// that run. There is no reason when what was to come was taken back.
func (p *pass) mayRestart(
	record string, next rollout.Record,
) (reason string, hold bool, err error) {
	reason, keys := rollout.PodTemplateChanged, []string(nil)
	if old, ok := rollout.Parse(record); ok {
		reason, keys = rollout.Changes(old, next)
	}
	if reason == "" {
		p.status.Restart = nil
		return "", false, nil
	}
	p.status.Restart = &v1alpha1.RestartStatus{Reason: reason, Keys: keys}
	hold, err = p.mustWait(strings.TrimSuffix(reason+": "+strings.Join(keys, ", "), ": "))
	if hold {
		p.revisions.PendingWorkload = p.revisions.Workload
	}
	return reason, hold, err
}

// mustWait asks the rules of the spec, and those for all brokers. why is for people.
func (p *pass) mustWait(why string) (bool, error) {
	wait := func(reason v1alpha1.ConditionReason, format string, args ...any) (bool, error) {
		p.told.False(v1alpha1.ConditionRolloutSettled, reason,
			fmt.Sprintf("the restart waits "+format+": ", args...)+why)
		return true, nil
	}
	revision := p.revisions.Workload
	switch p.broker.Spec.Update.Strategy {
	case v1alpha1.UpdateManual:
		if p.broker.Annotations[v1alpha1.ApproveAnnotation] != string(revision) {
			return wait(v1alpha1.ReasonAwaitingApproval,
				"for approval (kubectl annotate fmq %s %s=%s --overwrite)", p.broker.Name,
				v1alpha1.ApproveAnnotation, revision)
		}
	case v1alpha1.UpdateWindows:
		open, begin, err := rollout.Window(p.broker.Spec.Update.Windows, p.Now())
		if err != nil {
			return false, &invalid{v1alpha1.ReasonInvalidKey, err.Error()}
		}
		if !open {
			p.comeBack(begin)
			at := metav1.NewTime(begin)
			p.status.Restart.NotBefore = &at
			return wait(v1alpha1.ReasonAwaitingWindow, "for the window that begins at %s", begin)
		}
	}
	others, err := p.takeTurn(p.status.Restart.Reason)
	if err != nil {
		return false, err
	}
	if len(others) > 0 { // there may be hundreds who wait, so not all ask all the time
		p.comeBack(p.Now().Add(p.waiting(v1alpha1.ConditionRolloutSettled,
			v1alpha1.ReasonAwaitingTurn)))
		return wait(v1alpha1.ReasonAwaitingTurn, "for %s to come back", some(others))
	}
	p.event(corev1.EventTypeNormal, "Restarting",
		"restarting the broker, its Clients are disconnected: "+why)
	return false, nil
}

// some are the first of many names.
func some(names []string) string {
	const most = 3
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}

// rolling tells whether pods are being exchanged.
func rolling(s *appsv1.StatefulSet) bool {
	return s.Status.ObservedGeneration < s.Generation ||
		s.Status.UpdateRevision != s.Status.CurrentRevision && s.Status.Replicas > 0
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
func (p *pass) settled(hold, changed bool) {
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
	case live == nil || changed || rolling(live) ||
		*p.status.ReadyReplicas == 0 && p.status.Restart != nil:
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
