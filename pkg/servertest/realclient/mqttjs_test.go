// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/flashmq/flashmq/pkg/config"
	"github.com/flashmq/flashmq/pkg/servertest"
)

// node runs a script with npm's mqtt.
func node(t *testing.T, args ...string) *program {
	t.Helper()
	return run(t, []string{"NODE_PATH=" + nodeModules(t)}, "node", args...)
}

// nodeModules is where hack/install-test-tools puts npm's mqtt.
func nodeModules(t *testing.T) string {
	t.Helper()
	tools := os.Getenv("MQTT_TEST_TOOLS")
	if tools == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		tools = filepath.Join(cache, "flashmq-test-tools")
	}
	modules := filepath.Join(tools, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "mqtt", "package.json")); err != nil {
		t.Fatalf("%v; install what the tests need: make tools", err)
	}
	return modules
}

func TestMQTTjs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqtt.sock")
	s := start(t, servertest.Loops(2), servertest.Unix(path))
	scenarios := map[string][]string{
		"levels":       {"3", "4", "5"},
		"session":      {"3", "4", "5"},
		"retainedWill": {"3", "4", "5"},
		"large":        {"3", "4", "5"},
		"properties":   {"5"},
	}
	for scenario, versions := range scenarios {
		for _, v := range versions {
			t.Run(scenario+"/"+v, func(t *testing.T) {
				script(t, s, scenario, v, map[string]any{
					"protocol": "mqtt", "host": "127.0.0.1", "port": s.Port()})
			})
		}
	}
	t.Run("unix", func(t *testing.T) {
		script(t, s, "levels", "5", map[string]any{"protocol": "mqtt+unix", "path": path})
	})
}

// Every layer below MQTT that MQTT.js has too.
func TestMQTTjsLayers(t *testing.T) {
	p := newPapers(t)
	chain, key := p.client("js-device")
	secret := map[string]any{"ca": content(t, p.serverCA), "cert": content(t, chain),
		"key": content(t, key)}
	plain := map[string]any{"path": "/mqtt"}
	t.Run("mqtts", func(t *testing.T) { scripts(t, "mqtts", "js-device", secret, p.verified) })
	t.Run("ws", func(t *testing.T) { scripts(t, "ws", `""`, plain, web) })
	maps.Copy(secret, plain)
	t.Run("wss", func(t *testing.T) { scripts(t, "wss", "js-device", secret, p.verified, web) })
}

// scripts runs what can be run at every version against a listener, where the user is called user.
func scripts(t *testing.T, protocol, user string, address map[string]any,
	listener ...func(*config.Listener)) {
	s := start(t, servertest.Loops(2), another(listener...))
	address = maps.Clone(address)
	address["protocol"], address["host"], address["port"] = protocol, "127.0.0.1", portOf(t, s, 1)
	for _, scenario := range []string{"levels", "session", "retainedWill", "large"} {
		for _, v := range []string{"3", "4", "5"} {
			t.Run(scenario+"/"+v, func(t *testing.T) { script(t, s, scenario, v, address) })
		}
	}
	s.WaitLogged("client=js-large username=" + user + " ")
	if n := s.Refusals(); len(n) > 0 {
		t.Errorf("refusals %v", n)
	}
}

// content is what a file has in it.
func content(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func script(t *testing.T, _ *servertest.Server, scenario, version string, address map[string]any) {
	t.Helper()
	b, err := json.Marshal(address)
	if err != nil {
		t.Fatal(err)
	}
	node(t, filepath.Join("testdata", "mqttjs.js"), scenario, version, string(b)).wait()
}
