// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package kubectl_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/kubectl/forecast"
)

// object is a FlashMQBroker called x as people write it.
func object(spec string) string {
	return "apiVersion: flashmq.io/v1alpha1\nkind: FlashMQBroker\nmetadata: {name: x}\nspec: " +
		spec + "\n"
}

const same = "{auth: {anonymous: true}}"

func plan(t *testing.T, w *world) {
	// It was applied by the server, as GitOps tools do.
	w.apply(t, object("{auth: {anonymous: true}, logging: {level: Debug}}"))
	b := &v1alpha1.FlashMQBroker{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "x"}}
	b = w.again(t, b)
	clients := int64(7)
	b.Status.Image, b.Status.Clients = "flashmq:1", &clients
	if err := w.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	before := w.again(t, b).ResourceVersion
	tests := []struct {
		name, spec string
		code       int
		texts      []string
	}{
		{"unchanged", "{auth: {anonymous: true}, logging: {level: Debug}}", 0,
			[]string{"/x: unchanged\n"}},
		{"what is not there any more", same, 0, []string{"/x: hot\n",
			"logging.level Debug -> Info", "log_level debug -> info"}},
		{"restart", "{auth: {anonymous: true}, logging: {level: Debug}, config: {eventLoops: 4}}",
			2, []string{"/x: restart: ConfigChanged\n  restart because of:\n" +
				"    config.eventLoops 0 -> 4\n  note:", "7 Clients are disconnected"}},
		{"image", "{auth: {anonymous: true}, logging: {level: Debug}, image: 'flashmq:2'}", 2,
			[]string{"image flashmq:1 -> flashmq:2"}},
		{"refused by a rule", "{replicas: 3}", 1, []string{"/x: refused: ",
			"one FlashMQBroker is one broker"}},
		{"a field that nobody knows", "{loops: 3}", 1, []string{"/x: refused: ", ".spec.loops"}},
		{"refused by the operator", "{config: {extra: [{name: max_quos, value: '1'}]}}", 1,
			[]string{"/x: refused: ", "did you mean max_qos?"}},
		{"a Secret that is missing", "{auth: {anonymous: true}, logging: {level: Debug}, " +
			"listeners: [{name: mqtts, port: 8883, tls: {secretName: mine}}]}", 0,
			// The listener that was there by default is nobody's, and stays.
			[]string{"/x: hot\n", "listeners[mqtts] added (port 8883)",
				"listener mqtts waits for the Secret mine, which is not there"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.run(t, "plan", "-f", file(t, "x.yaml", object(test.spec))).
				want(t, test.code, test.texts...)
		})
	}
	if now := w.again(t, b).ResourceVersion; now != before {
		t.Errorf("the broker has changed")
	}
}

