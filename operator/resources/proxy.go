// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/proxyagent"
)

// Ours: where things are in the HAProxy pods, and the port of probes and metrics.
const (
	ProxyDirectory = "/etc/flashmq-proxy"
	ProxyFile      = "haproxy.cfg"
	ProxySocket    = proxyRun + "/haproxy.sock"
	ProxyPort      = 8404
	// ProxyBackendKey is the certificate with its key that HAProxy shows to the broker.
	ProxyBackendKey = "backend.pem"
	// ProxyAuthoritiesKey is what the broker's certificate is verified with.
	ProxyAuthoritiesKey = "backend-ca.crt"

	proxyRun      = "/run/flashmq-proxy"
	agentHome     = "/agent"
	agentName     = "flashmq-proxy-agent"
	proxyPortName = "proxy"

	proxyContainerName = "haproxy"
)

// ProxyName is that of the tier's Deployment, ConfigMap, Secret and Service.
func ProxyName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-proxy" }

// BackendSecretName is that of the Secret with the broker's certificate for HAProxy. No listener's
// is called so.
func BackendSecretName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-tls-backend" }

// ProxySecretName is that of the Secret with HAProxy's certificate for the broker.
func ProxySecretName(b *v1alpha1.FlashMQBroker) string { return b.Name + "-tls-proxy" }

// NodeName is that of the Service by which HAProxy reaches one broker pod.
func NodeName(b *v1alpha1.FlashMQBroker, ordinal int) string {
	return fmt.Sprintf("%s-node-%d", b.Name, ordinal)
}

// NodeService has an address that stays while the broker's pod is away, so that HAProxy can wait.
func NodeService(b *v1alpha1.FlashMQBroker, ordinal int) *corev1.Service {
	selector := merge(Selector(b, Broker), map[string]string{
		appsv1.PodIndexLabel: fmt.Sprint(ordinal)})
	s := &corev1.Service{ObjectMeta: meta(b, NodeName(b, ordinal)),
		Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeClusterIP, Selector: selector,
			PublishNotReadyAddresses: true, Ports: []corev1.ServicePort{adminServicePort()}}}
	for i := range b.Spec.Listeners {
		l := &b.Spec.Listeners[i]
		if !b.Spec.Proxied(l) {
			continue
		}
		port := int32(l.EffectiveProxyPort())
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: string(l.Name), Port: port,
			TargetPort: intstr.FromInt32(port), Protocol: corev1.ProtocolTCP})
	}
	return s
}

// ProxyService is for whoever looks at the HAProxy pods: Prometheus.
func ProxyService(b *v1alpha1.FlashMQBroker) *corev1.Service {
	m := meta(b, ProxyName(b))
	m.Labels = merge(m.Labels, map[string]string{metricsLabel: "true"})
	return &corev1.Service{ObjectMeta: m, Spec: corev1.ServiceSpec{
		Type: corev1.ServiceTypeClusterIP, ClusterIP: corev1.ClusterIPNone,
		Selector: Selector(b, Proxy),
		Ports: []corev1.ServicePort{{Name: proxyPortName, Port: ProxyPort,
			TargetPort: intstr.FromInt32(ProxyPort), Protocol: corev1.ProtocolTCP}}}}
}

// ProxyConfigMap holds haproxy.cfg.
func ProxyConfigMap(b *v1alpha1.FlashMQBroker, text []byte) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: meta(b, ProxyName(b)),
		Data: map[string]string{ProxyFile: string(text)}}
}

// ProxySecret holds what HAProxy proves itself to the broker with.
func ProxySecret(b *v1alpha1.FlashMQBroker, files map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: meta(b, ProxyName(b)), Type: corev1.SecretTypeOpaque,
		Data: files}
}

// Tier is what the HAProxy pods are made of besides the spec.
type Tier struct {
	Image, AgentImage string
}

// TierOf are the images that a Deployment was given; what is not there, or was not the operator's
// choice, is empty.
func TierOf(d *appsv1.Deployment) (t Tier) {
	s := &d.Spec.Template.Spec
	if c := containerIn(s.Containers, proxyContainerName); c != nil &&
		d.Annotations[OwnImageAnnotation] == "" {
		t.Image = c.Image
	}
	if c := containerIn(s.InitContainers, agentName); c != nil {
		t.AgentImage = c.Image
	}
	return t
}

// ProxyDeployment runs HAProxy.
func ProxyDeployment(b *v1alpha1.FlashMQBroker, t Tier) *appsv1.Deployment {
	surge, missing, history := intstr.FromInt32(1), intstr.FromInt32(0), int32(5)
	m := meta(b, ProxyName(b))
	m.Labels = merge(m.Labels, map[string]string{componentLabel: string(Proxy)})
	if b.Spec.Proxy.Image != "" {
		metav1.SetMetaDataAnnotation(&m, OwnImageAnnotation, "true")
	}
	return &appsv1.Deployment{ObjectMeta: m, Spec: appsv1.DeploymentSpec{
		Replicas:             b.Spec.Proxy.EffectiveReplicas(),
		RevisionHistoryLimit: &history,
		Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &surge,
				MaxUnavailable: &missing}},
		Selector: &metav1.LabelSelector{MatchLabels: Selector(b, Proxy)},
		Template: *proxyTemplate(b, t),
	}}
}

// Ours: what the agent needs to end HAProxy when its time is over.
const proxyExitSeconds = 15

