// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/timer"
)

// sys is what shard 0 needs to publish $SYS.
type sys struct {
	shard *Shard
	due   timer.Timer
	began int64 // instant of the first publication
	last  int64 // instant of the last publication
	seen  map[string]int64
}

const sysPrefix = "$SYS/broker/"

// figure is one topic below $SYS/broker/. FlashMQ: names and meaning.
type figure struct {
	topic     string
	value     func(*Shard) int64
	persecond bool // a second topic tells the growth per second
}

func sum(c ...metrics.Counter) func(*Shard) int64 {
	return func(s *Shard) int64 { return s.Metrics.Sum(c...) }
}

var figures = []figure{
	{"network/socketconnects", sum(metrics.SocketsAccepted), true},
	{"network/refused", sum(metrics.SocketsRefused), true},
	{"clients/mqttconnects", sum(metrics.Connects), true},
	{"load/messages/received", sum(metrics.ByQoS(metrics.MessagesReceived0)...), true},
	{"load/messages/sent", sum(metrics.ByQoS(metrics.MessagesSent0)...), true},
	{"load/messages/set_retained", sum(metrics.RetainedSet), true},
	{"load/messages/dropped", sum(metrics.DroppedSlow, metrics.DroppedTooLarge,
		metrics.DroppedQueueFull, metrics.DroppedExpired, metrics.DroppedReroute), true},
	{"load/bytes/received", sum(metrics.BytesReceived), true},
	{"load/bytes/sent", sum(metrics.BytesSent), true},
	{"clients/total", sum(metrics.Clients), false},
	{"sessions/total", sum(metrics.Sessions), false},
	{"messages/queued", sum(metrics.Queued), false},
	{"messages/inflight", sum(metrics.Inflight), false},
	{"subscriptions/count", func(s *Shard) int64 { return s.Index.Count() }, false},
	{"retained messages/count", func(s *Shard) int64 { return s.Retained.Count() }, false},
	{"retained messages/node_count", func(s *Shard) int64 { return s.Retained.Nodes() }, false},
	{"retained messages/bytes", func(s *Shard) int64 { return s.Retained.Bytes() }, false},
}

// startSys begins, or with another interval goes on, to publish $SYS. Only shard 0 does.
func (s *Shard) startSys() {
	if s.Number != 0 || s.Options.SysInterval == 0 {
		s.Timers.Stop(&s.sys.due)
		return
	}
	switch {
	case !s.sys.due.Armed():
		s.Timers.Set(&s.sys.due, s.now+1)
	case s.sys.due.When() > s.now+s.Options.SysInterval:
		s.Timers.Set(&s.sys.due, s.now+s.Options.SysInterval)
	}
}

// Expire implements timer.Expirer: $SYS is due.
func (y *sys) Expire(_ *timer.Timer, now int64) {
	s := y.shard
	s.now = now
	if s.sys.began == 0 {
		s.sys.began, s.sys.seen = now, make(map[string]int64)
		s.publishSys("version", "flashmq "+s.Options.Version)
	}
	s.shareCounters()
	for _, f := range figures {
		n := f.value(s)
		if !f.persecond {
			s.publishSys(f.topic, strconv.FormatInt(n, 10))
			continue
		}
		s.publishSys(f.topic+"/total", strconv.FormatInt(n, 10))
		if passed := now - s.sys.last; s.sys.last != 0 && passed > 0 {
			growth := float64(n-s.sys.seen[f.topic]) * float64(time.Second) / float64(passed)
			s.publishSys(f.topic+"/persecond", strconv.FormatInt(int64(math.Round(growth)), 10))
		}
		s.sys.seen[f.topic] = n
	}
	for i := range s.Lags {
		drift := fmt.Sprintf("threads/%d/drift/", i)
		s.publishSys(drift+"latest__ms", milliseconds(s.Lags[i].Latest()))
		s.publishSys(drift+"moving_avg__ms", milliseconds(s.Lags[i].Average()))
	}
	s.publishSys("uptime", strconv.FormatInt((now-s.sys.began)/int64(time.Second), 10))
	s.sys.last = now
	s.Timers.Set(&s.sys.due, now+s.Options.SysInterval)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func (s *Shard) publishSys(name, value string) {
	s.Publish(&mqtt.Message{
		Topic: sysPrefix + name, Payload: []byte(value), Retain: true,
	}, true, Packet{})
}
