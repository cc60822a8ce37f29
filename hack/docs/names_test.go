// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package docs

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a piece of code in prose may be, by its looks.
var (
	goFile    = regexp.MustCompile(`^[a-z0-9_./-]+\.(go|md)$`)
	folder    = regexp.MustCompile(`^(\.ci|cmd|docs|hack|pkg)(/[a-z0-9_.-]+)*$`)
	qualified = regexp.MustCompile(`^([a-z]+)\.([A-Za-z_]\w*)(\.[A-Za-z_]\w*)?$`)
	snake     = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)
	makeCall  = regexp.MustCompile(`^make ([a-z0-9-]+)`)
)

// systemNames look like keys of the configuration and are the kernel's.
var systemNames = []string{"epoll_ctl", "epoll_wait"}

// placeholder stands for any name.
const placeholder = "room.Type.method"

// dictionary is what names are looked up in.
type dictionary struct {
	declared declarations
	rooms    map[string]bool
	// keys are the words of docs/configuration.md and docs/metrics.md, and the names of the
	// counters and of the reasons for refusing connections.
	keys     map[string]bool
	makefile string
	exists   func(path string) bool
}

func newDictionary(t *testing.T) *dictionary {
	t.Helper()
	d := &dictionary{keys: map[string]bool{}, makefile: source(t, "Makefile"), exists: exists}
	d.declared, d.rooms = declared(t)
	for _, generated := range []string{"docs/configuration.md", "docs/metrics.md"} {
		for _, span := range read(t, generated).spans() {
			d.keys[span] = true
		}
	}
	counters := regexp.MustCompile(`"([a-z_]+)"`)
	for _, file := range []string{"pkg/metrics/metrics.go", "pkg/transport/error.go",
		"pkg/transport/proxy.go", "pkg/transport/tls.go", "pkg/server/layered.go",
		"pkg/server/welcome.go"} {
		for _, m := range counters.FindAllStringSubmatch(source(t, file), -1) {
			d.keys[m[1]] = true
		}
	}
	for _, name := range systemNames {
		d.keys[name] = true
	}
	return d
}

// complaint says what is wrong with a piece of code in prose; "" when nothing is, or when it is
// nothing that can be looked up.
func (d *dictionary) complaint(span string) string {
	switch q := qualified.FindStringSubmatch(span); {
	case span == placeholder:
	case goFile.MatchString(span):
		if !d.file(span) {
			return "no such file"
		}
	case folder.MatchString(span):
		if !d.exists(strings.TrimSuffix(span, "/...")) {
			return "no such folder or file"
		}
	case q != nil && d.rooms[q[1]]:
		if _, ok := d.declared[span]; !ok {
			return "no such name in pkg/" + q[1]
		}
	case q != nil && q[2][0] >= 'A' && q[2][0] <= 'Z':
		return "no such room"
	case snake.MatchString(span):
		if !d.keys[span] {
			return "no such key in docs/configuration.md, no such counter"
		}
	case makeCall.MatchString(span):
		rule := "\n" + makeCall.FindStringSubmatch(span)[1] + ":"
		if !strings.Contains(d.makefile, rule) {
			return "no such target"
		}
	}
	return ""
}

// file looks for a path from the top or from pkg, or for a name that stands alone in any room or
// tool.
func (d *dictionary) file(name string) bool {
	if strings.Contains(name, "/") || d.exists(name) {
		return d.exists(name) || d.exists("pkg/"+name)
	}
	for room := range d.rooms {
		if d.exists(path.Join("pkg", room, name)) {
			return true
		}
	}
	return d.exists("hack/rules/" + name)
}

// makeCalls are the lines of fenced blocks that call make.
func (p page) makeCalls() []string {
	var calls []string
	for _, block := range fence.FindAllString(p.text, -1) {
		for _, line := range strings.Split(block, "\n") {
			calls = append(calls, makeCall.FindAllString(line, 1)...)
		}
	}
	return calls
}

func TestNames(t *testing.T) {
	t.Parallel()
	d := newDictionary(t)
	for _, p := range pages(t) {
		if p.generated() {
			continue
		}
		for _, span := range append(p.spans(), p.makeCalls()...) {
			if complaint := d.complaint(span); complaint != "" {
				t.Errorf("%s: %s: %s", p.path, span, complaint)
			}
		}
	}
}

func TestWrongNamesAreFound(t *testing.T) {
	t.Parallel()
	d := &dictionary{
		declared: declarations{"room.Box": {}, "room.Box.Close": {}},
		rooms:    map[string]bool{"room": true},
		keys:     map[string]bool{"max_size": true},
		makefile: "all:\n\nrun: all\n",
		exists: func(name string) bool {
			return slices.Contains([]string{"pkg/room", "pkg/room/box.go", "README.md"}, name)
		},
	}
	tests := []struct {
		span string
		good bool
	}{
		{"room.Box", true}, {"room.Box.Close", true}, {"room.Box.Open", false},
		{"room.box", false}, {"hall.Box", false}, {"net.core.somaxconn", true},
		{"room/box.go", true}, {"pkg/room/box.go", true}, {"box.go", true}, {"README.md", true},
		{"room/lid.go", false}, {"lid.go", false}, {"pkg/room", true}, {"pkg/hall", false},
		{"max_size", true}, {"max_sise", false}, {"make run", true}, {"make tea", false},
		{"-c FILE", true}, {"0x8D", true},
	}
	for _, test := range tests {
		t.Run(test.span, func(t *testing.T) {
			t.Parallel()
			if complaint := d.complaint(test.span); (complaint == "") != test.good {
				t.Errorf("complaint %q", complaint)
			}
		})
	}
}
