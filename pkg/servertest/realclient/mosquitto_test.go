// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package realclient

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/servertest"
)

// mosquittoVersions are what -V takes.
var mosquittoVersions = []string{"mqttv31", "mqttv311", "mqttv5"}

// pub runs mosquitto_pub to its end.
func pub(t *testing.T, s *servertest.Server, args ...string) {
	t.Helper()
	args = append([]string{"-h", "127.0.0.1", "-p", s.Port()}, args...)
	run(t, nil, "mosquitto_pub", args...).wait()
}

// sub runs mosquitto_sub until it has subscribed. It prints topic, QoS, RETAIN and payload of each
// message.
func sub(t *testing.T, s *servertest.Server, id, filter string, args ...string) *program {
	t.Helper()
	args = append([]string{"-h", "127.0.0.1", "-p", s.Port(), "-i", id, "-t", filter, "-W", "60",
		"-F", "%t %q %r %p"}, args...)
	p := run(t, nil, "mosquitto_sub", args...)
	subscribed(s, id, filter)
	return p
}

func TestMosquittoVersionsAndLevels(t *testing.T) {
	s := start(t, servertest.Loops(2))
	for _, to := range mosquittoVersions {
		for granted := range 3 {
			t.Run(fmt.Sprintf("%s at QoS %d", to, granted), func(t *testing.T) {
				id := fmt.Sprintf("%s-%d", to, granted)
				receiver := sub(t, s, id, id+"/#", "-V", to, "-q", fmt.Sprint(granted), "-C", "9")
				var want []string
				for _, from := range mosquittoVersions {
					for q := range 3 {
						text := fmt.Sprintf("from %s at %d", from, q)
						pub(t, s, "-V", from, "-q", fmt.Sprint(q), "-t", id+"/x", "-m", text)
						want = append(want, fmt.Sprintf("%s/x %d 0 %s", id, min(q, granted), text))
					}
				}
				// Each message has a publisher of its own, so no order is promised.
				receiver.linesInAnyOrder(want...)
			})
		}
	}
}

func TestMosquittoRetained(t *testing.T) {
	s := start(t)
	for _, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			pub(t, s, "-V", v, "-q", "1", "-r", "-t", v+"/kept", "-m", "old")
			pub(t, s, "-V", v, "-q", "1", "-r", "-t", v+"/kept", "-m", "new")
			sub(t, s, v, v+"/kept", "-V", v, "-q", "1", "-C", "1").lines(v + "/kept 1 1 new")
			pub(t, s, "-V", v, "-q", "1", "-r", "-n", "-t", v+"/kept")
			pub(t, s, "-V", v, "-q", "1", "-r", "-t", v+"/other", "-m", "alone")
			sub(t, s, v+"-late", v+"/#", "-V", v, "-C", "1").lines(v + "/other 0 1 alone")
		})
	}
}

func TestMosquittoWill(t *testing.T) {
	s := start(t)
	for _, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			watcher := sub(t, s, "watcher-"+v, "will/"+v, "-V", v, "-q", "2", "-C", "1")
			sub(t, s, "lost-"+v, "nothing/"+v, "-V", v, "--will-topic", "will/"+v,
				"--will-payload", "gone", "--will-qos", "2", "--will-retain").kill()
			watcher.lines("will/" + v + " 2 0 gone")
			sub(t, s, "late-"+v, "will/"+v, "-V", v, "-q", "1", "-C", "1").
				lines("will/" + v + " 1 1 gone")
		})
	}
}

// A Session keeps messages while mosquitto_sub is away.
func TestMosquittoSession(t *testing.T) {
	s := start(t)
	for _, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			sub(t, s, v, v+"/#", "-V", v, "-q", "2", "-c", "-E").wait()
			var want []string
			for q := 1; q <= 2; q++ {
				pub(t, s, "-V", v, "-q", fmt.Sprint(q), "-t", v+"/x", "-m", fmt.Sprint("away ", q))
				want = append(want, fmt.Sprintf("%s/x %d 0 away %d", v, q, q))
			}
			sub(t, s, v, v+"/#", "-V", v, "-q", "2", "-c", "-C", "2").lines(want...)
		})
	}
}

