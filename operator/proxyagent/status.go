// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package proxyagent

import (
	"maps"
	"slices"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
)

// Port is where an agent answers GET /status.
const Port = 8405

// Status is what an agent says of its HAProxy.
type Status struct {
	// Configuration is the revision of haproxy.cfg in force.
	Configuration string `json:"configuration"`
	// Files is that of the other files in force, see Files.
	Files string `json:"files"`
	// LastChange is how the last change ended; absent until there was one.
	LastChange *Change `json:"lastChange,omitempty"`
}

// Change is one change of files.
type Change struct {
	Time time.Time `json:"time"`
	// Reloaded tells that a new process took over. Certificates alone need none.
	Reloaded bool `json:"reloaded"`
	// Error says why HAProxy goes on with what it had; empty when the change is in force.
	Error string `json:"error,omitempty"`
}

// Configuration names the content of haproxy.cfg.
func Configuration(text []byte) string { return admin.Revision(text) }

// Files names the contents of the files beside haproxy.cfg, by their names.
func Files(files map[string][]byte) string {
	var parts [][]byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parts = append(parts, []byte(name), files[name])
	}
	return admin.Revision(parts...)
}
