// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"strings"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

const usage = `Usage: flashmq-bench SCENARIO [flags]
       flashmq-bench report FILE.json... --html OUT.html
       flashmq-bench compare FILE.json... [--against LABEL] [--json FILE] [--html FILE]
       flashmq-bench version

Scenarios, with what they do unless flags say otherwise:

  fanout     10 topics, each with 1 publisher and 100 subscribers
  fanin      2 subscribers, each hears 500 publishers
  pairs      200 publishers with a subscriber each
  mesh       2000 clients; each publishes and hears one other
  share      20 groups of 10 publishers and 10 subscribers that share the messages
  latency    500 pairs, 10000 messages a second in all (as any of the above with --rate)
  storm      64 clients connect and disconnect, over and over
  idle       1000 clients connect and do nothing
  retained   100000 retained messages are stored, and sent to 3 new subscribers
  offline    100 clients leave, 400 messages are queued for each, they come back

Without --rate the load is a closed loop: each publisher has at most --window messages under way,
so a broker is never driven into discarding, and all brokers do the same work.

Broker:
  -h, --host HOST          (127.0.0.1)
  -p, --port PORT          (1883; with --tls 8883, with --ws 80, with both 443)
      --version VERSION    of MQTT: 3.1.1 or 5.0 (3.1.1)
  -u, --username NAME
  -P, --password PASSWORD
      --pid PID            process to account CPU time and memory of; several: --pid 12,13
      --source-addresses N connect from 127.0.0.1 and the N-1 after it; each has 28000 ports (1)

TLS and WebSocket:
      --tls                TLS; the system's authorities are trusted
      --cafile FILE        TLS; trust the authorities in this PEM file instead
      --insecure           do not verify the broker's certificate
      --servername NAME    that the certificate is for (the host)
      --cert FILE          certificate of the clients, PEM
      --key FILE           its private key
      --tls-version V      1.2 or 1.3, and no other (the best that the broker has)
      --resume             TLS sessions are resumed (each handshake is a full one)
      --ws                 WebSocket; with --tls inside TLS
      --ws-path PATH       of its request (/mqtt)

Load:
  -q, --qos QOS            0, 1 or 2 (0; offline: 1)
  -s, --size BYTES         of the payload, at least 16 (64)
  -c, --clients N          of mesh, storm, idle, offline
      --groups N           fanout and fanin: topics; pairs and latency: pairs
      --publishers N       of each group
      --subscribers N      of each group
      --topics N           pairs: each publishes to N topics in turn, and subscribes to each (1)
      --filters KIND       pairs: exact, or mixed: one filter a topic, with + or # in it (exact)
      --messages N         retained: all of them; offline: for each client
      --window N           messages that each publisher has under way
      --batch N            messages in one write
      --rate N             messages a second, all publishers together, each when it is due
      --ping TIME          idle: between two pings of one client, such as 30s (0: none)
      --subscribe          idle: each client subscribes to a topic of its own
      --threads N          loops of the generator (1)

Time:
      --duration TIME      of measuring, such as 5s or 2m (10s)
      --warmup TIME        before it (1s)
      --deadline TIME      the run ends by then whatever happens (2m)

Results:
      --label TEXT         whose broker this is (the host and port)
      --name TEXT          what comparisons call this set of flags (the scenario)
      --json FILE          everything
      --html FILE          a page with plots
      --hgrm FILE          latency as HdrHistogram's plotters read it
      --quiet              print nothing but errors
`

func (p *program) help() { fmt.Fprint(p.stdout, usage) }

func scenarioNames() string {
	var names []string
	for _, s := range load.Scenarios {
		names = append(names, string(s))
	}
	return "one of " + strings.Join(names, ", ")
}
