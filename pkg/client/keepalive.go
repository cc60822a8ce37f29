// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package client

import (
	"time"

	"github.com/flashmq/flashmq/pkg/metrics"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/timer"
)

// startKeepAlive ends the login deadline and begins to watch the Client. The timer is not moved at
// each packet: when it fires it looks when something was last heard.
func (c *Client) startKeepAlive() {
	timers := c.loop.Shard.Timers
	c.heard = c.loop.Shard.Now()
	if c.keepAlive == 0 {
		timers.Stop(&c.timer)
		return
	}
	timers.Set(&c.timer, c.heard+c.patience())
}

// patience is one and a half times the keep alive [MQTT-3.1.2-22].
func (c *Client) patience() int64 {
	return int64(c.keepAlive) * int64(3*time.Second) / 2
}

// Expire implements timer.Expirer.
func (c *Client) Expire(_ *timer.Timer, now int64) {
	c.loop.Shard.Turn(now)
	count := c.loop.Shard.Count
	if c.state == waiting {
		count.Add(metrics.LoginTimeouts, 1)
		c.end(mqtt.Errorf(mqtt.MaximumConnectTime, "no CONNECT in time (login_timeout)"))
		return
	}
	if due := c.heard + c.patience(); due > now {
		c.loop.Shard.Timers.Set(&c.timer, due)
		return
	}
	count.Add(metrics.KeepAliveTimeouts, 1)
	reason := mqtt.Errorf(mqtt.KeepAliveTimeout,
		"nothing heard for %d s", c.patience()/int64(time.Second))
	c.sendDisconnect(reason)
	c.end(reason)
}
