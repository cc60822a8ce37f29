// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// right is what a rule of a Role allows.
type right struct{ group, resource, verb string }

func (r right) String() string {
	return strings.TrimSuffix(r.verb+" "+r.resource+"."+r.group, ".")
}

// granted are the rights that the Roles and ClusterRoles among objects give.
func granted(t *testing.T, objects []unstructured.Unstructured) map[right]bool {
	t.Helper()
	out := make(map[right]bool)
	for i := range objects {
		if kind := objects[i].GetKind(); kind != "Role" && kind != "ClusterRole" {
			continue
		}
		var role rbacv1.ClusterRole // a Role has the same rules
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(objects[i].Object, &role)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range role.Rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, verb := range rule.Verbs {
						out[right{group, resource, verb}] = true
					}
				}
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("there are no rules")
	}
	return out
}

// request is a right that was used in a namespace, "" for all of them.
type request struct {
	right
	namespace string
}

// observer notes what is asked of an API server.
type observer struct {
	mu        sync.Mutex
	asked     map[request]bool // guarded by mu
	forbidden []string         // guarded by mu
}

func (o *observer) wrap(next http.RoundTripper) http.RoundTripper {
	return &observed{o, next}
}

// observed is one of the transports of a client.
type observed struct {
	*observer
	next http.RoundTripper
}

func (o *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	want, namespace, ok := rightOf(r)
	// Everybody may ask for the rights they have.
	if err != nil || !ok || want.resource == "selfsubjectaccessreviews" {
		return response, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch response.StatusCode {
	case http.StatusForbidden:
		o.forbidden = append(o.forbidden, fmt.Sprintf("forbidden: %v: %s", want, r.URL))
	case http.StatusCreated: // also by a patch
		o.asked[request{right{want.group, want.resource, "create"}, namespace}] = true
	}
	o.asked[request{want, namespace}] = true
	return response, err
}

// rightOf is what a request asks for, if it is about objects and not about the server.
func rightOf(r *http.Request) (want right, namespace string, ok bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		want.group, parts = parts[1], parts[3:]
	default:
		return want, "", false
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		namespace, parts = parts[1], parts[2:]
	}
	want.resource = parts[0]
	if len(parts) > 2 {
		want.resource += "/" + parts[2]
	}
	named := len(parts) > 1
	switch r.Method {
	case http.MethodPost:
		want.verb = "create"
	case http.MethodPut:
		want.verb = "update"
	case http.MethodPatch:
		want.verb = "patch"
	case http.MethodDelete:
		want.verb = "delete"
		if !named {
			want.verb = "deletecollection"
		}
	default:
		watch := r.URL.Query().Get("watch")
		switch {
		case watch != "" && watch != "false" && watch != "0":
			want.verb = "watch"
		case named:
			want.verb = "get"
		default:
			want.verb = "list"
		}
	}
	return want, namespace, true
}

// requests are all that there were, refused the text of those that were forbidden.
func (o *observer) requests() []request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.asked))
}

func (o *observer) refused() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.forbidden)
}

// used are the rights of all requests.
func (o *observer) used() map[right]bool {
	out := make(map[right]bool)
	for _, r := range o.requests() {
		out[r.right] = true
	}
	return out
}

// idle are rights that nothing has used and that spares does not excuse.
func (o *observer) idle(given map[right]bool) (out []right) {
	used := o.used()
	for r := range given {
		// A watch may bring the list along, depending on the server.
		listed := r.verb == "list" && used[right{r.group, r.resource, "watch"}]
		if !used[r] && !listed && !spare(r) {
			out = append(out, r)
		}
	}
	return out
}

// spares are rights that no part of the test may use, and why they are there all the same: verb,
// resource, reason. An empty verb stands for all.
var spares = [][3]string{
	{"update", "flashmqbrokers/finalizers", "the API server asks for it when owners are named"},
	{"get", "flashmqbrokers", "says no more than list"},
	{"get", "pods", "says no more than list"},
	{"patch", "events", "an event that happens again"},
	{"delete", "leases", "the API server may ask for it when a lease gets an owner"},
	{"delete", "statefulsets", "what is not wanted any more is removed; today it always is"},
	{"delete", "configmaps", "as above"},
	{"delete", "serviceaccounts", "as above"},
}

func spare(r right) bool {
	return slices.ContainsFunc(spares, func(s [3]string) bool {
		return (s[0] == "" || s[0] == r.verb) && s[1] == r.resource
	})
}

func TestRightOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, want, namespace string
	}{
		{"get", "GET", "/api/v1/namespaces/a/secrets/s", "get secrets", "a"},
		{"list", "GET", "/api/v1/namespaces/a/secrets", "list secrets", "a"},
		{"list everywhere", "GET", "/apis/apps/v1/statefulsets", "list statefulsets.apps", ""},
		{"watch", "GET", "/api/v1/pods?watch=true&x=1", "watch pods", ""},
		{"status", "PATCH", "/apis/flashmq.io/v1alpha1/namespaces/a/flashmqbrokers/b/status",
			"patch flashmqbrokers/status.flashmq.io", "a"},
		{"create", "POST", "/apis/events.k8s.io/v1/namespaces/a/events",
			"create events.events.k8s.io", "a"},
		{"delete", "DELETE", "/api/v1/namespaces/a/services/s", "delete services", "a"},
		{"delete all", "DELETE", "/api/v1/namespaces/a/services", "deletecollection services", "a"},
		{"update", "PUT", "/apis/coordination.k8s.io/v1/namespaces/a/leases/l",
			"update leases.coordination.k8s.io", "a"},
		{"a namespace", "GET", "/api/v1/namespaces/a", "get namespaces", ""},
		{"discovery", "GET", "/apis/apps/v1", "", ""},
		{"discovery of the first group", "GET", "/api/v1", "", ""},
		{"about the server", "GET", "/version", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequest(test.method, "https://x"+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, namespace, ok := rightOf(r)
			if ok != (test.want != "") || ok && got.String() != test.want ||
				namespace != test.namespace {
				t.Errorf("got %v in %q, %v", got, namespace, ok)
			}
		})
	}
}
