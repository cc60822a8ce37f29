// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package brokeradmin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, err string
		answer    http.HandlerFunc
	}{
		{"good", "", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/report" || r.Header.Get("Authorization") != "Bearer secret" {
				w.WriteHeader(http.StatusUnauthorized)
			}
			_, _ = w.Write([]byte(`{"version":"1.2","clients":7}`))
		}},
		{"another token", "401", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no", http.StatusUnauthorized)
		}},
		{"garbage", "the answer of http", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>"))
		}},
		{"endless", "the answer of http", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.Repeat(" ", 4*longestAnswer)))
		}},
		{"elsewhere", "302", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(test.answer)
			defer s.Close()
			r, err := New(nil).Report(t.Context(), s.Listener.Addr().String(), "secret")
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v, want %q", err, test.err)
				}
			case err != nil:
				t.Error(err)
			case r.Version != "1.2" || r.Clients != 7:
				t.Errorf("got %+v", r)
			}
		})
	}
}
