// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rules

import "strings"

// module is the path before every import of ours.
const module = "github.com/flashmq/flashmq/"

// edges are the rooms one room may import, each with the reason.
type edges map[string]string

// anything stands for every room below pkg.
const anything = "pkg/..."

// words is why nearly everybody imports pkg/mqtt.
const words = "speaks in the words of the specification"

// rooms is the floor plan, from the words at the bottom to the wiring at the top. A folder
// inside a room belongs to it. A new edge is a change of design: it needs a reason here and, if
// it moves a wall, a page in docs/decisions.
var rooms = map[string]edges{
	// Words and leaves.
	"pkg/mqtt":        {},
	"pkg/metrics":     {},
	"pkg/credentials": {},
	"pkg/version":     {},
	"pkg/hugepage":    {},
	"pkg/timer":       {},
	"pkg/buffer":      {},
	"pkg/topic":       {"pkg/mqtt": "answers with Reason Codes"},

	// Bytes.
	"pkg/reactor": {
		"pkg/timer":  "each loop turns one timing wheel",
		"pkg/buffer": "each loop owns a pool, and writes what is in a connection's output",
	},
	"pkg/transport": {"pkg/buffer": "what goes out waits in the loop's buffers"},
	"pkg/packet": {
		"pkg/mqtt":   words,
		"pkg/buffer": "partial packets and fan-out headers live in the loop's buffers",
	},

	// What is known about topics, clients and options.
	"pkg/subscription": {
		"pkg/mqtt":  words,
		"pkg/topic": "the index is a tree of Topic Levels",
	},
	"pkg/retained": {
		"pkg/mqtt":  words,
		"pkg/topic": "messages are kept in a tree of Topic Levels",
	},
	"pkg/auth": {
		"pkg/mqtt":  words,
		"pkg/topic": "access lists hold Topic Filters",
	},
	"pkg/config": {
		"pkg/mqtt":        "options name Quality of Service levels and versions",
		"pkg/topic":       "options hold Topic Filters, checked when they are read",
		"pkg/credentials": "checks certificates the way it loads them, so -t passes what starts",
	},

	// Sessions and what keeps them.
	"pkg/session": {
		"pkg/mqtt":         words,
		"pkg/packet":       "encodes what it sends into its connection's output",
		"pkg/subscription": "keeps the handles of its subscriptions",
		"pkg/buffer":       "output goes into the loop's buffers",
	},
	"pkg/store": {
		"pkg/mqtt":     words,
		"pkg/session":  "writes and reads sessions",
		"pkg/retained": "writes and reads retained messages",
	},

	// The Server's verbs, and the Client as the Server sees it.
	"pkg/broker": verbs,
	"pkg/client": verbs.and(edges{"pkg/broker": "a packet handled is a verb called"}),
	"pkg/bridge": dialed,
	"pkg/cluster": dialed.and(edges{
		"pkg/config": "several brokers have to agree on their options",
	}),

	// Outside doors.
	"pkg/plugin": {
		"pkg/mqtt": words,
		"pkg/auth": "a plugin may be an authentication source",
	},
	"pkg/admin": {
		"pkg/metrics": "exports the counters",
		"pkg/version": "says which version answers",
	},

	// Wiring: server is the only room that knows everybody, so it stays small and dull.
	"pkg/server": {anything: "puts the rooms together"},
	"pkg/rawclient": {
		"pkg/mqtt":   words,
		"pkg/packet": "encodes what it is told to, decodes what comes",
		"pkg/buffer": "pkg/packet reads from it",
	},
	"pkg/servertest": {anything: "starts a whole server inside a test"},
	"pkg/conformance": {
		"pkg/mqtt":      words,
		"pkg/packet":    "makes packets, right and wrong ones",
		"pkg/rawclient": "talks to the server under test; it may be anybody's",
	},
	"cmd/flashmq": {
		"pkg/config":   "reads flags and flashmq.conf",
		"pkg/server":   "starts it",
		"pkg/admin":    "names what it has loaded as whoever asks for it does",
		"pkg/hugepage": "looks after the heap of the process",
		"pkg/version":  "prints it",
	},
	"cmd/flashmq-bench": {
		"pkg/mqtt":    words,
		"pkg/packet":  "speaks MQTT as a client",
		"pkg/buffer":  "pkg/packet reads from it",
		"pkg/version": "prints it",
	},
	"cmd/flashmq-conformance": {
		"pkg/conformance": "runs it",
		"pkg/version":     "prints it",
	},
	"cmd/flashmq-operator": {
		"operator":    "starts it",
		"api":         "registers the Kinds",
		"pkg/version": "prints it",
	},
	"cmd/kubectl-flashmq": {"operator/kubectl": "starts it"},

	"cmd/flashmq-proxy-agent": {
		"operator/proxyagent": "says in these words what HAProxy runs",
		"operator/haproxy":    "is tested with the configuration that the operator renders",
		"pkg/admin":           "answers within its bounds",
		"pkg/version":         "prints it",
	},

	// Kubernetes.
	"api": {},
	// operator/pki has walls of its own: bytes and the time in, bytes out, whoever calls it.
	"operator/pki": {},
	"operator": {
		"api":                 "reconciles its Kinds",
		"operator/haproxy":    "renders the configuration of the HAProxy tier",
		"operator/proxyagent": "asks HAProxy's agent in its words",
		"operator/pki":        "makes the certificates asked for, and looks at those brought",
		"pkg/config":          "renders flashmq.conf with the parser that will read it",
		"pkg/admin":           "reads the answers of a broker",
		"pkg/mqtt":            "sets numbers of pkg/config, one of which is a QoS",
		"pkg/version":         "chooses the image that matches",
	},
	// What operator and agent share: the agent links nothing of Kubernetes.
	"operator/proxyagent": {"pkg/admin": "names contents as brokers do"},
	"operator/operatortest": {
		"operator":  "starts it, cuts it off and kills it",
		"api":       "makes and watches its Kinds",
		"pkg/admin": "answers as brokers would",

		"pkg/servertest":      "keeps what operators log",
		"operator/proxyagent": "answers as agents beside HAProxy would",
		"hack":                "starts a Kubernetes",
	},
	// Takes Options of its own, so that it can be tested without Kubernetes.
	"operator/haproxy": {},
	// Runs on people's machines; the operator knows nothing of it.
	"operator/kubectl": {
		"api":         "reads its Kinds, and sets annotations on them",
		"operator":    "renders and decides as the operator does, and asks brokers as it does",
		"pkg/config":  "compares configurations key by key",
		"pkg/version": "prints it",
	},

	// Tools.
	"hack": {
		"pkg/conformance": "lists the normative statements that tags may name",
		"api":             "knows which descriptions in a CustomResourceDefinition are ours",
		"pkg/servertest":  "starts a Kubernetes on ports that nobody else gets",
	},
}

