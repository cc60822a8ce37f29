// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package charts

import (
	"slices"
	"strings"
	"testing"
)

// TestValues wants each value to do something.
func TestValues(t *testing.T) {
	t.Parallel()
	const crd = "CustomResourceDefinition /flashmqbrokers.flashmq.io"
	digest := "sha256:" + strings.Repeat("a", 64)
	tests := []struct {
		name, set string
		check     func(*testing.T, set) bool
	}{
		{"definitions stay", "", func(_ *testing.T, s set) bool {
			return s[crd].GetAnnotations()[policy] == "keep"
		}},
		{"definitions go", "crds.keep=false", func(_ *testing.T, s set) bool {
			return s[crd].GetAnnotations()[policy] == ""
		}},
		{"no definitions", "crds.install=false", func(_ *testing.T, s set) bool {
			return s[crd] == nil
		}},
		{"no roles", "rbac.create=false", func(_ *testing.T, s set) bool {
			return !slices.ContainsFunc(s.kinds(), func(kind string) bool {
				return strings.Contains(kind, "Role")
			})
		}},
		{"an account that is there", "serviceAccount.create=false,serviceAccount.name=mine",
			func(t *testing.T, s set) bool {
				return !slices.Contains(s.kinds(), "ServiceAccount") &&
					deployment(t, s).Spec.Template.Spec.ServiceAccountName == "mine"
			}},
		{"one registry", "global.imageRegistry=mirror:5000", func(t *testing.T, s set) bool {
			env := settings(t, s)
			return deployment(t, s).Spec.Template.Spec.Containers[0].Image == env["AGENT_IMAGE"] &&
				strings.HasPrefix(env["AGENT_IMAGE"], "mirror:5000/flashmq/flashmq-operator:") &&
				env["PROXY_IMAGE"] == "mirror:5000/library/haproxy:3.0"
		}},
		{"digest", "brokerImage.digest=" + digest, func(t *testing.T, s set) bool {
			return settings(t, s)["IMAGE"] == "ghcr.io/flashmq/flashmq@"+digest
		}},
		{"tag", "image.tag=x", func(t *testing.T, s set) bool {
			return settings(t, s)["AGENT_IMAGE"] == "ghcr.io/flashmq/flashmq-operator:x"
		}},
		{"settings", "watch.selector=team=x,workers=9,log.level=debug,clusterDomain=c.example",
			func(t *testing.T, s set) bool {
				env := settings(t, s)
				return env["SELECTOR"] == "team=x" && env["WORKERS"] == "9" &&
					env["LOG_LEVEL"] == "debug" && env["CLUSTER_DOMAIN"] == "c.example"
			}},
		{"nothing that is the default", "", func(t *testing.T, s set) bool {
			return len(settings(t, s)) == 7
		}},
		{"more variables", "extraEnvVars[0].name=A,extraEnvVars[0].value=b",
			func(t *testing.T, s set) bool { return settings(t, s)["A"] == "b" }},
		{"labels everywhere", "commonLabels.a=b", func(t *testing.T, s set) bool {
			for _, o := range s {
				if o.GetLabels()["a"] != "b" {
					return false
				}
			}
			return deployment(t, s).Spec.Template.Labels["a"] == "b"
		}},
		{"labels that are the chart's", "commonLabels.app\\.kubernetes\\.io/name=b",
			func(t *testing.T, s set) bool {
				d := deployment(t, s)
				for key, value := range d.Spec.Selector.MatchLabels {
					if d.Spec.Template.Labels[key] != value {
						return false
					}
				}
				return true
			}},
		{"annotations", "commonAnnotations.a=b,serviceAccount.annotations.c=d",
			func(_ *testing.T, s set) bool {
				o := s["ServiceAccount flashmq-system/flashmq-operator"].GetAnnotations()
				return o["a"] == "b" && o["c"] == "d"
			}},
		{"pods", "image.pullSecrets={s},nodeSelector.a=b,priorityClassName=p,podLabels.c=d," +
			"podAnnotations.e=f,tolerations[0].operator=Exists,replicaCount=2",
			func(t *testing.T, s set) bool {
				d := deployment(t, s)
				pod := &d.Spec.Template
				return pod.Spec.ImagePullSecrets[0].Name == "s" && pod.Labels["c"] == "d" &&
					pod.Spec.NodeSelector["a"] == "b" && pod.Spec.PriorityClassName == "p" &&
					pod.Annotations["e"] == "f" && len(pod.Spec.Tolerations) == 1 &&
					*d.Spec.Replicas == 2
			}},
		{"names", "fullnameOverride=other", func(_ *testing.T, s set) bool {
			return s["Deployment flashmq-system/other"] != nil &&
				s["ClusterRoleBinding /other"] != nil &&
				s["Service flashmq-system/other-metrics"] != nil
		}},
		{"monitor", "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.labels.a=b",
			func(_ *testing.T, s set) bool {
				o := s["ServiceMonitor flashmq-system/flashmq-operator"]
				return o != nil && o.GetLabels()["a"] == "b"
			}},
		{"network policy", "networkPolicy.enabled=true,networkPolicy.metricsFrom[0].podSelector." +
			"matchLabels.a=b", func(_ *testing.T, s set) bool {
			return s["NetworkPolicy flashmq-system/flashmq-operator"] != nil
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if s := rendered(t, "--set", test.set); !test.check(t, s) {
				t.Errorf("got %q, settings %v", s.names(), s)
			}
		})
	}
}

func TestMoreObjects(t *testing.T) {
	t.Parallel()
	s := rendered(t, "--set-json",
		`extraDeploy=[{"kind":"Sock","metadata":{"name":"{{ .Release.Name }}"}}]`)
	if s["Sock /flashmq-operator"] == nil {
		t.Errorf("got %q", s.names())
	}
}
