// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package apply

import (
	"encoding/json"
	"testing"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want, live string
		covers           bool
	}{
		{"the same", `{"a":1,"b":["x"]}`, `{"a":1,"b":["x"]}`, true},
		{"more fields", `{"a":1}`, `{"a":1,"b":2}`, true},
		{"another value", `{"a":1}`, `{"a":2}`, false},
		{"a missing field", `{"a":1}`, `{}`, false},
		{"a zero that typed objects leave out", `{"a":0,"b":"","c":false,"d":{},"e":[]}`, `{}`,
			true},
		{"nothing there at all", `{"a":{"b":1}}`, `{}`, false},
		{"another kind of value", `{"a":{"b":1}}`, `{"a":"b"}`, false},
		{"list of words in order", `["a","b"]`, `["a","b"]`, true},
		{"list of words out of order", `["a","b"]`, `["b","a"]`, false},
		{"list of words with more", `["a"]`, `["a","b"]`, false},
		{"list by name with more", `[{"name":"a","v":1}]`, `[{"name":"b"},{"name":"a","v":1}]`,
			true},
		{"list by name with another value", `[{"name":"a","v":1}]`, `[{"name":"a","v":2}]`, false},
		{"list by name without one", `[{"name":"a"},{"name":"b"}]`, `[{"name":"a"}]`, false},
		{"list by port, one of them twice",
			`[{"port":1,"protocol":"TCP"},{"port":1,"protocol":"UDP"}]`,
			`[{"port":1,"protocol":"TCP"},{"port":1,"protocol":"UDP"}]`, true},
		{"list of objects without a key", `[{"v":1},{"v":2}]`, `[{"v":1}]`, false},
		{"list of objects by place", `[{"v":1}]`, `[{"v":1,"w":2}]`, true},
		{"words and objects", `[{"name":"a"},"b"]`, `[{"name":"a"},"b"]`, true},
		{"a list that became none", `["a"]`, `null`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want, live any
			for text, v := range map[string]*any{test.want: &want, test.live: &live} {
				if err := json.Unmarshal([]byte(text), v); err != nil {
					t.Fatal(err)
				}
			}
			if test.want == test.live { // the map has one entry
				live = want
			}
			if got := covers(want, live); got != test.covers {
				t.Errorf("covers(%s, %s) is %v", test.want, test.live, got)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	if !covers(map[string]any{"a": float64(3)}, map[string]any{"a": int64(3)}) {
		t.Error("3 and 3 are not the same")
	}
	if covers(map[string]any{"a": float64(3)}, map[string]any{"a": int64(4)}) {
		t.Error("3 and 4 are the same")
	}
}
