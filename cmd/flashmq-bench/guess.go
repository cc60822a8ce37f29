// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

// others is what flags and scenarios are called elsewhere.
var others = map[string]string{
	// emqtt-bench
	"count": "clients", "interval": "rate", "limit": "messages",
	"inflight": "window", "message-size": "size", "num": "clients",
	"ssl": "tls", "cacertfile": "cafile", "certfile": "cert", "keyfile": "key",
	// mosquitto_pub, HiveMQ
	"secure": "tls", "capath": "cafile", "websocket": "ws", "websockets": "ws", "path": "ws-path",
	"sni": "servername",
	// mqttload
	"secs": "duration", "warm": "warmup", "maxsecs": "deadline", "ver": "version",
	"broker": "label", "src": "source-addresses", "run": "pairs",
	// what else people try
	"time": "duration", "timeout": "deadline", "payload": "size", "user": "username",
	"protocol": "version", "workers": "threads", "output": "json",
	"conn": "storm", "connect": "storm", "connections": "idle", "pub": "fanin", "sub": "fanout",
	"shared": "share", "queue": "offline", "persistent": "offline", "pair": "pairs",
	"p2p": "pairs", "broadcast": "fanout",
}

// guess returns " (did you mean X?)", or nothing.
func guess(word string, known []string) string {
	// One letter in three may be wrong.
	best, distance := "", min(len(word)/3, 2)+1
	for _, k := range known {
		if k == others[word] {
			return fmt.Sprintf(" (did you mean %s?)", k)
		}
		if d := edits(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// edits is how many letters have to be put in, taken out or changed to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func scenarioList() []string {
	list := []string{"report", "compare", "version", "help"}
	for _, s := range load.Scenarios {
		list = append(list, string(s))
	}
	return list
}
