// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
)

// Ours.
const (
	// BrokerContainer is the name of the broker's container. Others have other names.
	BrokerContainer = "flashmq"
	// userID is the user that our images name.
	userID = 65532
)

// podSecurity is that of the restricted profile, if nothing else is asked for.
func podSecurity(t *v1alpha1.PodPlacement) *corev1.PodSecurityContext {
	if t.SecurityContext != nil { // as a whole
		return t.SecurityContext
	}
	yes, id, policy := true, int64(userID), corev1.FSGroupChangeOnRootMismatch
	return &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &id, RunAsGroup: &id,
		FSGroup: &id, FSGroupChangePolicy: &policy,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
}

func containerSecurity() *corev1.SecurityContext {
	yes, no := true, false
	return &corev1.SecurityContext{AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
}

// Ours: the name of the volume with all that the broker reads.
const configVolumeName = "config"

// configVolume is exchanged as a whole, see docs/decisions/0012.
func configVolume(b *v1alpha1.FlashMQBroker) corev1.Volume {
	mode := int32(0o440)
	secret := func(name string) corev1.VolumeProjection {
		return corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
	}
	return corev1.Volume{Name: configVolumeName, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{DefaultMode: &mode,
			Sources: []corev1.VolumeProjection{
				{ConfigMap: &corev1.ConfigMapProjection{
					LocalObjectReference: corev1.LocalObjectReference{Name: ConfigName(b)}}},
				secret(CertificatesName(b)), secret(AdminName(b)),
			}}}}
}

func brokerContainer(b *v1alpha1.FlashMQBroker, image string) corev1.Container {
	return corev1.Container{
		Name:            BrokerContainer,
		Image:           image,
		ImagePullPolicy: b.Spec.ImagePullPolicy,
		Args:            []string{"-c", brokerconfig.Directory + "/" + brokerconfig.FileName},
		Env:             memoryLimit(b.Spec.Resources.Limits.Memory().Value()),
		Ports: []corev1.ContainerPort{{Name: adminPortName, ContainerPort: brokerconfig.AdminPort,
			Protocol: corev1.ProtocolTCP}},
		Resources: *b.Spec.Resources,
		// A broker that starts has a minute and a half before it is started again.
		StartupProbe:   probe("/startupz", 1, 90),
		ReadinessProbe: probe("/readyz", 2, 2),
		LivenessProbe:  probe("/livez", 10, 6),
		VolumeMounts: []corev1.VolumeMount{{Name: configVolumeName,
			MountPath: brokerconfig.Directory, ReadOnly: true}},
		SecurityContext: containerSecurity(),
		// When it crashes, its last lines are in the pod's status.
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

func probe(path string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path,
			Port: intstr.FromInt32(brokerconfig.AdminPort), Scheme: corev1.URISchemeHTTP}},
		PeriodSeconds: period, TimeoutSeconds: 5, FailureThreshold: failures, SuccessThreshold: 1,
	}
}

// memoryLimit keeps the Go heap below the limit of the container, so that the collector works
// harder before the kernel ends the process. A tenth is for stacks, buffers of the kernel and the
// like. The limit of cores is seen by the Go runtime itself.
func memoryLimit(bytes int64) []corev1.EnvVar {
	if bytes == 0 {
		return nil
	}
	return []corev1.EnvVar{{Name: "GOMEMLIMIT", Value: strconv.FormatInt(bytes/10*9, 10)}}
}

// BrokerIn is the broker's container, nil when there is none. A patch may have put others before
// it.
func BrokerIn(s *corev1.PodSpec) *corev1.Container {
	return containerIn(s.Containers, BrokerContainer)
}

func containerIn(all []corev1.Container, name string) *corev1.Container {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}
