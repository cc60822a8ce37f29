// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What kubectl get prints, and by which names it finds the Kind.
func testTable(t *testing.T, api client.Client, config *rest.Config) {
	b := create(t, api, "table", "")
	b.Status = fullStatus(metav1.Unix(1900000000, 0))
	if err := api.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	ask(t, config, "/namespaces/default/flashmqbrokers/table",
		"application/json;as=Table;v=v1;g=meta.k8s.io", &table)
	if len(table.Rows) != 1 || len(table.Rows[0].Cells) != len(table.ColumnDefinitions) {
		t.Fatalf("got %+v", table)
	}
	type column struct {
		name string
		wide bool
		cell any
	}
	var got []column
	for i, c := range table.ColumnDefinitions {
		got = append(got, column{c.Name, c.Priority > 0, table.Rows[0].Cells[i]})
	}
	const age = 5
	got[age].cell = nil
	want := []column{{"Name", false, "table"}, {"Ready", false, 0.0}, {"Status", false, "Ready"},
		{"Clients", false, 1200.0}, {"Version", false, "1.4.2"}, {"Age", false, nil},
		{"Replicas", true, 1.0}, {"Endpoint", true, "mqtts://203.0.113.7:8883"},
		{"Config", true, "a1b2"}, {"Message", true, "serves"}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(column{})); d != "" {
		t.Error(d)
	}

	var list metav1.APIResourceList
	ask(t, config, "", "application/json", &list)
	i := slices.IndexFunc(list.APIResources, func(r metav1.APIResource) bool {
		return r.Name == "flashmqbrokers"
	})
	if i < 0 {
		t.Fatalf("got %+v", list)
	}
	r := list.APIResources[i]
	if r.Kind != Kind || !r.Namespaced || !slices.Equal(r.ShortNames, []string{"fmq"}) ||
		!slices.Equal(r.Categories, []string{"mqtt"}) {
		t.Errorf("got %+v", r)
	}
}

// ask reads a path below our group in the form that accept names.
func ask(t *testing.T, config *rest.Config, path, accept string, into any) {
	t.Helper()
	h, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		server.JoinPath("apis", GroupVersion.String(), path).String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	response, err := h.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", path, response.Status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}
