// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Command testapp is what hack/kube/smoke runs in pods: it counts its starts in a volume, is ready
// two seconds after its start, and looks up names and fetches pages for whoever asks, so that DNS
// and Services can be seen from inside a pod.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Ours.
const (
	// warmUp is how long it takes to become ready.
	warmUp = 2 * time.Second
	// patience is how long it waits for others.
	patience = 5 * time.Second
)

func main() {
	if err := run(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	starts, err := countStart(os.Getenv("DATA_DIR"))
	if err != nil {
		return err
	}
	line := fmt.Sprintf("%s starts=%d", host, starts)
	fmt.Println(line)
	if len(os.Args) > 1 && os.Args[1] == "job" {
		return nil
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, line) })
	http.HandleFunc("/readyz", ready(time.Now()))
	http.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	http.HandleFunc("/dns", lookUp)
	http.HandleFunc("/get", fetch)
	return http.ListenAndServe(":8080", nil)
}

// countStart keeps in a folder how often it was called with it; without one it answers 0.
func countStart(folder string) (int, error) {
	if folder == "" {
		return 0, nil
	}
	file := filepath.Join(folder, "starts")
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n + 1, os.WriteFile(file, []byte(strconv.Itoa(n+1)), 0o644)
}

func ready(start time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if time.Since(start) < warmUp {
			http.Error(w, "starting", http.StatusServiceUnavailable)
		}
	}
}

func lookUp(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	addresses, err := net.DefaultResolver.LookupHost(ctx, r.URL.Query().Get("name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, strings.Join(addresses, " "))
}

func fetch(w http.ResponseWriter, r *http.Request) {
	// A Service chooses a pod for each connection, so none is used twice.
	client := http.Client{
		Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true},
	}
	answer, err := client.Get(r.URL.Query().Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}
