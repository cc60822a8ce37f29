// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

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

func script(t *testing.T, _ *servertest.Server, scenario, version string, address map[string]any) {
	t.Helper()
	b, err := json.Marshal(address)
	if err != nil {
		t.Fatal(err)
	}
	node(t, filepath.Join("testdata", "mqttjs.js"), scenario, version, string(b)).wait()
}
