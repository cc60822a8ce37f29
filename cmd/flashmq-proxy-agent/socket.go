// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Ours: bounds of what is asked and answered.
const (
	longestAnswer = 1 << 20
	askTime       = 5 * time.Second
)

// ask makes one request to HAProxy's runtime API.
func (a *agent) ask(ctx context.Context, command string) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", a.socket)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(askTime)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, command+"\n"); err != nil {
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
	server := &http.Server{Handler: mux, ReadTimeout: askTime, WriteTimeout: askTime,
		IdleTimeout: askTime, MaxHeaderBytes: 4 << 10,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug)}
	server.SetKeepAlivesEnabled(false)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("nobody can ask for the status any more", "error", err)
		}
	}()
	return func() {
		_ = server.Close()
		<-ended
	}, nil
}
