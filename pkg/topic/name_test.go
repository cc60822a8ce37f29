// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// code is the Reason Code of an error of this package, Success for none.
func code(t *testing.T, err error) mqtt.ReasonCode {
	t.Helper()
	if err == nil {
		return mqtt.Success
	}
	var reason *mqtt.ReasonError
	if !errors.As(err, &reason) {
		t.Fatalf("%T is no ReasonError", err)
	}
	return reason.Code
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, topic string
		levels      int
		want        mqtt.ReasonCode
	}{
		{"one level", "a", 0, mqtt.Success},
		{"several levels", "a/b/c", 3, mqtt.Success},
		{"one level too many", "a/b/c", 2, mqtt.TopicNameInvalid},
		{"empty levels count", "//", 2, mqtt.TopicNameInvalid},
		{"no limit", strings.Repeat("/", 1000), 0, mqtt.Success},
		{"only a separator", "/", 2, mqtt.Success},
		{"space", " ", 1, mqtt.Success},
		{"empty", "", 0, mqtt.ProtocolError},
		{"plus", "a/+", 0, mqtt.MalformedPacket},
		{"plus inside a level", "a+b", 0, mqtt.MalformedPacket},
		{"hash", "#", 0, mqtt.MalformedPacket},
		{"hash inside a level", "a/b#", 0, mqtt.MalformedPacket},
		{"wildcard before depth", "+/a/b", 1, mqtt.MalformedPacket},
		{"dollar", "$SYS/broker", 0, mqtt.Success},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := code(t, CheckName(test.topic, test.levels)); got != test.want {
				t.Errorf("CheckName(%q, %d): %v, want %v", test.topic, test.levels, got, test.want)
			}
			valid := test.want == mqtt.Success || test.want == mqtt.TopicNameInvalid
			if ValidName(test.topic) != valid {
				t.Errorf("ValidName(%q) is %v", test.topic, !valid)
			}
		})
	}
}

// Eight bytes at a time find what one byte at a time finds, wherever it stands.
func TestValidNameTwin(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		for at := range n {
			for c := range 256 {
				b := []byte(strings.Repeat("a", n))
				b[at] = byte(c)
				if want := c != '+' && c != '#'; ValidName(string(b)) != want {
					t.Fatalf("ValidName(%q) is %v", b, !want)
				}
			}
		}
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "/", "a", "/a", "a/", "a//b", "a/b/c", "//", "a/b/"} {
		want := strings.Split(s, "/")
		if got := Levels(s); got != len(want) {
			t.Errorf("Levels(%q) is %d, want %d", s, got, len(want))
		}
		var got []string
		for rest, more := s, true; more; {
			var level string
			level, rest, more = CutLevel(rest)
			got = append(got, level)
		}
		if !slices.Equal(got, want) {
			t.Errorf("levels of %q are %q, want %q", s, got, want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	name, filter := "bench/00001/t/0001", "bench/+/t/#"
	allocations := testing.AllocsPerRun(100, func() {
		if CheckName(name, 16) != nil || CheckFilter(filter, 16) != nil || !Matches(filter, name) {
			t.Fatal("not valid, or no match")
		}
		if _, _, err := ParseFilter(filter); err != nil {
			t.Fatal(err)
		}
		WildcardDepth(filter)
	})
	if allocations != 0 {
		t.Errorf("%v allocations, want none", allocations)
	}
}
