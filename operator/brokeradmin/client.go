// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokeradmin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/admin"
)

// Ours.
const (
	// patience is for one request: a broker in the same cluster that does not answer soon has
	// other troubles.
	patience = 2 * time.Second
	// longestAnswer is far more than a report of a broker with many listeners.
	longestAnswer = 1 << 20
)

// Client asks brokers. It is safe for concurrent use.
type Client struct {
	http http.Client
}

// New returns a Client. transport is http.DefaultTransport if nil.
func New(transport http.RoundTripper) *Client {
	return &Client{http.Client{Transport: transport, Timeout: patience,
		// A broker sends nobody elsewhere, and the token is for nobody else.
		CheckRedirect: func(*http.Request,
			[]*http.Request) error {
			return http.ErrUseLastResponse
		}}}
}

// Report asks the broker at an address, host:port, what it runs.
func (c *Client) Report(ctx context.Context, address, token string) (*admin.Report, error) {
	r := &admin.Report{}
	return r, c.ask(ctx, http.MethodGet, "http://"+address+"/report", token, r)
}

// ProxyStatus asks the agent beside HAProxy at an address, host:port, what it runs.
func (c *Client) ProxyStatus(ctx context.Context, address string) (*proxyagent.Status, error) {
	s := &proxyagent.Status{}
	return s, c.ask(ctx, http.MethodGet, "http://"+address+"/status", "", s)
}

// ask makes a request and reads the JSON that is answered. token is left out where it is empty.
func (c *Client) ask(ctx context.Context, method, url, token string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusAccepted {
		return fmt.Errorf("%s was answered with %s: %s", url, response.Status, firstLine(body))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the answer of %s: %w", url, err)
	}
	return nil
}

func firstLine(body []byte) string {
	line, _, _ := strings.Cut(string(body), "\n")
	return line[:min(len(line), 200)]
}
