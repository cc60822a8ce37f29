// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
)

// TestMonitoring installs prometheus-operator after the broker, as it happens in clusters, and asks
// a Prometheus that it runs for what the broker says.
func TestMonitoring(t *testing.T) {
	r := newRoom(t)
	r.create(t, "watched", func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Metrics = &v1alpha1.Metrics{
			ServiceMonitor: &v1alpha1.ServiceMonitor{Mode: v1alpha1.MonitorAuto, Interval: "1s"},
			Rules:          &v1alpha1.MetricsExtra{Mode: v1alpha1.ExtraEnabled}}
	})
	r.ready(t, "watched")
	c := gather(t, r.address(t, "watched", "mqtt"), 7)

	installPrometheus(t, r)
	eventually(t, func() error { // the operator asks once a minute which kinds there are
		_, err := command(t.Context(), "kubectl", "-n", r.name, "get", "servicemonitor/watched",
			"prometheusrule/watched")
		return err
	})
	p := prometheus(t, r)
	of := fmt.Sprintf(`{namespace=%q,service="watched-metrics",pod="watched-0",`+
		`flashmq_io_broker="watched"}`, r.name)
	p.until(t, "up"+of, "1")
	p.until(t, "flashmq_clients"+of, fmt.Sprint(len(c.clients)))
	eventually(t, func() error { return p.hasRules("FlashMQDown") })
	// Each alert's expression makes sense to a real Prometheus, and none of them fires.
	p.until(t, "count(ALERTS) or vector(0)", "0")
	c.allThere(t, "monitored")
}

func installPrometheus(t *testing.T, r *room) {
	t.Helper()
	bundle := filepath.Join(os.Getenv(prometheusVariable), "bundle.yaml")
	t.Cleanup(func() {
		_, err := command(kubeContext, "kubectl", "delete", "--timeout=3m", "--ignore-not-found",
			"-f", bundle)
		if err != nil {
			t.Error(err)
		}
	})
	// Too large for what kubectl remembers of it otherwise.
	execute(t, "kubectl", "apply", "--server-side", "-f", bundle)
	execute(t, "kubectl", "rollout", "status", "deployment/prometheus-operator", "--timeout=3m")

	image, err := os.ReadFile(filepath.Join(os.Getenv(prometheusVariable), "image"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("operator/e2e/testdata/prometheus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("NAMESPACE", r.name, "IMAGE", strings.TrimSpace(string(image))).
		Replace(string(text))
	file := filepath.Join(t.TempDir(), "prometheus.yaml")
	if err := os.WriteFile(file, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, "kubectl", "apply", "-f", file)
	t.Cleanup(func() {
		name := r.name + "-prometheus"
		_, err := command(kubeContext, "kubectl", "delete", "clusterrole/"+name,
			"clusterrolebinding/"+name)
		if err != nil {
			t.Error(err)
		}
	})
}

// scraper is a Prometheus.
type scraper struct{ address string }

// prometheus waits for the one that prometheus-operator runs.
func prometheus(t *testing.T, r *room) *scraper {
	t.Helper()
	r.podReady(t, "prometheus-all-0", &corev1.Pod{})
	return &scraper{"http://" + get(t, r, "prometheus-all-0", &corev1.Pod{}).Status.PodIP + ":9090"}
}

// patient is for requests to pods.
var patient = http.Client{Timeout: 10 * time.Second}

// ask asks Prometheus's API, which answers with data of that shape.
func (s *scraper) ask(path string, data any) error {
	response, err := patient.Get(s.address + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          any
	}
	answer.Data = data
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	return nil
}

// until waits until an expression has one result with this value.
func (s *scraper) until(t *testing.T, expression, want string) {
	t.Helper()
	eventually(t, func() error {
		var data struct {
			Result []struct{ Value [2]any }
		}
		err := s.ask("/api/v1/query?query="+url.QueryEscape(expression), &data)
		if err != nil {
			return err
		}
		if len(data.Result) != 1 || data.Result[0].Value[1] != want {
			return fmt.Errorf("%s is %v, want %s", expression, data.Result, want)
		}
		return nil
	})
}

// hasRules tells whether there is an alert of that name, and every alert could be evaluated.
func (s *scraper) hasRules(name string) error {
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	if err := s.ask("/api/v1/rules?type=alert", &data); err != nil {
		return err
	}
	found := fmt.Errorf("there is no alert %s: %+v", name, data)
	for _, group := range data.Groups {
		for _, rule := range group.Rules {
			if rule.Health != "ok" {
				return fmt.Errorf("alert %s: health %s: %s", rule.Name, rule.Health, rule.LastError)
			}
			if rule.Name == name {
				found = nil
			}
		}
	}
	return found
}
