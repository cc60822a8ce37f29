// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/flashmq/flashmq/operator/pki"
)

var noon = time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC)

// contents are the files of an archive, by name.
func contents(t *testing.T, a *Archive) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := a.Write(&b, noon); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(text)
	}
	return out
}

// pair is a certificate as a Secret has it.
func pair(t *testing.T) map[string][]byte {
	t.Helper()
	a, authority, err := pki.EnsureAuthority(nil, pki.AuthorityOptions{Name: "plant/x"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := pki.EnsureLeaf(nil, a, pki.LeafOptions{CommonName: "x",
		DNSNames: []string{"mqtt.example.com"}, Usages: pki.Server}, noon)
	if err != nil {
		t.Fatal(err)
	}
	leaf.Data["admin-token"] = []byte("sesame-open-up\n")
	leaf.Data["authority.key"] = authority.Data[pki.PrivateKeyKey]
	return leaf.Data
}

// Whatever form a secret has, and whoever wrote it, it is not in the archive.
func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	data := pair(t)
	a := &Archive{}
	// The files before the Secret are from before anybody knew it.
	a.Add("log", []byte("the token is sesame-open-up, in base64 "+
		base64.StdEncoding.EncodeToString(data["admin-token"])+"\n"+string(data["tls.key"])))
	variable := map[string]any{"name": "KEY", "value": string(data["tls.key"])}
	a.AddYAML("pod.yaml", map[string]any{"spec": map[string]any{"containers": []any{
		map[string]any{"env": []any{variable}}}}})
	a.Fail("something", errors.New("it said sesame-open-up"))
	a.AddSecret("secret.yaml", &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "x-admin",
		Namespace: "plant", Annotations: map[string]string{lastApplied: "sesame-open-up"}},
		Data: data})
	files := contents(t, a)
	all := strings.Join([]string{files["log"], files["pod.yaml"], files["secret.yaml"],
		files["errors.txt"]}, "\n")
	for key, value := range data {
		for line := range strings.Lines(string(value)) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "-----") && strings.Contains(all, line) {
				t.Errorf("a line of %s is in the archive: %s", key, line)
			}
		}
		if strings.Contains(all, base64.StdEncoding.EncodeToString(value)) {
			t.Errorf("%s is in the archive in base64", key)
		}
	}
	for _, want := range []string{"subject: CN=x", "- mqtt.example.com",
		"admin-token: 15 bytes, sha256 ", "notAfter:"} {
		if !strings.Contains(files["secret.yaml"], want) {
			t.Errorf("there is no %q in\n%s", want, files["secret.yaml"])
		}
	}
	if !strings.Contains(files["errors.txt"], "something: it said [redacted]") {
		t.Errorf("the errors are\n%s", files["errors.txt"])
	}
}

func TestObjectsAreRedacted(t *testing.T) {
	t.Parallel()
	const object = `
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"value": "hush"}'
    mine: kept
  managedFields: [{manager: kubectl}]
spec:
  config:
    extra: [{name: max_quos, value: "5"}, {name: some_password, value: opensesame}]
  containers:
  - args: [--verbose, --password=opensesame, --token-file=/etc/token]
    env:
    - {name: GOMEMLIMIT, value: "100"}
    - {name: COLOUR, value: purple}
    - {name: DB_PASSWORD, value: dbsesame}
    - {name: FROM, valueFrom: {secretKeyRef: {name: a, key: b}}}
  note: it says dbsesame
  patches:
  - {target: {kind: StatefulSet}, patch: "spec: {env: [{name: A, value: purple}]}"}
  - patch: '[{"op": "add", "path": "/spec/env/0/value", "value": "purple"}]'
  - patch: '{'
`
	const want = `metadata:
  annotations:
    mine: kept
spec:
  config:
    extra:
    - name: max_quos
      value: "5"
    - name: some_password
      value: '[redacted, 10 bytes]'
  containers:
  - args:
    - --verbose
    - --password=[redacted]
    - --token-file=/etc/token
    env:
    - name: GOMEMLIMIT
      value: "100"
    - name: COLOUR
      value: '[redacted, 6 bytes]'
    - name: DB_PASSWORD
      value: '[redacted, 8 bytes]'
    - name: FROM
      valueFrom:
        secretKeyRef:
          key: b
          name: a
  note: it says [redacted]
  patches:
  - patch: |
      spec:
        env:
        - name: A
          value: '[redacted, 6 bytes]'
    target:
      kind: StatefulSet
  - patch: |
      - op: add
        path: /spec/env/0/value
        value: '[redacted, 6 bytes]'
  - patch: '[redacted]'
`
	var v any
	if err := yaml.Unmarshal([]byte(object), &v); err != nil {
		t.Fatal(err)
	}
	a := &Archive{}
	a.AddYAML("x.yaml", v)
	if d := cmp.Diff(want, contents(t, a)["x.yaml"]); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "thread_count 4\nlisten {\n  port 1883\n}\n",
			"thread_count 4\nlisten {\n  port 1883\n}\n"},
		{"a file", "mosquitto_password_file /etc/passwd\nadmin_token_file /x\n",
			"mosquitto_password_file /etc/passwd\nadmin_token_file /x\n"},
		{"a key", "remote_password hush hush\n", "remote_password [redacted] hush\n"},
		{"in quotes", `remote_password "hush hush"`, `remote_password [redacted]`},
		{"an assignment", "api_key=hush other=1", "api_key=[redacted] other=1"},
		{"of HAProxy", "  user admin insecure-password hush groups x\n",
			"  user admin insecure-password [redacted] groups x\n"},
		{"YAML", "token: hush", "token: [redacted]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Config(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Of two secrets, one of which begins with the other, nothing is left.
func TestLongestSecretFirst(t *testing.T) {
	t.Parallel()
	s := &Secrets{}
	for _, value := range []string{"sesame", "sesame-open", "sesame-open-up"} {
		s.Learn([]byte(value))
	}
	const text = "sesame-open-up, sesame-open, sesame"
	if got := string(s.Hide([]byte(text))); got != "[redacted], [redacted], [redacted]" {
		t.Errorf("got %q", got)
	}
}

func TestArchiveIsBounded(t *testing.T) {
	t.Parallel()
	a := &Archive{}
	const files = largestArchive/largestFile + 3
	line := []byte(strings.Repeat("x", 99) + "\n")
	for range files {
		a.Add("big", bytes.Repeat(line, largestFile/100+2))
	}
	if a.size > largestArchive || a.size < largestArchive-files*100 {
		t.Errorf("%d bytes", a.size)
	}
	for _, f := range a.files {
		if len(f.text)%100 != 0 {
			t.Errorf("a file has %d bytes, and ends in half a line", len(f.text))
		}
	}
	if n := len(a.Failures()); n != files {
		t.Errorf("%d files are said to be cut off", n)
	}
}