// verbs is what broker and client may both import.
var verbs = edges{
	"pkg/mqtt":         words,
	"pkg/topic":        "checks Topic Names and Topic Filters",
	"pkg/packet":       "hands on and answers Control Packets",
	"pkg/auth":         "asks before it acts",
	"pkg/subscription": "who wants a message",
	"pkg/retained":     "what a new subscription gets first",
	"pkg/session":      "delivers to sessions",
	"pkg/store":        "what must survive is written before it is acknowledged",
	"pkg/metrics":      "counts",
	"pkg/timer":        "keep alive, expiry and delayed wills are timers of the loop",
	"pkg/buffer":       "output goes into the loop's buffers",
}

// dialed is what the rooms that open connections themselves may import.
var dialed = verbs.and(edges{
	"pkg/broker":    "acts as the Server does",
	"pkg/client":    "one Network Connection, seen from the other end",
	"pkg/reactor":   "dials",
	"pkg/transport": "TLS and WebSocket outwards",
	"pkg/config":    "options of the far end",
})

func (e edges) and(more edges) edges {
	sum := edges{}
	for room, why := range e {
		sum[room] = why
	}
	for room, why := range more {
		sum[room] = why
	}
	return sum
}

func (e edges) allow(room string) bool {
	_, named := e[room]
	_, below := e[anything]
	return named || below && strings.HasPrefix(room, "pkg/")
}

// checkImports keeps the floor plan: imports point down. Tests may import what they like.
func checkImports(f *file) []problem {
	if f.test() {
		return nil
	}
	room, known := within(rooms, f.folder())
	if !known {
		return []problem{f.at(f.syntax.Package, "%s is not on the floor plan: add the room "+
			"and what it may import, with reasons, to hack/rules/rooms.go", f.folder())}
	}
	var found []problem
	for _, spec := range f.syntax.Imports {
		name, ours := strings.CutPrefix(imported(spec), module)
		if !ours {
			continue
		}
		target, known := within(rooms, name)
		if known && (target == room || rooms[room].allow(target)) {
			continue
		}
		found = append(found, f.at(spec.Pos(), "%s must not import %s: turn the call round, or "+
			"move the code to a room that may; if the design is to change, add the edge with "+
			"its reason to hack/rules/rooms.go", room, name))
	}
	return found
}
