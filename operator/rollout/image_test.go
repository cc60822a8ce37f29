// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rollout

import "testing"

func TestSplit(t *testing.T) {
	t.Parallel()
	const digest = "@sha256:0a0a"
	tests := []struct{ name, image, repository, tag string }{
		{"tag", "flashmq:1.4.2", "flashmq", "1.4.2"},
		{"nothing behind", "flashmq", "flashmq", ""},
		{"a port", "localhost:5000/mqtt/flashmq", "localhost:5000/mqtt/flashmq", ""},
		{"a port and a tag", "localhost:5000/flashmq:v1", "localhost:5000/flashmq", "v1"},
		{"a digest", "ghcr.io/flashmq/flashmq" + digest, "ghcr.io/flashmq/flashmq", ""},
		{"a tag and a digest", "flashmq:1.4.2" + digest, "flashmq", ""},
		{"a port and a digest", "localhost:5000/flashmq" + digest, "localhost:5000/flashmq", ""},
		{"nothing", "", "", ""},
	}
	for _, test := range tests {
		if r, tag := split(test.image); r != test.repository || tag != test.tag {
			t.Errorf("%s: %q and %q", test.name, r, tag)
		}
	}
}

func TestVersionOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tag, wanted string
		want        bool
	}{
		{"1.4.2", "1.4", true}, {"1.4.2", "1.4.2", true}, {"v1.4.2", "1.4", true},
		{"1.4", "1.4", true}, {"1.40.2", "1.4", false}, {"1.4.20", "1.4.2", false},
		{"1.4.2", "1.4.2-rc.1", false}, {"1.4.2-rc.1", "1.4", true}, {"2.1.4", "1.4", false},
		{"latest", "1.4", false}, {"", "1.4", false},
	}
	for _, test := range tests {
		if got := VersionOf(test.tag, test.wanted); got != test.want {
			t.Errorf("%q is of %q: %v", test.tag, test.wanted, got)
		}
	}
}

func TestWithVersion(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, image, wanted, want string }{
		{"the default is one", "r/flashmq:1.4.2", "1.4", "r/flashmq:1.4.2"},
		{"the default is another", "r/flashmq:1.4.2", "1.3", "r/flashmq:1.3"},
		{"a patch", "r/flashmq:1.4.2", "1.4.1", "r/flashmq:1.4.1"},
		{"with a v", "r/flashmq:v1.4.2", "1.4.1", "r/flashmq:v1.4.1"},
		{"a word that begins with v", "r/flashmq:vanilla", "1.4.1", "r/flashmq:1.4.1"},
		{"a port", "localhost:5000/flashmq", "1.4", "localhost:5000/flashmq:1.4"},
		{"a digest", "r/flashmq:1.4.2@sha256:0a", "1.4", "r/flashmq:1.4"},
	}
	for _, test := range tests {
		if got := withVersion(test.image, test.wanted); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
