// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFullName(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"local", "localhost/flashmq:1", "localhost/flashmq:1"},
		{"registry", "registry.test:5000/a/flashmq:v1.2", "registry.test:5000/a/flashmq:v1.2"},
		{"short", "flashmq:1", "docker.io/library/flashmq:1"},
		{"user", "me/flashmq:1", "docker.io/me/flashmq:1"},
		{"no tag", "localhost/flashmq", ""},
		{"empty tag", "localhost/flashmq:", ""},
		{"bad tag", "localhost/flashmq:a/b", ""},
		{"capitals", "localhost/FlashMQ:1", ""},
		{"digest", "localhost/flashmq:1@sha256:" + strings.Repeat("0", 64), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fullName(test.text)
			switch {
			case (err != nil) != (test.want == ""):
				t.Errorf("error %v", err)
			case err == nil && got.String() != test.want:
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestCommandLinesThatAreRefused(t *testing.T) {
	empty := t.TempDir()
	tests := []struct {
		name, epoch string
		args        []string
		why         string
	}{
		{"no image", "0", nil, "name the images"},
		{"no such image", "0", []string{"mosquitto"}, "no image mosquitto, only flashmq-operator"},
		{"build stage", "0", []string{"build-flashmq"}, "no image build-flashmq"},
		{"bad tag", "0", []string{"-tag", "a b", "flashmq"}, "no name for an image"},
		{"epoch", "yesterday", []string{"flashmq"}, "SOURCE_DATE_EPOCH"},
		{"negative epoch", "-1", []string{"flashmq"}, "SOURCE_DATE_EPOCH"},
		{"system", "0", []string{"-platforms", "windows/amd64", "flashmq"}, "no platform"},
		{"half a platform", "0", []string{"-platforms", "linux", "flashmq"}, "no platform"},
		{"no platform", "0", []string{"-platforms", "", "flashmq"}, "no platform"},
		{"no Dockerfile", "0", []string{"-top", empty, "flashmq"}, "Dockerfile"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			args := append([]string{"-top", top, "-out", out}, test.args...)
			err := run(args, test.epoch, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want one that says %q", err, test.why)
			}
			if left, _ := os.ReadDir(out); len(left) > 0 {
				t.Errorf("something is left behind: %v", left)
			}
		})
	}
}
