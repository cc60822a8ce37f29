// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/flashmq/flashmq/pkg/admin"
)

// Ours: bounds of what is asked and answered.
const (
	longestAnswer = 1 << 20
	askTime       = 5 * time.Second
)

// ask makes one request to a socket of HAProxy.
func (a *agent) ask(ctx context.Context, socket, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := io.WriteString(conn, command+"\n"); err != nil {
		return "", err
	}
	// The master waits for more until nobody can send any.
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		return "", err
	}
	said, err := io.ReadAll(io.LimitReader(conn, longestAnswer))
	return string(said), err
}

// serve answers GET /status until stop.
func (a *agent) serve() (stop func(), err error) {
	listener, err := net.Listen("tcp", a.address)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		s := a.status.Load()
		if s == nil {
			http.Error(w, "HAProxy has not been started yet", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s) // whoever has gone does not need it
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := admin.Serve(ctx, listener, mux, a.log); err != nil {
			a.log.Error("nobody can ask for the status any more", "error", err)
		}
	}()
	return func() {
		cancel()
		<-ended
	}, nil
}
