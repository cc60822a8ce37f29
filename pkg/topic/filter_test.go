// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

func TestCheckFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, filter string
		levels       int
		want         mqtt.ReasonCode
	}{
		{"exact", "a/b", 2, mqtt.Success},
		{"hash alone", "#", 1, mqtt.Success},
		{"hash last", "a/#", 2, mqtt.Success},
		{"plus alone", "+", 1, mqtt.Success},
		{"plus first, middle and last", "+/a/+/b/+", 5, mqtt.Success},
		{"plus and hash", "+/#", 2, mqtt.Success},
		{"empty levels", "//+//", 5, mqtt.Success},
		{"hash after an empty level", "/#", 2, mqtt.Success},
		{"empty", "", 0, mqtt.MalformedPacket},
		{"hash not last", "a/#/b", 0, mqtt.MalformedPacket},
		{"hash before an empty level", "#/", 0, mqtt.MalformedPacket},
		{"hash beside characters", "a#", 0, mqtt.MalformedPacket},
		{"hash before characters", "#a", 0, mqtt.MalformedPacket},
		{"two hashes", "##", 0, mqtt.MalformedPacket},
		{"plus beside characters", "a/b+", 0, mqtt.MalformedPacket},
		{"plus before characters", "+b/c", 0, mqtt.MalformedPacket},
		{"two pluses", "++", 0, mqtt.MalformedPacket},
		{"plus and hash in one level", "+#", 0, mqtt.MalformedPacket},
		{"too many levels", "a/+/c", 2, mqtt.TopicFilterInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := code(t, CheckFilter(test.filter, test.levels)); got != test.want {
				t.Errorf("CheckFilter(%q, %d): %v, want %v",
					test.filter, test.levels, got, test.want)
			}
		})
	}
}

func TestParseFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, share, filter string
		want                    mqtt.ReasonCode
	}{
		{"not shared", "a/b", "", "a/b", mqtt.Success},
		{"shared", "$share/g/a/b", "g", "a/b", mqtt.Success},
		{"filter with a leading separator", "$share/g//x", "g", "/x", mqtt.Success},
		{"filter of one separator", "$share/g//", "g", "/", mqtt.Success},
		{"wildcards in the filter", "$share/g/+/#", "g", "+/#", mqtt.Success},
		{"another level that begins alike", "$shared/g/a", "", "$shared/g/a", mqtt.Success},
		{"not at the beginning", "/$share/g/a", "", "/$share/g/a", mqtt.Success},
		{"only the prefix", "$share", "", "", mqtt.ProtocolError},
		{"only the prefix and a separator", "$share/", "", "", mqtt.ProtocolError},
		{"no filter", "$share/g", "", "", mqtt.ProtocolError},
		{"empty filter", "$share/g/", "", "", mqtt.ProtocolError},
		{"empty name", "$share//a", "", "", mqtt.ProtocolError},
		{"plus in the name", "$share/g+/a", "", "", mqtt.ProtocolError},
		{"hash in the name", "$share/#/a", "", "", mqtt.ProtocolError},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			share, filter, err := ParseFilter(test.in)
			if got := code(t, err); got != test.want {
				t.Fatalf("ParseFilter(%q): %v, want %v", test.in, got, test.want)
			}
			if share != test.share || filter != test.filter {
				t.Errorf("ParseFilter(%q) is %q, %q", test.in, share, filter)
			}
		})
	}
}

func TestWildcardDepth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		depth  int
		ok     bool
	}{
		{"#", 0, true}, {"+/a", 0, true}, {"a/#", 1, true}, {"a/b/+", 2, true},
		{"/#", 1, true}, {"a/+/#", 1, true}, {"a/b", 0, false}, {"", 0, false},
	}
	for _, test := range tests {
		if depth, ok := WildcardDepth(test.filter); depth != test.depth || ok != test.ok {
			t.Errorf("WildcardDepth(%q) is %d, %v", test.filter, depth, ok)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter, name string
		want         bool
	}{
		{"a", "a", true}, {"a", "A", false}, {"a", "ab", false}, {"a", "a/", false},
		{"a/b", "a/b", true}, {"a/b", "a", false}, {"a", "a/b", false}, {"/a", "/a", true},
		{"/a", "a", false}, {"a", "/a", false}, {"", "", true},
		{"+", "a", true}, {"+", "a/b", false}, {"+", "/a", false}, {"/+", "/a", true},
		{"+/+", "/a", true}, {"+/+", "a", false}, {"+/+", "/", true}, {"a/+", "a/", true},
		{"a/+", "a", false}, {"a/+/c", "a//c", true}, {"a/+/c", "a/c", false},
		{"#", "a", true}, {"#", "a/b/c", true}, {"#", "/", true}, {"a/#", "a", true},
		{"a/#", "a/", true}, {"a/#", "a/b/c", true}, {"a/#", "ab", false}, {"/#", "/", true},
		{"/#", "a", false}, {"/#", "", true}, {"+/#", "a", true}, {"+/b/#", "a/b", true},
		{"a/+/#", "a", false}, {"a/+/#", "a/b", true},
		{"#", "$SYS/x", false}, {"+/x", "$SYS/x", false}, {"+/#", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true}, {"$SYS/+", "$SYS/x", true}, {"$SYS/#", "$SYS", true},
		{"a/+", "a/$b", true}, {"#", "a/$b", true}, {"$SYS/x", "$SYS/x", true},
	}
	for _, test := range tests {
		if got := Matches(test.filter, test.name); got != test.want {
			t.Errorf("Matches(%q, %q) is %v", test.filter, test.name, got)
		}
	}
}

// matchesByParts is Matches told in another way.
func matchesByParts(filter, name []string) bool {
	switch {
	case len(filter) == 0 || filter[0] == "#":
		return len(name) == 0 || len(filter) > 0
	case len(name) == 0:
		return false
	case filter[0] != "+" && filter[0] != name[0]:
		return false
	}
	return matchesByParts(filter[1:], name[1:])
}

func FuzzFilter(f *testing.F) {
	f.Add("a/#", "a", 3)
	f.Add("$share/g//x", "/x", 0)
	f.Add("+/x", "$SYS/x", 2)
	f.Fuzz(func(t *testing.T, s, name string, levels int) {
		share, filter, err := ParseFilter(s)
		if err != nil {
			return
		}
		if share != "" && s != "$share/"+share+"/"+filter || share == "" && s != filter {
			t.Fatalf("%q was cut into %q and %q", s, share, filter)
		}
		depth, ok := WildcardDepth(filter)
		if ok && (!HasWildcard(filter) || depth >= Levels(filter)) {
			t.Fatalf("%q has a wildcard at %d", filter, depth)
		}
		if CheckFilter(filter, levels) != nil || CheckName(name, levels) != nil {
			return
		}
		if levels > 0 && (Levels(filter) > levels || Levels(name) > levels) {
			t.Fatalf("%q or %q is above %d levels", filter, name, levels)
		}
		if strings.ContainsAny(name, "+#") || strings.Contains(filter, "#/") {
			t.Fatalf("%q or %q is not valid", filter, name)
		}
		want := matchesByParts(strings.Split(filter, "/"), strings.Split(name, "/"))
		if name[0] == '$' && (filter[0] == '+' || filter[0] == '#') {
			want = false
		}
		if got := Matches(filter, name); got != want {
			t.Fatalf("Matches(%q, %q) is %v", filter, name, got)
		}
	})
}
