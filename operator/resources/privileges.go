// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// From the specification: what the baseline profile of the Pod Security Standards lets through.
var (
	harmlessSysctls = []string{"kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range",
		"net.ipv4.ip_local_reserved_ports", "net.ipv4.ip_unprivileged_port_start",
		"net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
		"net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_syncookies"}
	harmlessSELinux = []string{"", "container_t", "container_init_t", "container_kvm_t",
		"container_engine_t"}
)

// Privileges tells what children, after their patches, ask for beyond what the operator gives them:
// all that the baseline profile forbids; root, escalation and any capability; and addresses that a
// Service takes from others. Nothing of it is refused: that is the cluster's to do.
func Privileges(children ...client.Object) (out []string) {
	for _, child := range children {
		var found []string
		kind := ""
		switch x := child.(type) {
		case *appsv1.StatefulSet:
			kind, found = "StatefulSet", podPrivileges(&x.Spec.Template)
		case *appsv1.Deployment:
			kind, found = "Deployment", podPrivileges(&x.Spec.Template)
		case *corev1.Service:
			kind = "Service"
			if len(x.Spec.ExternalIPs) > 0 {
				found = []string{"externalIPs, by which it takes what is sent to them"}
			}
		}
		if len(found) > 0 {
			out = append(out, fmt.Sprintf("%s %s has privileges: %s", kind, child.GetName(),
				strings.Join(found, "; ")))
		}
	}
	return out
}

func podPrivileges(t *corev1.PodTemplateSpec) (out []string) {
	s := &t.Spec
	tell := func(is bool, format string, a ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, a...))
		}
	}
	tell(s.HostNetwork, "hostNetwork")
	tell(s.HostPID, "hostPID")
	tell(s.HostIPC, "hostIPC")
	for i := range s.Volumes {
		if h := s.Volumes[i].HostPath; h != nil {
			tell(true, "volume %s is hostPath %s", s.Volumes[i].Name, h.Path)
		}
	}
	const armor = corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix
	for key, value := range t.Annotations {
		name, ok := strings.CutPrefix(key, armor)
		tell(ok && value == corev1.DeprecatedAppArmorBetaProfileNameUnconfined,
			"container %s: AppArmor is unconfined", name)
	}
	slices.Sort(out) // annotations have no order
	if x := s.SecurityContext; x != nil {
		for _, c := range x.Sysctls {
			tell(!slices.Contains(harmlessSysctls, c.Name), "sysctl %s", c.Name)
		}
		user := userPrivileges(x.RunAsUser, x.RunAsNonRoot, x.SeccompProfile, x.AppArmorProfile,
			x.SELinuxOptions, x.WindowsOptions)
		tell(len(user) > 0, "%s", strings.Join(user, ", "))
	}
	for _, c := range slices.Concat(s.InitContainers, s.Containers) {
		mine := containerPrivileges(&c)
		tell(len(mine) > 0, "container %s: %s", c.Name, strings.Join(mine, ", "))
	}
	return out
}

// userPrivileges are those that a pod and a container may ask for.
func userPrivileges(
	user *int64, nonRoot *bool, seccomp *corev1.SeccompProfile, armor *corev1.AppArmorProfile,
	selinux *corev1.SELinuxOptions, windows *corev1.WindowsSecurityContextOptions,
) (out []string) {
	if user != nil && *user == 0 {
		out = append(out, "runAsUser 0")
	}
	if nonRoot != nil && !*nonRoot {
		out = append(out, "runAsNonRoot false")
	}
	if seccomp != nil && seccomp.Type == corev1.SeccompProfileTypeUnconfined {
		out = append(out, "seccomp is unconfined")
	}
	if armor != nil && armor.Type == corev1.AppArmorProfileTypeUnconfined {
		out = append(out, "AppArmor is unconfined")
	}
	if selinux != nil && (selinux.User != "" || selinux.Role != "" ||
		!slices.Contains(harmlessSELinux, selinux.Type)) {
		out = append(out, "seLinuxOptions")
	}
	if windows != nil && windows.HostProcess != nil && *windows.HostProcess {
		out = append(out, "hostProcess")
	}
	return out
}

func containerPrivileges(c *corev1.Container) (out []string) {
	if x := c.SecurityContext; x != nil {
		if x.Privileged != nil && *x.Privileged {
			out = append(out, "privileged")
		}
		if x.AllowPrivilegeEscalation != nil && *x.AllowPrivilegeEscalation {
			out = append(out, "allowPrivilegeEscalation")
		}
		if x.Capabilities != nil && len(x.Capabilities.Add) > 0 {
			out = append(out, fmt.Sprintf("capabilities %s", x.Capabilities.Add))
		}
		if x.ProcMount != nil && *x.ProcMount != corev1.DefaultProcMount {
			out = append(out, "procMount "+string(*x.ProcMount))
		}
		out = append(out, userPrivileges(x.RunAsUser, x.RunAsNonRoot, x.SeccompProfile,
			x.AppArmorProfile, x.SELinuxOptions, x.WindowsOptions)...)
	}
	for _, p := range c.Ports {
		if p.HostPort != 0 {
			out = append(out, fmt.Sprintf("hostPort %d", p.HostPort))
		}
	}
	return append(out, elsewhere(c)...)
}

// elsewhere are probes and hooks that have the kubelet connect to another host.
func elsewhere(c *corev1.Container) (out []string) {
	for _, p := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p != nil && (p.HTTPGet != nil && p.HTTPGet.Host != "" ||
			p.TCPSocket != nil && p.TCPSocket.Host != "") {
			out = append(out, "a probe of another host")
		}
	}
	if c.Lifecycle == nil {
		return out
	}
	for _, h := range []*corev1.LifecycleHandler{c.Lifecycle.PostStart, c.Lifecycle.PreStop} {
		if h != nil && (h.HTTPGet != nil && h.HTTPGet.Host != "" ||
			h.TCPSocket != nil && h.TCPSocket.Host != "") {
			out = append(out, "a hook that asks another host")
		}
	}
	return out
}
