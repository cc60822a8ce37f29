// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	tests := []struct {
		name        string
		args        []string
		environment map[string]string
		file        string
		check       func(*settings) bool
		err         string
	}{
		{name: "defaults", check: func(s *settings) bool {
			return s.rollouts == 1 && s.workers == 4 && s.elect && s.selector.Empty() &&
				s.logLevel == "info" && s.clusterDomain == "cluster.local" && s.namespaces == nil
		}},
		{name: "flags", args: []string{"--namespaces=a,b", "--leader-elect=false", "--workers=9"},
			check: func(s *settings) bool {
				return slices.Equal(s.namespaces, []string{"a", "b"}) && !s.elect && s.workers == 9
			}},
		{name: "environment", environment: map[string]string{
			"FLASHMQ_OPERATOR_NAMESPACES": "a,b", "FLASHMQ_OPERATOR_LEADER_ELECT": "false",
			"FLASHMQ_OPERATOR_MAX_CONCURRENT_ROLLOUTS": "3"},
			check: func(s *settings) bool {
				return slices.Equal(s.namespaces, []string{"a", "b"}) && !s.elect && s.rollouts == 3
			}},
		{name: "file", file: "namespaces: [a, b]\nleader-elect: false\nselector: team=x\n",
			check: func(s *settings) bool {
				return slices.Equal(s.namespaces, []string{"a", "b"}) && !s.elect &&
					s.selector.String() == "team=x"
			}},
		{name: "who is stronger", args: []string{"--log-level=debug"},
			environment: map[string]string{
				"FLASHMQ_OPERATOR_LOG_LEVEL": "warning", "FLASHMQ_OPERATOR_IMAGE": "env"},
			file: "log-level: error\nimage: file\nproxy-image: file\n",
			check: func(s *settings) bool {
				return s.logLevel+s.image+s.proxyImage == "debugenvfile"
			}},

		{name: "unknown flag", args: []string{"--colour"}, err: "unknown flag: --colour"},
		{name: "argument", args: []string{"x"}, err: `unexpected argument "x"`},
		{name: "help", args: []string{"--help"}, err: errHelp.Error()},
		{name: "unknown key", file: "colour: red\n", err: "unknown setting colour"},
		{name: "broken file", file: "a: [\n", err: "operator.yaml: "},
		{name: "namespace", args: []string{"--namespaces=A_b"}, err: `namespaces: "A_b": `},
		{name: "selector", args: []string{"--selector=a=b=c"}, err: "selector: "},
		{name: "no number", args: []string{"--workers=0"}, err: `workers: "0" is no number from 1`},
		{name: "no number in the environment", err: `workers: "2x" is no number`,
			environment: map[string]string{"FLASHMQ_OPERATOR_WORKERS": "2x"}},
		{name: "no boolean",
			environment: map[string]string{"FLASHMQ_OPERATOR_LEADER_ELECT": "maybe"},
			err:         `leader-elect: "maybe"`},
		{name: "level", args: []string{"--log-level=loud"}, err: `log-level: "loud"`},
		{name: "format", args: []string{"--log-format=xml"}, err: `log-format: "xml"`},
		{name: "domain", args: []string{"--cluster-domain=a..b"}, err: `cluster-domain: "a..b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for key, value := range test.environment {
				t.Setenv(key, value)
			}
			if test.file != "" {
				path := filepath.Join(t.TempDir(), "operator.yaml")
				if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
				test.args = append(test.args, "--config", path)
			}
			var help strings.Builder
			s, _, err := readSettings(test.args, &help)
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v, want %q", err, test.err)
				}
				if errors.Is(err, errHelp) != strings.Contains(help.String(), "--workers int") {
					t.Errorf("help is %q", help.String())
				}
			case err != nil:
				t.Error(err)
			case !test.check(s):
				t.Errorf("got %+v", s)
			}
		})
	}
}
