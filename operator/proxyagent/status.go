// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package proxyagent

import "time"

// Port is where an agent answers GET /status.
const Port = 8405

// Status is what an agent says of its HAProxy.
type Status struct {
	Configuration string  `json:"configuration"`
	Certificates  string  `json:"certificates"`
	LastReload    *Reload `json:"lastReload,omitempty"`
}

// Reload is how the last one ended.
type Reload struct {
	Time    time.Time `json:"time"`
	Outcome string    `json:"outcome"`
	Error   string    `json:"error,omitempty"`
}