func TestMosquittoProperties(t *testing.T) {
	s := start(t)
	receiver := sub(t, s, "receiver", "properties", "-V", "mqttv5", "-q", "1", "-C", "1",
		"-D", "subscribe", "subscription-identifier", "77",
		"-F", "%p|%P|%C|%D|%F|%R|%S|%E")
	pub(t, s, "-V", "mqttv5", "-q", "1", "-t", "properties", "-m", "payload",
		"-D", "publish", "user-property", "first", "1",
		"-D", "publish", "user-property", "second", "2",
		"-D", "publish", "user-property", "first", "3",
		"-D", "publish", "content-type", "text/plain",
		"-D", "publish", "correlation-data", "request-9",
		"-D", "publish", "payload-format-indicator", "1",
		"-D", "publish", "response-topic", "answers/9",
		"-D", "publish", "message-expiry-interval", "4000")
	got := strings.Split(strings.Join(receiver.wait(), "\n"), "|")
	want := []string{"payload", "first:1 second:2 first:3", "text/plain", "request-9", "1",
		"answers/9", "77"}
	if len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	if left := got[len(want)]; left != "4000" && left != "3999" && left != "3998" {
		t.Errorf("message expiry interval left: %s of 4000", left)
	}
}

func TestMosquittoTopicAlias(t *testing.T) {
	s := start(t)
	receiver := sub(t, s, "receiver", "alias/#", "-V", "mqttv5", "-C", "3", "-q", "1")
	pub(t, s, "-V", "mqttv5", "-q", "1", "-t", "alias/of/something/long", "-m", "again",
		"--repeat", "3", "-D", "publish", "topic-alias", "5")
	receiver.lines(slices.Repeat([]string{"alias/of/something/long 1 0 again"}, 3)...)
}

// Every message reaches exactly one of two members.
func TestMosquittoShare(t *testing.T) {
	s := start(t)
	for _, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			filter := "$share/group/work-" + v
			a := sub(t, s, "a-"+v, filter, "-V", v, "-q", "1", "-C", "5")
			b := sub(t, s, "b-"+v, filter, "-V", v, "-q", "1", "-C", "5")
			for i := range 10 {
				pub(t, s, "-V", v, "-q", "1", "-t", "work-"+v, "-m", fmt.Sprint(i))
			}
			got := append(a.wait(), b.wait()...)
			slices.Sort(got)
			for i, line := range got {
				if want := fmt.Sprintf("work-%s 1 0 %d", v, i); line != want {
					t.Errorf("got %q, want %q", line, want)
				}
			}
		})
	}
}

func TestMosquittoLargeMessage(t *testing.T) {
	s := start(t)
	file := filepath.Join(t.TempDir(), "large")
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			receiver := sub(t, s, v, v, "-V", v, "-q", fmt.Sprint(i), "-C", "1", "-N", "-F", "%p")
			pub(t, s, "-V", v, "-q", fmt.Sprint(i), "-t", v, "-f", file)
			if got := strings.Join(receiver.wait(), ""); got != string(content) {
				t.Errorf("%d bytes arrived, %d were sent, or not the same", len(got), len(content))
			}
		})
	}
}

// Lines of standard input become messages, in order.
func TestMosquittoManyMessages(t *testing.T) {
	s := start(t)
	const n = 2000
	for i, v := range mosquittoVersions {
		t.Run(v, func(t *testing.T) {
			level := fmt.Sprint(i)
			receiver := sub(t, s, v, v, "-V", v, "-q", level, "-C", fmt.Sprint(n), "-F", "%p")
			pub(t, s, "-V", v, "-q", level, "-t", v, "-m", "same", "--repeat", fmt.Sprint(n))
			receiver.lines(slices.Repeat([]string{"same"}, n)...)
		})
	}
}

func TestMosquittoUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mqtt.sock")
	s := start(t, servertest.Unix(path))
	receiver := sub(t, s, "receiver", "unix", "-C", "1")
	run(t, nil, "mosquitto_pub", "--unix", path, "-t", "unix", "-m", "through a file").wait()
	receiver.lines("unix 0 0 through a file")
}
