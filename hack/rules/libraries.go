// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import "strings"

// library is a module of others and where it may be imported.
type library struct {
	// rooms are the places in which production code may import it; tests there may, too.
	rooms []string
	// tests are further places in which only tests may.
	tests []string
	why   string
}

// libraries is every module of others that our code imports, by import path prefix.
var libraries = map[string]library{
	"golang.org/x/sys": {rooms: []string{"pkg/reactor", "pkg/hugepage", "cmd/flashmq-bench",
		"cmd/flashmq-proxy-agent"},
		tests: []string{"operator/haproxy"},
		why:   "epoll, socket options, CPU clocks and madvise, which the standard library lacks"},
	"github.com/HdrHistogram/hdrhistogram-go": {rooms: []string{"cmd/flashmq-bench"},
		why: "latencies, in the format that others can plot"},
	"github.com/tidwall/evio": {tests: []string{"pkg/reactor"},
		why: "the reference our reactor is compared with, in behaviour and speed"},
	"github.com/google/go-cmp": {tests: []string{"cmd", "pkg", "operator", "api", "hack"},
		why: "readable differences"},
	"github.com/eclipse/paho.mqtt.golang": {tests: []string{"pkg/servertest/realclient"},
		why: "a real client, 3.1 and 3.1.1"},
	"github.com/eclipse/paho.golang": {tests: []string{"pkg/servertest/realclient"},
		why: "a real client, 5.0"},
	"github.com/coder/websocket": {tests: []string{"pkg/server", "pkg/rawclient"},
		why: "a real WebSocket client, and a real server for ours"},
	"github.com/fsnotify/fsnotify": {rooms: []string{"cmd/flashmq", "cmd/flashmq-proxy-agent"},
		why: "hears of files that change"},
	"github.com/go-logr/logr": {rooms: []string{"operator", "cmd/flashmq-operator",
		"cmd/kubectl-flashmq"},
		why: "what controller-runtime logs with"},
	"github.com/robfig/cron": {rooms: []string{"operator"},
		why: "when windows for restarts begin"},
	"gopkg.in/evanphx/json-patch.v4": {rooms: []string{"operator"},
		why: "JSON patches of children"},
	"github.com/spf13/viper": {rooms: []string{"pkg/config", "cmd/flashmq-operator"},
		why: "merges file, environment and flags"},
	"github.com/spf13/pflag": {rooms: []string{"pkg/config", "cmd"},
		why: "flags as viper understands them"},
	"github.com/go-viper/mapstructure": {rooms: []string{"pkg/config"},
		why: "viper's way into structs"},
	"go.yaml.in/yaml": {rooms: []string{"pkg/config"}, tests: []string{"hack/charts"},
		why: "the YAML form of flashmq.conf; comments in the values of charts"},
	"golang.org/x/crypto": {rooms: []string{"pkg/auth"},
		why: "argon2 password hashes"},
	"github.com/pires/go-proxyproto": {rooms: []string{"pkg/transport"},
		why: "PROXY protocol headers"},
	"github.com/cockroachdb/pebble": {rooms: []string{"pkg/store"},
		why: "durable state"},
	"github.com/prometheus/client_golang": {rooms: []string{"pkg/admin"},
		tests: []string{"pkg/server"},
		why:   "the metrics page"},
	"github.com/hashicorp/go-plugin": {rooms: []string{"pkg/plugin"},
		why: "plugins outside the process"},
	"google.golang.org/grpc": {rooms: []string{"pkg/plugin"},
		why: "how such plugins talk"},
	"github.com/nats-io": {rooms: []string{"pkg/cluster"},
		why: "the embedded server between brokers"},
	"github.com/google/go-containerregistry": {rooms: []string{"hack/images"},
		why: "images and the layout they are kept in"},
	"github.com/distribution/reference": {rooms: []string{"hack/images"},
		why: "names of images as container engines understand them"},
	"github.com/moby/buildkit": {rooms: []string{"hack/images"},
		why: "the parser of Dockerfiles that docker build has"},
	"github.com/moby/patternmatcher": {tests: []string{"hack/images"},
		why: "reads .dockerignore as docker build does"},
	"k8s.io": {rooms: []string{"api", "operator", "cmd/flashmq-operator", "hack/kube"},
		tests: []string{"hack/charts"},
		why:   "Kubernetes, of which the broker knows nothing"},
	"k8s.io/cli-runtime": {rooms: []string{"operator/kubectl"},
		why: "the flags of kubectl that say which cluster is meant"},
	"sigs.k8s.io": {rooms: []string{"api", "operator", "cmd/flashmq-operator",
		"cmd/kubectl-flashmq", "hack/kube"},
		why: "controller-runtime"},
	"k8s.io/pod-security-admission": {tests: []string{"operator/resources"},
		why: "decides as an API server does whether a pod is restricted"},
	"k8s.io/kubernetes": {rooms: []string{"hack/kube/kubeall"},
		why: "Kubernetes itself, in a module of its own"},
	"go.etcd.io/etcd": {rooms: []string{"hack/kube/kubeall"},
		why: "where its API server keeps what it knows"},
	"github.com/spf13/cobra": {rooms: []string{"hack/kube/kubeall", "operator/kubectl"},
		why: "commands with help and completion, as kubectl and its programs have"},
	"github.com/coredns/coredns": {rooms: []string{"hack/kube/coredns"},
		why: "names in clusters for tests"},
	"sigs.k8s.io/kustomize": {rooms: []string{"hack/manifests"},
		why: "renders folders of manifests, in a module of its own"},
	"sigs.k8s.io/yaml": {rooms: []string{"operator", "hack/crd"}, tests: []string{"api"},
		why: "YAML as Kubernetes reads it"},
}

// checkLibraries keeps the modules of others to the rooms that need them.
func checkLibraries(f *file) []problem {
	var found []problem
	for _, spec := range f.syntax.Imports {
		name := imported(spec)
		first, _, _ := strings.Cut(name, "/")
		if !strings.Contains(first, ".") || strings.HasPrefix(name, module) {
			continue
		}
		key, known := within(libraries, name)
		if !known {
			found = append(found, f.at(spec.Pos(), "%s is a library nobody uses yet: use the "+
				"standard library, or add it with its rooms and reason to "+
				"hack/rules/libraries.go", name))
			continue
		}
		if l := libraries[key]; !l.allow(f) {
			found = append(found, f.at(spec.Pos(), "%s must not import %s (%s): it is kept to "+
				"rooms %q and tests of %q in hack/rules/libraries.go",
				f.folder(), name, l.why, l.rooms, l.tests))
		}
	}
	return found
}

func (l library) allow(f *file) bool {
	places := l.rooms
	if f.test() {
		places = append(places[:len(places):len(places)], l.tests...)
	}
	for _, place := range places {
		if f.folder() == place || strings.HasPrefix(f.folder(), place+"/") {
			return true
		}
	}
	return false
}
