// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, text string
		port             uint16
		problem          string
	}{
		{"conf", "a.conf", "listen {\n  protocol mqtt\n  port 1999\n}\n", 1999, ""},
		{"yaml", "a.yaml", "listen:\n- protocol: mqtt\n  port: 1998\n", 1998, ""},
		{"certificates of elsewhere", "a.conf",
			"listen {\n  port 8883\n  fullchain /none/a\n  privkey /none/b\n}\n", 8883, ""},
		{"a problem", "a.conf", "max_packet_siz 3\n", 0,
			"a.conf:1: max_packet_siz: unknown key (did you mean max_packet_size?)"},
		{"other files", "a.conf", "include_dir /etc\n", 0, "only one file was given"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := Parse(test.file, []byte(test.text))
			switch {
			case test.problem != "":
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("the problem is %v, want %q", err, test.problem)
				}
			case err != nil:
				t.Error(err)
			case c.Listeners[0].Port != test.port:
				t.Errorf("the port is %d, want %d", c.Listeners[0].Port, test.port)
			}
		})
	}
}
