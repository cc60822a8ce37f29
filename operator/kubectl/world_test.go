// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/hack/kube/kubetest"
	"github.com/flashmq/flashmq/operator/kubectl"
	"github.com/flashmq/flashmq/operator/kubectl/podtest"
	"github.com/flashmq/flashmq/operator/operatortest"
	"github.com/flashmq/flashmq/operator/resources"
)

// world is a cluster, and a namespace of one test in it.
type world struct {
	*operatortest.Cluster
	pods       *podtest.Pods
	namespace  string
	kubeconfig string
}

// newWorld starts a cluster with nothing that acts on objects.
func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{Cluster: operatortest.In(t, kubetest.Start(t,
		kubetest.Options{CRDs: []string{"../../deploy/crds"}}))}
}

// room is the same cluster with a namespace, and pods, for one test.
func (w *world) room(t *testing.T) *world {
	t.Helper()
	out := &world{Cluster: w.Cluster, namespace: w.Namespace(t), pods: podtest.New()}
	out.kubeconfig = out.pods.Before(t, w.Config, out.namespace)
	return out
}

// outcome is how a command has ended.
type outcome struct {
	code     int
	out, err string
}

// run runs a command. Nobody types anything.
func (w *world) run(t *testing.T, args ...string) outcome { return w.typing(t, "", args...) }

// typing runs a command while somebody types.
func (w *world) typing(t *testing.T, text string, args ...string) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	t.Setenv("KUBECONFIG", w.kubeconfig)
	code := kubectl.Run(t.Context(), args, kubectl.Options{
		In: strings.NewReader(text), Out: &out, ErrOut: &errOut, Now: time.Now})
	return outcome{code, out.String(), errOut.String()}
}

// want fails unless a command has ended as it should.
func (o outcome) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("the exit code is %d, want %d", o.code, code)
	}
	for _, text := range texts {
		if !strings.Contains(o.out+o.err, text) {
			t.Errorf("nothing says %q", text)
		}
	}
	if lines := strings.Count(o.err, "error: "); code == 1 && lines > 1 {
		t.Error("there is more than one error")
	}
	if t.Failed() {
		t.Logf("standard output:\n%s\nstandard error:\n%s", o.out, o.err)
	}
}

// broker makes one called x, with a status.
func (w *world) broker(t *testing.T, change func(*v1alpha1.FlashMQBroker)) *v1alpha1.FlashMQBroker {
	t.Helper()
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "x"}}
	yes, clients := true, int64(1200)
	b.Spec.Auth = &v1alpha1.Auth{Anonymous: &yes}
	b.Status.Clients, b.Status.Image, b.Status.Version = &clients, "flashmq:1", "1.4.2"
	if change != nil {
		change(b)
	}
	status := b.Status
	if err := w.Client.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	status.ObservedGeneration = b.Generation
	b.Status = status
	if err := w.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// again reads a broker again.
func (w *world) again(t *testing.T, b *v1alpha1.FlashMQBroker) *v1alpha1.FlashMQBroker {
	t.Helper()
	now := &v1alpha1.FlashMQBroker{}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(b), now); err != nil {
		t.Fatal(err)
	}
	return now
}

// pod makes one of a broker that runs and is ready, as a kubelet would.
func (w *world) pod(t *testing.T, b *v1alpha1.FlashMQBroker, name string,
	component resources.Component) *corev1.Pod {
	t.Helper()
	labels := resources.Selector(b, component)
	labels[resources.BrokerLabel] = b.Name
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name,
		Labels: labels},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "x"}}}}
	if err := w.Client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "192.0.2.1",
		Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		ContainerStatuses: []corev1.ContainerStatus{{Name: "main", Ready: true, Image: "x",
			ImageID: "x"}}}
	if err := w.Client.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	return pod
}

// file writes one for a test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCommands runs all commands against an API server, with pods that are played.
func TestCommands(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"status", status},
		{"status of nobody", statusOfNobody},
		{"status while things change", statusWatched},
		{"plan", plan},
		{"plan of what kubectl apply has made", planOfApplied},
		{"plan of several", planOfSeveral},
		{"plan of files that are no good", planOfBadFiles},
		{"restart", restart},
		{"restart is asked for first", restartAsked},
		{"approve", approve},
		{"drain", drain},
		{"drain fails", drainFails},
		{"logs", logs},
		{"report", report},
		{"report of a user with few rights", reportWithFewRights},
		{"completion", completion},
		{"usage", usage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, w.room(t)) })
	}
}

func completion(t *testing.T, w *world) {
	w.broker(t, nil)
	for _, command := range []string{"status", "restart", "approve", "drain", "logs", "report"} {
		w.run(t, "__complete", command, "").want(t, 0, "x\n:4\n")
		if got := w.run(t, "__complete", command, "x", ""); strings.Contains(got.out, "x\n") {
			t.Errorf("%s: a second name is offered: %q", command, got.out)
		}
	}
	w.run(t, "__complete", "status", "-n", "").want(t, 0, w.namespace+"\n")
	w.run(t, "__complete", "logs", "x", "--component", "").want(t, 0, "broker\nproxy\n")
}

func usage(t *testing.T, w *world) {
	w.run(t, "--version").want(t, 0, "kubectl-flashmq dev")
	w.run(t).want(t, 0, "kubectl flashmq [command]")
	w.run(t, "statos").want(t, 1, `unknown command "statos"`)
	w.run(t, "status", "--al").want(t, 1, "unknown flag: --al: see kubectl flashmq status --help")
	w.run(t, "restart").want(t, 1, "give the name of one FlashMQBroker")
	w.run(t, "status", "x", "-A").want(t, 1, "exclude each other")
	w.run(t, "status", "-o", "xml").want(t, 1, "--output xml: give json or yaml")
	w.run(t, "logs", "x", "--component", "bridge").want(t, 1, "give broker or proxy")
	w.run(t, "restart", "nobody").want(t, 1, "there is no FlashMQBroker nobody in namespace "+
		w.namespace)
	w.kubeconfig = file(t, "kubeconfig", `{apiVersion: v1, kind: Config, current-context: x,
contexts: [{name: x, context: {cluster: x}}],
clusters: [{name: x, cluster: {server: "http://127.0.0.1:1"}}]}`)
	w.run(t, "status").want(t, 1, "the API server cannot be reached")
}