func proxyTemplate(b *v1alpha1.FlashMQBroker, t Tier) *corev1.PodTemplateSpec {
	p := b.Spec.Proxy
	var m metav1.ObjectMeta // without inheritedMetadata, see docs/decisions/0012
	add(&m, p.PodTemplate.Metadata)
	m.Labels = merge(merge(m.Labels, Labels(b)), Selector(b, Proxy))
	m.Annotations = merge(m.Annotations, map[string]string{
		RestartAnnotation: RestartSum(b, nil)})
	no, grace := false, int64(p.HardStopSeconds+proxyExitSeconds)
	empty := func(name string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{}}}
	}
	spec := corev1.PodSpec{
		ServiceAccountName:            string(p.PodTemplate.ServiceAccountName),
		AutomountServiceAccountToken:  &no,
		EnableServiceLinks:            &no,
		TerminationGracePeriodSeconds: &grace,
		RestartPolicy:                 corev1.RestartPolicyAlways,
		ImagePullSecrets:              pullSecrets(b),
		SecurityContext:               podSecurity(&p.PodTemplate.PodPlacement),
		Volumes: []corev1.Volume{proxyVolume(b), empty("run"),
			empty("agent")},
		InitContainers: []corev1.Container{agentContainer(b, t.AgentImage)},
		Containers:     []corev1.Container{proxyContainer(b, t.Image)},
		DNSPolicy:      corev1.DNSClusterFirst,
	}
	if spec.ServiceAccountName == "" {
		spec.ServiceAccountName = b.Name
	}
	place(&spec, &p.PodTemplate.PodPlacement)
	if len(spec.TopologySpreadConstraints) == 0 {
		spec.TopologySpreadConstraints = spread(b, Proxy)
	}
	out := &corev1.PodTemplateSpec{ObjectMeta: m, Spec: spec}
	metav1.SetMetaDataAnnotation(&out.ObjectMeta, TemplateAnnotation, TemplateRevision(out))
	return out
}

// spread keeps pods apart where that is possible.
func spread(b *v1alpha1.FlashMQBroker, c Component) (out []corev1.TopologySpreadConstraint) {
	for _, key := range []string{corev1.LabelTopologyZone, corev1.LabelHostname} {
		out = append(out, corev1.TopologySpreadConstraint{MaxSkew: 1, TopologyKey: key,
			WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector:     &metav1.LabelSelector{MatchLabels: Selector(b, c)}})
	}
	return out
}

// agentContainer lays the agent beside HAProxy, whose image has none.
func agentContainer(b *v1alpha1.FlashMQBroker, image string) corev1.Container {
	return corev1.Container{
		Name: agentName, Image: image, ImagePullPolicy: b.Spec.ImagePullPolicy,
		Command: []string{"/usr/local/bin/" + agentName, "install", agentHome +
			"/" + agentName},
		VolumeMounts:             []corev1.VolumeMount{{Name: "agent", MountPath: agentHome}},
		SecurityContext:          containerSecurity(),
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

func proxyContainer(b *v1alpha1.FlashMQBroker, image string) corev1.Container {
	p := b.Spec.Proxy
	port := func(name string, n int32) corev1.ContainerPort {
		return corev1.ContainerPort{Name: name, ContainerPort: n, Protocol: corev1.ProtocolTCP}
	}
	return corev1.Container{
		Name: proxyContainerName, Image: image, ImagePullPolicy: b.Spec.ImagePullPolicy,
		Command: []string{agentHome + "/" + agentName, "run",
			"--config", ProxyDirectory + "/" + ProxyFile, "--socket", ProxySocket,
			"--address", fmt.Sprintf(":%d", proxyagent.Port),
			"--hard-stop", fmt.Sprintf("%ds", p.HardStopSeconds)},
		Ports: []corev1.ContainerPort{port(proxyPortName, ProxyPort), port("agent",
			proxyagent.Port)},
		Resources: *p.Resources,
		// Not before the broker believes its headers. That takes a second or two, and as long as
		// the broker is away.
		StartupProbe:   proxyProbe("/startupz", 1, 600),
		ReadinessProbe: proxyProbe("/healthz", 2, 2),
		LivenessProbe:  proxyProbe("/healthz", 10, 6),
		VolumeMounts: []corev1.VolumeMount{
			{Name: configVolumeName, MountPath: ProxyDirectory, ReadOnly: true},
			{Name: "run", MountPath: proxyRun},
			{Name: "agent", MountPath: agentHome, ReadOnly: true}},
		SecurityContext:          containerSecurity(),
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

func proxyProbe(path string, period, failures int32) *corev1.Probe {
	p := probe(path, period, failures)
	p.HTTPGet.Port = intstr.FromInt32(ProxyPort)
	return p
}

// proxyVolume has all that HAProxy reads, and is exchanged as a whole.
func proxyVolume(b *v1alpha1.FlashMQBroker) corev1.Volume {
	v := configVolume(b)
	p := v.Projected
	p.Sources = []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{
		LocalObjectReference: corev1.LocalObjectReference{Name: ProxyName(b)}}}}
	add := func(name string) {
		p.Sources = append(p.Sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: name}}})
	}
	if b.Spec.Proxy.TLS == v1alpha1.ProxyTerminate {
		add(CertificatesName(b))
	}
	if b.Spec.Proxy.BackendTLS == v1alpha1.BackendTLSMutual {
		add(ProxyName(b))
	}
	return v
}

// BackendName is what the broker's certificate for HAProxy is for.
func BackendName(b *v1alpha1.FlashMQBroker, domain string) string {
	return fmt.Sprintf("%s.%s.svc.%s", NodesName(b), b.Namespace, domain)
}
