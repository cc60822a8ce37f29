// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package admin

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the report says comes back as it was said.
func TestReport(t *testing.T) {
	t.Parallel()
	f := newFake()
	p := open(t, f, nil)
	status, body := p.ask(t, "GET", "/report", bearer)
	var got Report
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	want := f.Status().Report
	want.Ready = true
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	f.Drain()
	if _, body := p.ask(t, "GET", "/report", bearer); !strings.Contains(body, `"ready": false`) ||
		!strings.Contains(body, `"draining": {`) {
		t.Errorf("while draining: %s", body)
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		outcome Outcome
		status  int
		text    string
	}{
		{Applied, 200, ""},
		{Refused, 422, "max_qos: no"},
		{Unavailable, 409, "max_qos: no"},
	} {
		t.Run(string(tt.outcome), func(t *testing.T) {
			t.Parallel()
			f := newFake()
			f.outcome = tt.outcome
			status, body := open(t, f, nil).ask(t, "POST", "/reload", bearer)
			var got Reload
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != tt.status ||
				got != (Reload{Time: noon, Outcome: tt.outcome, Error: tt.text}) {
				t.Errorf("%d %s: %v", status, body, err)
			}
		})
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	p := open(t, newFake(), nil)
	status, body := p.ask(t, "POST", "/drain", bearer)
	var got Draining
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 202 ||
		got != (Draining{Since: noon, Remaining: 7}) || p.drained != 1 {
		t.Errorf("%d %s: %v; drained %d times", status, body, err, p.drained)
	}
}

// Without the token nothing happens, and nobody learns how near a guess was.
func TestToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		file   string // content; "-" for no file, "" for none configured
		header string
		status int
	}{
		{"right", "secret", "Authorization: Bearer secret", 200},
		{"scheme in small letters", "secret\n", "Authorization: bearer secret", 200},
		{"white space around it in the file", "\n secret \n", "Authorization: Bearer secret", 200},
		{"none", "secret", "X: y", 401},
		{"wrong", "secret", "Authorization: Bearer secreT", 401},
		{"beginning of it", "secret", "Authorization: Bearer secre", 401},
		{"more than it", "secret", "Authorization: Bearer secret2", 401},
		{"empty", "secret", "Authorization: Bearer ", 401},
		{"no scheme", "secret", "Authorization: secret", 401},
		{"other scheme", "secret", "Authorization: Basic secret", 401},
		{"nothing configured", "", "Authorization: Bearer secret", 403},
		{"file is gone", "-", "Authorization: Bearer secret", 403},
		{"empty file", " \n", "Authorization: Bearer ", 403},
		{"file too long", strings.Repeat("x", largestToken+1), "X: y", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, newFake(), nil)
			switch tt.file {
			case "":
				p.token = ""
			case "-":
				p.token += "-"
			default:
				if err := os.WriteFile(p.token, []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for method, path := range map[string]string{"/report": "GET", "/reload": "POST",
				"/drain": "POST"} {
				status, body := p.ask(t, path, method, tt.header)
				if want := tt.status; status != want && (want != 200 || status != 202) {
					t.Errorf("%s: %d %s, want %d", method, status, body, want)
				}
				if tt.status != 200 && (!strings.Contains(body, `"error"`) ||
					strings.Contains(body, "secret")) {
					t.Errorf("%s: %s", method, body)
				}
			}
			if done := p.drained == 1; done != (tt.status == 200) {
				t.Errorf("drained %d times", p.drained)
			}
		})
	}
}

// A token that is exchanged counts from the next request on.
func TestTokenIsExchanged(t *testing.T) {
	t.Parallel()
	p := open(t, newFake(), nil)
	if err := os.WriteFile(p.token, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _ := p.ask(t, "GET", "/report", bearer); status != 401 {
		t.Errorf("the old token: %d", status)
	}
	if status, _ := p.ask(t, "GET", "/report", "Authorization: Bearer another"); status != 200 {
		t.Errorf("the new token: %d", status)
	}
}

func TestWrongRequests(t *testing.T) {
	t.Parallel()
	p := open(t, newFake(), nil)
	for _, tt := range []struct {
		name, method, path string
		status             int
	}{
		{"reload by GET", "GET", "/reload", 405},
		{"drain by GET", "GET", "/drain", 405},
		{"report by POST", "POST", "/report", 405},
		{"probe by POST", "POST", "/livez", 405},
		{"probe by HEAD", "HEAD", "/livez", 200},
		{"nothing there", "GET", "/", 404},
		{"below a path", "GET", "/livez/loops", 404},
		{"profiles", "GET", "/debug/pprof/", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := p.ask(t, tt.method, tt.path, bearer); status != tt.status {
				t.Errorf("%d %s, want %d", status, body, tt.status)
			}
		})
	}
	if p.drained != 0 {
		t.Error("drained by a wrong request")
	}
}
