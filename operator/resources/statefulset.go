// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"encoding/json"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/pkg/admin"
)

// Workload is what a StatefulSet is made of besides the spec.
type Workload struct {
	Image string
	// Restart has the keys that only a start can change, with their values.
	Restart map[string]string
}

// StatefulSet runs the broker.
func StatefulSet(b *v1alpha1.FlashMQBroker, w Workload) *appsv1.StatefulSet {
	replicas, partition, history := int32(1), int32(0), int32(5)
	if b.Spec.Replicas != nil {
		replicas = *b.Spec.Replicas
	}
	m := meta(b, b.Name)
	m.Labels = merge(m.Labels, map[string]string{componentLabel: string(Broker)})
	return &appsv1.StatefulSet{
		ObjectMeta: m,
		Spec: appsv1.StatefulSetSpec{
			Replicas:             &replicas,
			RevisionHistoryLimit: &history,
			ServiceName:          NodesName(b),
			PodManagementPolicy:  appsv1.ParallelPodManagement,
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{
				Type:          appsv1.RollingUpdateStatefulSetStrategyType,
				RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &partition},
			},
			Selector: &metav1.LabelSelector{MatchLabels: Selector(b, Broker)},
			Template: *podTemplate(b, w),
		},
	}
}

// Hold keeps pods from taking a changed template, or lets them.
func Hold(s *appsv1.StatefulSet, hold bool) {
	if !hold {
		return
	}
	all := max(*s.Spec.Replicas, 1)
	s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{
		Type:          appsv1.RollingUpdateStatefulSetStrategyType,
		RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: &all}}
}

// TemplateRevision names a pod template.
func TemplateRevision(t *corev1.PodTemplateSpec) string {
	raw, err := json.Marshal(t)
	if err != nil {
		panic("resources: a template that cannot be written: " + err.Error()) // all of it can
	}
	return admin.Revision(raw)
}

func podTemplate(b *v1alpha1.FlashMQBroker, w Workload) *corev1.PodTemplateSpec {
	t := b.Spec.PodTemplate
	var m metav1.ObjectMeta // without inheritedMetadata, see docs/decisions/0012
	add(&m, t.Metadata)
	m.Labels = merge(merge(m.Labels, Labels(b)), Selector(b, Broker))
	m.Annotations = merge(m.Annotations, map[string]string{RestartAnnotation: RestartSum(b,
		w.Restart)})
	grace := graceSeconds(b)
	no := false
	spec := corev1.PodSpec{
		ServiceAccountName:            string(t.ServiceAccountName),
		AutomountServiceAccountToken:  &no,
		EnableServiceLinks:            &no,
		TerminationGracePeriodSeconds: &grace,
		RestartPolicy:                 corev1.RestartPolicyAlways,
		ImagePullSecrets:              pullSecrets(b),
		SecurityContext:               podSecurity(&t.PodPlacement),
		Volumes:                       []corev1.Volume{configVolume(b)},
		Containers:                    []corev1.Container{brokerContainer(b, w.Image)},
		DNSPolicy:                     corev1.DNSClusterFirst,
	}
	if spec.ServiceAccountName == "" {
		spec.ServiceAccountName = b.Name
	}
	place(&spec, &t.PodPlacement)
	spec.Affinity = t.Affinity
	complete(&spec, t)
	return &corev1.PodTemplateSpec{ObjectMeta: m, Spec: spec}
}

// RestartSum is what RestartAnnotation says: a sum over the keys that only a start can change, and
// over the restart that somebody has asked for.
func RestartSum(b *v1alpha1.FlashMQBroker, keys map[string]string) string {
	var parts [][]byte
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		parts = append(parts, []byte(key), []byte(keys[key]))
	}
	return admin.Revision(append(parts, []byte(b.Annotations[v1alpha1.RestartedAtAnnotation]))...)
}

// Ours: what a broker needs after the last Client has gone, generously.
const exitSeconds = 30

// graceSeconds is longer than a drain can take.
func graceSeconds(b *v1alpha1.FlashMQBroker) int64 {
	deadline := int32(60)
	if d := b.Spec.Drain.DeadlineSeconds; d != nil {
		deadline = *d
	}
	return int64(deadline) + exitSeconds
}

// place says where a pod may run.
func place(spec *corev1.PodSpec, t *v1alpha1.PodPlacement) {
	spec.NodeSelector = t.NodeSelector
	spec.Tolerations = t.Tolerations
	spec.TopologySpreadConstraints = t.TopologySpreadConstraints
	spec.PriorityClassName = string(t.PriorityClassName)
	spec.SchedulerName = string(t.SchedulerName)
	spec.RuntimeClassName = optionalOf(string(t.RuntimeClassName))
	spec.HostNetwork = t.HostNetwork != nil && *t.HostNetwork
	spec.HostAliases = t.HostAliases
	if t.DNSPolicy != "" {
		spec.DNSPolicy = t.DNSPolicy
	}
}

// complete adds volumes and containers. The first container is the broker's.
func complete(spec *corev1.PodSpec, t *v1alpha1.PodTemplate) {
	first := &spec.Containers[0]
	first.Env = append(first.Env, t.Env...)
	first.VolumeMounts = append(first.VolumeMounts, t.ExtraVolumeMounts...)
	for _, v := range t.ExtraVolumes {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: string(v.Name),
			VolumeSource: corev1.VolumeSource{ConfigMap: v.ConfigMap, Secret: v.Secret,
				EmptyDir: v.EmptyDir, PersistentVolumeClaim: v.PersistentVolumeClaim, CSI: v.CSI,
				HostPath: v.HostPath}})
	}
	for i := range t.InitContainers {
		spec.InitContainers = append(spec.InitContainers, extraContainer(&t.InitContainers[i]))
	}
	for i := range t.Sidecars {
		spec.Containers = append(spec.Containers, extraContainer(&t.Sidecars[i]))
	}
}

func extraContainer(c *v1alpha1.ExtraContainer) corev1.Container {
	out := corev1.Container{Name: string(c.Name), Image: string(c.Image), Command: c.Command,
		Args: c.Args, Env: c.Env, Ports: c.Ports, VolumeMounts: c.VolumeMounts,
		SecurityContext: c.SecurityContext}
	if c.Resources != nil {
		out.Resources = *c.Resources
	}
	if out.SecurityContext == nil {
		out.SecurityContext = containerSecurity()
	}
	return out
}

func pullSecrets(b *v1alpha1.FlashMQBroker) (out []corev1.LocalObjectReference) {
	for _, s := range b.Spec.ImagePullSecrets {
		out = append(out, corev1.LocalObjectReference{Name: string(s.Name)})
	}
	return out
}
