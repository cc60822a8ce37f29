// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"context"
	"encoding/json"
	"net/http"
)

// report answers GET /report.
func (s *Server) report(w http.ResponseWriter, _ *http.Request) {
	x := s.options.Broker.Status()
	_, x.Ready = judge(s.checks()["readyz"], x)
	answer(w, http.StatusOK, &x.Report)
}

// statusOf is how HTTP calls the outcomes.
var statusOf = map[Outcome]int{
	Applied:     http.StatusOK,
	Refused:     http.StatusUnprocessableEntity,
	Unavailable: http.StatusConflict,
}

// reload answers POST /reload.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	s.options.Log.Info("reload asked for", "address", r.RemoteAddr)
	ctx, cancel := context.WithTimeout(r.Context(), reloadTimeout)
	defer cancel()
	outcome := s.options.Broker.Reload(ctx)
	answer(w, statusOf[outcome.Outcome], outcome)
}

// drain answers POST /drain.
func (s *Server) drain(w http.ResponseWriter, r *http.Request) {
	s.options.Log.Info("drain asked for", "address", r.RemoteAddr)
	s.options.Broker.Drain()
	answer(w, http.StatusAccepted, s.options.Broker.Status().Draining)
}

// answer writes JSON for programs that people can read as well.
func answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(what) // whoever has gone away does not hear of it
}

// fail answers with an error.
func fail(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]string{"error": err.Error()})
}
