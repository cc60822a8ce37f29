// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package resources_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

// templates are the pod templates of a broker by their names: its own, and that of HAProxy if there
// is one.
func templates(t testing.TB, b *v1alpha1.FlashMQBroker) map[string]*corev1.PodTemplateSpec {
	t.Helper()
	out := make(map[string]*corev1.PodTemplateSpec)
	for _, child := range patched(t, b) {
		switch child := child.(type) {
		case *appsv1.StatefulSet:
			out["broker"] = &child.Spec.Template
		case *appsv1.Deployment:
			out["proxy"] = &child.Spec.Template
		}
	}
	return out
}

const revisionsFile = "testdata/template-revisions.txt"

// loud is what everybody is told who changes a pod template.
const loud = `
    *** CHANGING THIS RESTARTS EVERY BROKER ***

    %s had the pod template %s and has %s now. An operator that renders another template restarts
    every broker of everybody who installs it, and disconnects all Clients. If there is another way,
    take it: see docs/decisions/0012.

    If there is none, say so to users: the top section of CHANGELOG.md needs a line with the words
    "restarts brokers" and the reason. Then write the file anew:

        go test ./operator/resources -run TestTemplateRevisions -update
`

// The revision of each template is pinned. It may change only with a note in the change log.
func TestTemplateRevisions(t *testing.T) {
	t.Parallel()
	is := map[string]string{}
	for _, e := range fixtures.Examples(t) {
		for component, template := range templates(t, fixtures.Broker(t, e.Text)) {
			is[e.Name+" "+component] = resources.TemplateRevision(template)
		}
	}
	text, err := os.ReadFile(filepath.Join(fixtures.Root(t), "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	pinned, err := os.ReadFile(revisionsFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	announced := announces(string(text))
	for _, problem := range compare(read(string(pinned)), is, *update, announced) {
		t.Error(problem)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(revisionsFile, []byte(write(is)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// compare finds what differs. Writing the file anew is allowed for new examples, and for others
// when users are told.
func compare(was, is map[string]string, writing, announced bool) (problems []string) {
	for _, name := range slices.Sorted(maps.Keys(is)) {
		before, pinned := was[name]
		switch {
		case pinned && before != is[name] && !(writing && announced):
			problems = append(problems, fmt.Sprintf(loud, name, before, is[name]))
		case !pinned && !writing:
			problems = append(problems, name+" is not in "+revisionsFile+": go test -update")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[name]; !there && !writing {
			problems = append(problems, name+" is in "+revisionsFile+" only: go test -update")
		}
	}
	return problems
}

// announces tells whether the top section of a change log says that brokers restart.
func announces(text string) bool {
	_, top, _ := strings.Cut(text, "\n## ")
	top, _, _ = strings.Cut(top, "\n## ")
	return strings.Contains(top, "restarts brokers")
}

func read(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if at := strings.LastIndexByte(strings.TrimSpace(line), ' '); line[0] != '#' {
			out[line[:at]] = strings.TrimSpace(line[at:])
		}
	}
	return out
}

func write(revisions map[string]string) string {
	text := "# What a change of these would do: see revision_test.go.\n"
	for _, name := range slices.Sorted(maps.Keys(revisions)) {
		text += name + " " + revisions[name] + "\n"
	}
	return text
}

// The pin itself holds.
func TestPin(t *testing.T) {
	t.Parallel()
	const released = "# Changelog\n\n## [Unreleased]\n\n- nothing\n\n## [1.0.0]\n\n" +
		"- An upgrade restarts brokers, because of their probes.\n"
	if announces(released) {
		t.Error("an older section counts")
	}
	if !announces(strings.Replace(released, "nothing", "This restarts brokers.", 1)) {
		t.Error("the top section does not count")
	}
	was := map[string]string{"a broker": "1", "b broker": "2"}
	if d := read(write(was)); !maps.Equal(was, d) {
		t.Errorf("written and read again it is %v", d)
	}
	tests := []struct {
		name               string
		is                 map[string]string
		writing, announced bool
		problems           int
	}{
		{"the same", was, false, false, 0},
		{"another", map[string]string{"a broker": "1", "b broker": "3"}, false, false, 1},
		{"another, announced", map[string]string{"a broker": "1", "b broker": "3"}, false, true, 1},
		{"another, written", map[string]string{"a broker": "1", "b broker": "3"}, true, false, 1},
		{"another, announced and written", map[string]string{"a broker": "1", "b broker": "3"},
			true, true, 0},
		{"one more and one less", map[string]string{"a broker": "1", "c broker": "3"}, false, true,
			2},
		{"one more and one less, written", map[string]string{"a broker": "1", "c broker": "3"},
			true, false, 0},
	}
	for _, test := range tests {
		got := compare(was, test.is, test.writing, test.announced)
		if len(got) != test.problems {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// What the broker can learn while it runs is no reason to restart it; and the rest is one.
func TestWhatRestarts(t *testing.T) {
	t.Parallel()
	const tls = "listeners: [{name: mqtt, port: 1883}, {name: mqtts, port: 8883, tls: "
	const proxied = "proxy: {enabled: true}\n"
	tests := []struct {
		name, before, after string
		broker, proxy       bool
	}{
		{"nothing", "", "", false, false},
		{"one listener more", "", tls + "{generated: {}}}]", false, false},
		{"port of a listener", "", "listeners: [{name: mqtt, port: 1884}]", false, false},
		{"another certificate", tls + "{generated: {}}}]", tls + "{secretName: a}}]", false,
			false},
		{"certificates of Clients", tls + "{secretName: a}}]", tls + "{secretName: a, " +
			"clientAuth: {mode: Require, identity: CommonName, caFrom: {secretName: b}}}}]",
			false, false},
		{"log level", "", "logging: {level: Debug, subscriptions: true}", false, false},
		{"who is let in", "", "auth: {anonymous: true}", false, false},
		{"replicas", "", "replicas: 0", false, false},
		{"limits and Sessions", "", "config: {sessionExpirySeconds: 60, retained: {mode: Drop}, " +
			"limits: {maxPacketBytes: 1000, topicLevels: 4}}", false, false},
		{"a key that counts at once", "", "config: {extra: [{name: max_qos, value: '1'}]}", false,
			false},
		{"inherited metadata", proxied, proxied + "inheritedMetadata: {labels: {a: b}, " +
			"annotations: {c: d}}", false, false},
		{"a proxy", "", proxied, false, false},
		{"Services", "", "services: [{name: client}, {name: b}]", false, false},
		{"policies and monitors", proxied, proxied + "networkPolicy: Enabled\n" +
			"disruptionBudget: Disabled\nmetrics: {dashboard: {mode: Enabled}}", false, false},
		{"how fast Clients go", "", "drain: {ratePerSecond: 7, serverReference: other}", false,
			false},
		{"when to restart", "", "update: {strategy: Manual, upgrades: Patch}", false, false},
		{"paused", "", "paused: true", false, false},
		{"number of HAProxy pods", proxied, "proxy: {enabled: true, replicas: 5}", false, false},
		{"what HAProxy does", proxied, "proxy: {enabled: true, balance: Source, " +
			"extraGlobal: maxconn 7, acceptFrom: [10.0.0.0/8], maxConnectBytes: 4096}", false,
			false},
		{"event loops", proxied, proxied + "config: {eventLoops: 2}", true, false},
		{"log format", "", "logging: {format: Text}", true, false},
		{"a key that only a start can change", "",
			"config: {extra: [{name: huge_pages, value: 'false'}]}", true, false},
		{"resources", "", "resources: {limits: {memory: 1Gi}}", true, false},
		{"time to drain", "", "drain: {deadlineSeconds: 600}", true, false},
		{"labels of pods", proxied, proxied + "podTemplate: {metadata: {labels: {a: b}}}", true,
			false},
		{"labels of HAProxy pods", proxied, "proxy: {enabled: true, " +
			"podTemplate: {metadata: {labels: {a: b}}}}", false, true},
		{"environment", "", "podTemplate: {env: [{name: TZ, value: UTC}]}", true, false},
		{"a patch of the template", "", "patches: [{target: {kind: StatefulSet}, patch: " +
			"'{spec: {template: {spec: {hostPID: true}}}}'}]", true, false},
		{"a patch beside the template", "", "patches: [{target: {kind: StatefulSet}, patch: " +
			"'{spec: {minReadySeconds: 5}}'}]", false, false},
		{"HAProxy's image", proxied, "proxy: {enabled: true, image: other}", false, true},
		{"HAProxy's patience", proxied, "proxy: {enabled: true, hardStopSeconds: 30}", false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			was := templates(t, fixtures.Spec(t, test.before))
			is := templates(t, fixtures.Spec(t, test.after))
			for component, restarts := range map[string]bool{"broker": test.broker,
				"proxy": test.proxy} {
				if was[component] == nil || is[component] == nil {
					continue
				}
				before := resources.TemplateRevision(was[component])
				after := resources.TemplateRevision(is[component])
				if (before != after) != restarts {
					t.Errorf("%s: a restart is %v, want %v", component, !restarts, restarts)
				}
			}
		})
	}
}

func TestRestartedAtRestarts(t *testing.T) {
	t.Parallel()
	b := fixtures.Spec(t, "")
	before := resources.RestartSum(b, nil)
	b.Annotations = map[string]string{"example.com/a": "b"}
	if resources.RestartSum(b, nil) != before {
		t.Error("another annotation restarts")
	}
	b.Annotations[v1alpha1.RestartedAtAnnotation] = "now"
	if resources.RestartSum(b, nil) == before {
		t.Error("the annotation does not restart")
	}
	// The sum is of keys and values apart: "a b" and "c" are not "a" and "b c".
	one, two := map[string]string{"a b": "c"}, map[string]string{"a": "b c"}
	if resources.RestartSum(b, one) == resources.RestartSum(b, two) {
		t.Error("two configurations have one sum")
	}
}
