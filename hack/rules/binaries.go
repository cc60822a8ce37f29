// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import "fmt"

// absent are the packages that must not be linked into a program, by import path prefix, each
// with the reason.
var absent = map[string]map[string]string{
	"cmd/flashmq": {
		"k8s.io":                   "the broker runs anywhere and knows nothing of Kubernetes",
		"sigs.k8s.io":              "the broker runs anywhere and knows nothing of Kubernetes",
		"github.com/tidwall/evio":  "it is the reference for tests; the reactor is ours",
		"github.com/google/go-cmp": "it is for tests, and panics where it cannot compare",
		"testing":                  "test code in a production program",
		module + "pkg/servertest":  "test code in a production program",
		module + "pkg/rawclient":   "test code in a production program",
	},
	"cmd/flashmq-proxy-agent": {
		"k8s.io":                  "it is copied into every HAProxy pod, and asks no cluster",
		"sigs.k8s.io":             "it is copied into every HAProxy pod, and asks no cluster",
		"testing":                 "test code in a production program",
		module + "pkg/servertest": "test code in a production program",
	},
	"cmd/kubectl-flashmq": {
		"testing":              "test code in a production program",
		module + "pkg/server":  "it asks brokers, over HTTP",
		module + "pkg/reactor": "it asks brokers, over HTTP",
	},
	"cmd/flashmq-bench":       foreign,
	"cmd/flashmq-conformance": foreign,
}

// foreign are programs that treat every broker alike, ours among them.
var foreign = map[string]string{
	"testing":             "test code in a production program",
	module + "pkg/server": "it talks to brokers, ours is one of them",
}

// linked returns what is wrong with the packages a program consists of.
func linked(program string, packages []string) []string {
	var found []string
	for _, name := range packages {
		if prefix, ok := within(absent[program], name); ok {
			found = append(found, fmt.Sprintf("%s links %s: %s. See who imports it with "+
				"go list -deps -f '{{.ImportPath}} {{.Imports}}' ./%s | grep %s",
				program, name, absent[program][prefix], program, name))
		}
	}
	return found
}
