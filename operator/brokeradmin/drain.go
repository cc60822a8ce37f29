// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokeradmin

import (
	"context"
	"net/http"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
)

// NewWithin is New for a longer way to brokers than that within a cluster.
func NewWithin(transport http.RoundTripper, patience time.Duration) *Client {
	c := New(transport)
	c.http.Timeout = patience
	return c
}

// Drain asks the broker at an address, host:port, to let its Clients go and end. The answer is from
// before it has begun to; nil when it says nothing of that yet.
func (c *Client) Drain(ctx context.Context, address, token string) (*admin.Draining, error) {
	var d *admin.Draining
	err := c.ask(ctx, http.MethodPost, "http://"+address+"/drain", token, &d)
	return d, err
}
