// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	certificateLines = "fullchain /c.pem\nprivkey /k.pem\n"
	redirectLine     = "acme_redirect_url http://acme.example.com\n"
)

// block reads one listen block of this content, as for another machine.
func block(content string) (*Config, []Warning, error) {
	text := "allow_anonymous true\nlisten {\n" + content + "}\n"
	return load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
}

func TestPortThatIsNotGiven(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content string
		want          uint16
	}{
		{"MQTT", "", 1883},
		{"MQTT over TLS", certificateLines, 8883},
		{"WebSocket", "protocol websockets\n", 8080},
		{"WebSocket over TLS", certificateLines + "protocol websockets\n", 4443},
		{"ACME", "protocol acme\n" + redirectLine, 80},
		{"given", "protocol websockets\nport 1883\n", 1883},
		{"given before the protocol", "port 1883\nprotocol websockets\n", 1883},
		{"given twice", "port 1\nport 2\n", 2},
		{"any free one", "protocol websockets\nport 0\n", 0},
	}
	documented := standard(*find(BlockListen, "port"))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := block(test.content)
			if err != nil {
				t.Fatal(err)
			}
			port := strconv.Itoa(int(test.want))
			want := []Endpoint{{"tcp4", "0.0.0.0:" + port}, {"tcp6", "[::]:" + port}}
			if got := c.Listeners[0].Endpoints(); !slices.Equal(got, want) {
				t.Errorf("endpoints %v, want %v", got, want)
			}
			given := strings.Contains(test.content, "port ")
			if written := strings.Contains(string(c.Render()), "port "+port); written != given {
				t.Errorf("Render writes the port = %v:\n%s", written, c.Render())
			}
			if !given && !strings.Contains(documented, port) {
				t.Errorf("port %s is not among the documented defaults: %s", port, documented)
			}
		})
	}
}

func TestPortInYAML(t *testing.T) {
	t.Parallel()
	text := "listen:\n  - protocol: websockets\n  - port: 0\n"
	c, _, err := load("f.yaml", LoadOptions{Elsewhere: true}, memory{"f.yaml": text})
	if err != nil || c.Listeners[0].Port != 8080 || c.Listeners[1].Port != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Two listeners may collide on a port that neither of them names.
func TestUsualPortsCollide(t *testing.T) {
	t.Parallel()
	text := "listen {\n}\nlisten {\nprotocol websockets\n}\nlisten {\n" + certificateLines +
		"}\nlisten {\nprotocol websockets\n}\n"
	_, _, err := load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
	want := "f.conf:10: listen: another listener has port 8080 on the same address " +
		"(that is the listener at f.conf:3)"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
