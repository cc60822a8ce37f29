// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package flashmqbroker

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/fixtures"
	"github.com/flashmq/flashmq/operator/resources"
)

func content(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// pinned are the kinds and names of an example's children, as the golden files have them.
func pinned(t *testing.T, example string) (out []string) {
	t.Helper()
	text := content(t, filepath.Join("../resources/testdata", example+".children.yaml"))
	for _, document := range bytes.Split(text, []byte("---\n"))[1:] {
		var child metav1.PartialObjectMetadata
		if err := yaml.Unmarshal(document, &child); err != nil {
			t.Fatal(err)
		}
		out = append(out, child.Kind+" "+child.Name)
	}
	slices.Sort(out)
	return out
}

// The steps make just the children that operator/resources pins, and pods from the pinned template:
// whatever image the operator would choose today, when the status has one.
func TestStepsMakeWhatIsPinned(t *testing.T) {
	t.Parallel()
	revisions := string(content(t, "../resources/testdata/template-revisions.txt"))
	for _, e := range fixtures.Examples(t) {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			b := fixtures.Broker(t, e.Text)
			chosen := b.Spec.Image != ""
			b.Status.Image = brokerImage
			b.Status.Proxy = &v1alpha1.ProxyStatus{Image: proxyImage, AgentImage: agentImage}
			p := visit(t, b, corev1.Service{
				ObjectMeta: metav1.ObjectMeta{Name: resources.NodeName(b, 0)},
				Spec:       corev1.ServiceSpec{ClusterIP: "10.96.0.7"}})
			if err := p.run(); err != nil {
				t.Fatal(err)
			}
			p.summarize()
			if stalled := p.told.Get(v1alpha1.ConditionStalled); stalled != nil {
				t.Fatal(stalled.Message)
			}
			var got []string
			for kind, names := range p.wanted {
				for name := range names {
					got = append(got, kind.Kind+" "+name)
				}
			}
			slices.Sort(got)
			if d := cmp.Diff(pinned(t, e.Name), got); d != "" {
				t.Errorf("pinned are -, made are +:\n%s", d)
			}
			line := "\n" + e.Name + " broker " + string(p.revisions.Workload) + "\n"
			if !chosen && !strings.Contains(revisions, line) {
				t.Errorf("the template is not the pinned one, but %s", p.revisions.Workload)
			}
			allowed(t, p)
		})
	}
}

// allowed checks that all conditions say what they may.
func allowed(t *testing.T, p *pass) {
	t.Helper()
	for _, c := range p.told.List() {
		if !v1alpha1.SaysReason(v1alpha1.ConditionType(c.Type), c.Status,
			v1alpha1.ConditionReason(c.Reason)) {
			t.Errorf("%s must not be %s with %s (%s)", c.Type, c.Status, c.Reason, c.Message)
		}
	}
}
