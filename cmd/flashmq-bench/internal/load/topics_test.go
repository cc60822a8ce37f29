// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	names "github.com/flashmq/flashmq/pkg/topic"
)

func TestTopics(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		topics, group, number int
		want                  string
	}{
		{0, 0, 0, "s/00000/d/000/v"},
		{1, 12, 0, "s/00012/d/000/v"},
		{0, 12, 1234, "s/00012/d/1234/v"}, // a publisher's number, of those in one group
		{1000, 3, 999, "s/00003/d/999/v"},
		{1001, 3, 7, "s/00003/d/0007/v"},
		{100000, 123456, 99999, "s/123456/d/99999/v"},
	} {
		if got := topic(&Options{Topics: test.topics}, test.group, test.number); got != test.want {
			t.Errorf("%d of %d topics: %q, want %q", test.number, test.topics, got, test.want)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		filters string
		number  int
		want    string
	}{
		{"", 0, "s/00008/d/0000/v"}, {Exact, 1002, "s/00008/d/1002/v"},
		{Mixed, 0, "s/00008/d/0000/+"}, {Mixed, 1, "s/00008/+/0001/v"},
		{Mixed, 2, "+/00008/d/0002/v"}, {Mixed, 1003, "s/00008/d/1003/#"},
	} {
		o := Options{Scenario: Pairs, Publishers: 1, Topics: 2000, Filters: test.filters}
		if got := subscription(&o, 8, test.number); got != test.want {
			t.Errorf("%q, number %d: %q, want %q", test.filters, test.number, got, test.want)
		}
	}
}

// Every filter matches its own topic and no other, so that a message has one subscriber.
func TestFiltersMatchOneTopic(t *testing.T) {
	t.Parallel()
	const groups, topics = 3, 12
	for _, filters := range []string{Exact, Mixed} {
		o := Options{Scenario: Pairs, Publishers: 1, Topics: topics, Filters: filters}
		for at := range groups * topics {
			filter := subscription(&o, at/topics, at%topics)
			if err := names.CheckFilter(filter, 0); err != nil {
				t.Errorf("%s: %q: %v", filters, filter, err)
			}
			if names.HasWildcard(filter) != (filters == Mixed) {
				t.Errorf("%s: %q", filters, filter)
			}
			for other := range groups * topics {
				name := topic(&o, other/topics, other%topics)
				if names.Matches(filter, name) != (at == other) {
					t.Errorf("%s: %q and %q", filters, filter, name)
				}
			}
		}
	}
}

// A template goes through all topics, in turn and over and over.
func TestTemplateGoesThroughTopics(t *testing.T) {
	t.Parallel()
	for _, version := range []mqtt.Version{mqtt.V311, mqtt.V50} {
		for qos := range mqtt.QoS(3) {
			for _, topics := range []int{0, 1, 2, 7, 1000, 1001} {
				o := Options{Version: version, QoS: qos, Size: StampSize, Topics: topics}
				tm, err := newTemplate(&o, topic(&o, 5, 0), false)
				if err != nil {
					t.Fatal(err)
				}
				var b []byte
				for n := range 2*topics + 3 {
					b = tm.stamp(b[:0], 0x1234, 7, uint32(n), 9)
					checkTopic(t, b, version, topic(&o, 5, n%max(1, topics)), n)
				}
			}
		}
	}
}

// checkTopic wants a PUBLISH to that topic, with all else as it is stamped.
func checkTopic(t *testing.T, b []byte, version mqtt.Version, topic string, sequence int) {
	t.Helper()
	var framer packet.Framer
	frame, rest, ok, err := framer.Next(nil, b)
	var p packet.Publish
	if err != nil || !ok || len(rest) > 0 {
		t.Fatalf("%v, %v, %d bytes left", err, ok, len(rest))
	}
	if err := (&packet.Decoder{Version: version}).Publish(frame, &p); err != nil {
		t.Fatal(err)
	}
	stamp := string([]byte{7, 0, 0, 0, byte(sequence), byte(sequence >> 8), 0, 0, 9}) +
		"\x00\x00\x00\x00\x00\x00\x00"
	if string(p.Topic) != topic || string(p.Payload) != stamp || p.QoS > 0 && p.ID != 0x1234 {
		t.Fatalf("MQTT %v, QoS %d, number %d: topic %q, want %q; ID %d, payload %q", version, p.QoS,
			sequence, p.Topic, topic, p.ID, p.Payload)
	}
}
