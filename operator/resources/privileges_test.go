// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

// forbids says why a profile of the Pod Security Standards forbids pods of a template; empty when
// it does not. It is the code by which API servers decide.
func forbids(t testing.TB, level api.Level, template *corev1.PodTemplateSpec) string {
	t.Helper()
	e, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	results := e.EvaluatePod(api.LevelVersion{Level: level, Version: api.LatestVersion()},
		&template.ObjectMeta, &template.Spec)
	if len(results) < 10 {
		t.Fatalf("only %d checks", len(results))
	}
	sum := policy.AggregateCheckResults(results)
	if sum.Allowed {
		return ""
	}
	return sum.ForbiddenDetail()
}

// asking are the examples that ask for privileges.
var asking = []string{"privileged"}

// Pods of ours run in namespaces that enforce the restricted profile.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	for _, e := range fixtures.Examples(t) {
		for component, template := range templates(t, fixtures.Broker(t, e.Text)) {
			detail := forbids(t, api.LevelRestricted, template)
			if slices.Contains(asking, e.Name) != (detail != "") {
				t.Errorf("%s: pods of the %s are forbidden: %q", e.Name, component, detail)
			}
		}
	}
}

func TestPrivilegesOfExamples(t *testing.T) {
	t.Parallel()
	for _, e := range fixtures.Examples(t) {
		got := resources.Privileges(patched(t, fixtures.Broker(t, e.Text))...)
		var want []string
		if slices.Contains(asking, e.Name) {
			want = []string{"StatefulSet privileged has privileges: hostNetwork; hostPID; " +
				"volume node is hostPath /var/log; runAsUser 0; container trace: privileged"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", e.Name, got, want)
		}
	}
}

// ask changes a pod and its containers: the broker's and one that runs before it.
type ask func(*corev1.PodTemplateSpec, *corev1.Container)

func context(change func(*corev1.SecurityContext)) ask {
	return func(_ *corev1.PodTemplateSpec, c *corev1.Container) { change(c.SecurityContext) }
}

func pod(change func(*corev1.PodSpec)) ask {
	return func(t *corev1.PodTemplateSpec, _ *corev1.Container) { change(&t.Spec) }
}

func to[T any](v T) *T { return &v }

// What the standards forbid is told, and nothing else.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	const standards, ours, nobody = "baseline", "restricted", ""
	get := &corev1.HTTPGetAction{Host: "192.0.2.1", Port: intstr.FromInt32(80)}
	dial := &corev1.TCPSocketAction{Host: "192.0.2.1", Port: intstr.FromInt32(80)}
	tests := []struct {
		name string
		ask  ask
		// least is the least strict profile that forbids it.
		least string
		want  string
	}{
		{"nothing", pod(func(*corev1.PodSpec) {}), nobody, ""},
		{"hostNetwork", pod(func(s *corev1.PodSpec) { s.HostNetwork = true }), standards,
			"hostNetwork"},
		{"hostPID", pod(func(s *corev1.PodSpec) { s.HostPID = true }), standards, "hostPID"},
		{"hostIPC", pod(func(s *corev1.PodSpec) { s.HostIPC = true }), standards, "hostIPC"},
		{"hostPath", pod(func(s *corev1.PodSpec) {
			source := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}
			s.Volumes = append(s.Volumes, corev1.Volume{Name: "v", VolumeSource: source})
		}), standards, "volume v is hostPath /"},
		{"sysctl", pod(func(s *corev1.PodSpec) {
			s.SecurityContext.Sysctls = []corev1.Sysctl{{Name: "net.core.somaxconn"}}
		}), standards, "sysctl net.core.somaxconn"},
		{"harmless sysctls", pod(func(s *corev1.PodSpec) {
			s.SecurityContext.Sysctls = []corev1.Sysctl{{Name: "net.ipv4.tcp_keepalive_time"},
				{Name: "net.ipv4.tcp_fin_timeout"}, {Name: "kernel.shm_rmid_forced"}}
		}), nobody, ""},
		{"root in the pod", pod(func(s *corev1.PodSpec) {
			s.SecurityContext.RunAsUser = to[int64](0)
		}), ours, "runAsUser 0"},
		{"perhaps root", pod(func(s *corev1.PodSpec) {
			s.SecurityContext.RunAsNonRoot = to(false)
		}), ours, "runAsNonRoot false"},
		{"seccomp of the pod", pod(func(s *corev1.PodSpec) {
			s.SecurityContext.SeccompProfile.Type = corev1.SeccompProfileTypeUnconfined
		}), standards, "seccomp is unconfined"},
		{"AppArmor by annotation", func(t *corev1.PodTemplateSpec, c *corev1.Container) {
			t.Annotations["container.apparmor.security.beta.kubernetes.io/"+c.Name] = "unconfined"
		}, standards, "AppArmor is unconfined"},
		{"privileged", context(func(s *corev1.SecurityContext) { s.Privileged = to(true) }),
			standards, ": privileged"},
		{"escalation", context(func(s *corev1.SecurityContext) {
			s.AllowPrivilegeEscalation = to(true)
		}), ours, "allowPrivilegeEscalation"},
		{"capability", context(func(s *corev1.SecurityContext) {
			s.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
		}), standards, "capabilities [NET_ADMIN]"},
		{"procMount", context(func(s *corev1.SecurityContext) {
			s.ProcMount = to(corev1.UnmaskedProcMount)
		}), standards, "procMount Unmasked"},
		{"root", context(func(s *corev1.SecurityContext) { s.RunAsUser = to[int64](0) }), ours,
			"runAsUser 0"},
		{"seccomp", context(func(s *corev1.SecurityContext) {
			s.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}
		}), standards, "seccomp is unconfined"},
		{"AppArmor", context(func(s *corev1.SecurityContext) {
			s.AppArmorProfile = &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}
		}), standards, "AppArmor is unconfined"},
		{"SELinux type", context(func(s *corev1.SecurityContext) {
			s.SELinuxOptions = &corev1.SELinuxOptions{Type: "spc_t"}
		}), standards, "seLinuxOptions"},
		{"SELinux user", context(func(s *corev1.SecurityContext) {
			s.SELinuxOptions = &corev1.SELinuxOptions{User: "root"}
		}), standards, "seLinuxOptions"},
		{"SELinux role", context(func(s *corev1.SecurityContext) {
			s.SELinuxOptions = &corev1.SELinuxOptions{Role: "sysadm_r"}
		}), standards, "seLinuxOptions"},
		{"harmless SELinux", context(func(s *corev1.SecurityContext) {
			s.SELinuxOptions = &corev1.SELinuxOptions{Type: "container_t", Level: "s0:c1"}
		}), nobody, ""},
		{"Windows", context(func(s *corev1.SecurityContext) {
			s.WindowsOptions = &corev1.WindowsSecurityContextOptions{HostProcess: to(true)}
		}), standards, "hostProcess"},
		{"hostPort", func(_ *corev1.PodTemplateSpec, c *corev1.Container) {
			c.Ports = append(c.Ports, corev1.ContainerPort{ContainerPort: 1, HostPort: 1883})
		}, standards, "hostPort 1883"},
		{"probe", func(_ *corev1.PodTemplateSpec, c *corev1.Container) {
			c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get}}
		}, standards, "a probe of another host"},
		{"hook", func(_ *corev1.PodTemplateSpec, c *corev1.Container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{TCPSocket: dial}}
		}, standards, "a hook that asks another host"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, before := range []bool{false, true} {
				set := asked(t, test.ask, before)
				got := resources.Privileges(set)
				told := strings.Join(got, "\n")
				if (told != "") != (test.want != "") || !strings.Contains(told, test.want) {
					t.Errorf("before the broker %v: told is %q, want %q", before, got, test.want)
				}
				least := nobody
				for _, level := range []string{ours, standards} {
					if forbids(t, api.Level(level), &set.Spec.Template) != "" {
						least = level
					}
				}
				if least != test.least {
					t.Errorf("before the broker %v: forbidden by %q, want %q", before, least,
						test.least)
				}
			}
		})
	}
}

// asked is a StatefulSet with privileges: of the broker's container, or of one that runs before it.
func asked(t testing.TB, ask ask, before bool) *appsv1.StatefulSet {
	t.Helper()
	b := fixtures.Spec(t, "podTemplate: {initContainers: [{name: before, image: a}]}")
	set := resources.StatefulSet(b, resources.Workload{Image: brokerImage})
	spec := &set.Spec.Template.Spec
	c := &spec.Containers[0]
	if before {
		c = &spec.InitContainers[0]
	}
	ask(&set.Spec.Template, c)
	return set
}

func TestPrivilegesOfOthers(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, "proxy: {enabled: true, podTemplate: {hostNetwork: true}}")
	s := resources.NodesService(b)
	s.Spec.ExternalIPs = []string{"192.0.2.7"}
	got := resources.Privileges(s, resources.ProxyDeployment(b, resources.Tier{}),
		resources.ServiceAccount(b), resources.ServiceMonitor(b))
	want := []string{
		"Service factory-nodes has privileges: externalIPs, by which it takes what is sent to them",
		"Deployment factory-proxy has privileges: hostNetwork"}
	if !slices.Equal(got, want) {
		t.Errorf("told is %q", got)
	}
}