// What kubectl apply has applied once, it removes when it is not in the file any more.
func planOfApplied(t *testing.T, w *world) {
	const spec = "{auth: {anonymous: true}, config: {eventLoops: 2}}"
	var applied map[string]any
	if err := yaml.Unmarshal([]byte(object(spec)), &applied); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(applied)
	if err != nil {
		t.Fatal(err)
	}
	two := int32(2)
	b := w.broker(t, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Config = &v1alpha1.BrokerConfig{EventLoops: &two}
		b.Annotations = map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": string(text)}
	})
	w.run(t, "plan", "-f", file(t, "x.yaml", object(spec))).want(t, 0, "/x: unchanged")
	w.run(t, "plan", "-f", file(t, "x.yaml", object(same))).want(t, 2,
		"config.eventLoops 2 -> 0")
	w.run(t, "plan", "-f", file(t, "x.yaml", object("{replicas: 3}"))).want(t, 1,
		"refused", "one FlashMQBroker is one broker")
	w.run(t, "plan", "-f", file(t, "x.yaml", object("{loops: 3}"))).want(t, 1, "refused",
		"spec.loops")
	// What somebody else has set stays.
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"logging":{"level":"Debug"}}}`))
	if err := w.Client.Patch(t.Context(), b, patch); err != nil {
		t.Fatal(err)
	}
	w.run(t, "plan", "-f", file(t, "x.yaml", object(spec))).want(t, 0, "/x: unchanged")
}

func planOfSeveral(t *testing.T, w *world) {
	w.broker(t, nil)
	y := strings.ReplaceAll(object(same), "name: x", "name: w")
	other := "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
	list := fmt.Sprintf(`{"apiVersion": "v1", "kind": "List", "items": [{
"apiVersion": "flashmq.io/v1alpha1", "kind": "FlashMQBroker",
"metadata": {"name": "z", "namespace": %q}, "spec": {"config": {"eventLoops": 1}}}]}`, w.namespace)
	folder := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "# only words\n---\n" + object(same) +
		"---\n" + y + "---\n" + other, "b.json": list, "c.txt": "nothing"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.run(t, "plan", "-f", folder).want(t, 0, "/x: unchanged\n", "/w: new\n", "/z: new\n",
		"1 objects of other kinds are not looked at")
	got := w.typing(t, object("{config: {eventLoops: 1}}"), "plan", "-f", "-", "-f", folder,
		"-o", "json")
	var plans []forecast.Forecast
	if err := json.Unmarshal([]byte(got.out), &plans); err != nil || got.code != 2 ||
		len(plans) != 4 || plans[0].Verdict != forecast.Restart {
		t.Errorf("exit code %d, error %v, plans %+v", got.code, err, plans)
	}
	// One that is refused counts more than one that restarts.
	w.typing(t, object("{config: {eventLoops: 1}}\n---\n")+strings.ReplaceAll(
		object("{replicas: 2}"), "name: x", "name: w"), "plan", "-f", "-").want(t, 1,
		"/x: restart", "/w: refused")
}

func planOfBadFiles(t *testing.T, w *world) {
	elsewhere := strings.ReplaceAll(object(same), "name: x", "name: x, namespace: elsewhere")
	tests := []struct {
		name, text, want string
		args             []string
	}{
		{"no file", "", "give files with --filename", []string{"plan"}},
		{"missing", "", "no such file", []string{"plan", "-f", "/nowhere/x.yaml"}},
		{"no broker", "apiVersion: v1\nkind: Secret\n", "there is no FlashMQBroker in the files",
			nil},
		{"empty", "", "there is no FlashMQBroker in the files", nil},
		{"no YAML", "a: [", "standard input: ", nil},
		{"a word", "hello", "standard input: ", nil},
		{"no kind", "a: 1", "an object has no kind or no apiVersion", nil},
		{"no name", "apiVersion: flashmq.io/v1alpha1\nkind: FlashMQBroker", "no metadata.name",
			nil},
		{"endless", strings.Repeat("# x\n", 3<<20), "has more than 10485760 bytes", nil},
		{"another namespace", elsewhere, "is in namespace elsewhere, and --namespace is",
			[]string{"plan", "-f", "-", "-n", w.namespace}},
		{"a namespace that is not there", elsewhere, `namespaces "elsewhere" not found`, nil},
		{"another version", strings.ReplaceAll(object(same), "v1alpha1", "v9"),
			"no matches for flashmq.io/v9, Resource=: install the operator", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := test.args
			if args == nil {
				args = []string{"plan", "-f", "-"}
			}
			w.typing(t, test.text, args...).want(t, 1, test.want)
		})
	}
	w.pods.Refuse("/secrets/x-certificates")
	w.broker(t, func(b *v1alpha1.FlashMQBroker) {
		b.Spec.Listeners = []v1alpha1.Listener{{Name: "mqtts", Port: 8883,
			TLS: &v1alpha1.ListenerTLS{SecretName: "mine"}}}
	})
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "mine"}}
	if err := w.Client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.typing(t, object("{auth: {anonymous: true}, listeners: [{name: mqtts, port: 8883, "+
		"tls: {secretName: mine}}]}"), "plan", "-f", "-").want(t, 0, "/x: unchanged")
}
