// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The revision is of the bytes of all files, in the order in which they are read, and of nothing
// else.
func TestRevision(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	main := put("flashmq.conf", "# main\nallow_anonymous true\ninclude_dir conf.d\n")
	put("conf.d/20.conf", "# 20\n")
	put("conf.d/10.conf", "# 10\n")
	put("token", "not of the configuration")
	joined := func(files ...[]byte) string {
		var texts []string
		for _, f := range files {
			texts = append(texts, string(f))
		}
		return strings.Join(texts, "|")
	}
	tests := []struct {
		name, path string
		set        []string
		want       string
	}{
		{"files in order", main, nil,
			"# main\nallow_anonymous true\ninclude_dir conf.d\n|# 10\n|# 20\n"},
		{"overridden keys do not count", put("one.conf", "max_qos 1\n"),
			[]string{"max_qos=0", "admin_token_file=" + filepath.Join(folder, "token")},
			"max_qos 1\n"},
		{"YAML", put("one.yaml", "max_qos: 1\n"), nil, "max_qos: 1\n"},
		{"no file", "", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := Load(test.path, LoadOptions{Set: test.set, Revision: joined})
			if err != nil || c.Revision != test.want {
				t.Errorf("revision %q, %v; want %q", c.Revision, err, test.want)
			}
		})
	}
	if _, _, err := Load(put("bad.conf", "max_qos 7\n"),
		LoadOptions{Revision: joined}); err == nil {
		t.Error("a bad file is loaded")
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"good", "secret\n", ""},
		{"empty", " \n", "is empty"},
		{"too long", strings.Repeat("x", largestToken+1), "is longer than 4096 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := badToken(path); got != tt.want {
				t.Errorf("badToken = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAdminPortBesideListeners(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, admin, listener string
		collides              bool
	}{
		{"same address", "127.0.0.1", "inet_protocol ip4\ninet4_bind_address 127.0.0.1", true},
		{"all addresses", "127.0.0.1", "", true},
		{"all addresses, IPv6", "::1", "", true},
		{"other address", "127.0.0.1", "inet_protocol ip4\ninet4_bind_address 127.0.0.2", false},
		{"other family", "::", "inet_protocol ip4", false},
		{"other family, IPv4", "0.0.0.0", "inet_protocol ip6", false},
		{"other port", "127.0.0.1", "port 1884", false},
		{"unix", "127.0.0.1", "inet_protocol unix\nunix_socket_path /run/x.sock", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "f.conf")
			text := "admin_port 1883\nadmin_bind_address " + tt.admin + "\nlisten {\n" +
				tt.listener + "\n}\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := Load(path, LoadOptions{Elsewhere: true})
			if (err != nil) != tt.collides {
				t.Errorf("Load: %v", err)
			}
		})
	}
}
