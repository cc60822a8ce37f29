// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package simulation

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// kind says who listens to a stream.
type kind uint8

const (
	plain    kind = iota // everybody who likes
	shared               // the groups
	retained             // whoever looks at the retained messages
)

// stream is what one actor publishes on one topic at one quality of service: messages numbered from
// 0. Except for its atomic fields it belongs to the publisher until all have come to rest.
type stream struct {
	topic     string
	publisher int
	qos       mqtt.QoS
	kind      kind
	messages  []message
	// begun and done count the messages of a retained stream, of which one is under way at a time.
	begun, done atomic.Int64
}

// message is what its publisher knows about it. Instants are those of world.now.
type message struct {
	begun int64 // before the first byte was written
	done  int64 // the Server has it: acknowledged, or at QoS 0 fenced; 0: nobody knows
	epoch int32 // connection of the publisher on which it was acknowledged
}

// A retained stream deletes its message now and then.
func deletes(n int) bool { return n%4 == 3 }

// payload of the message n as sent on a connection: every transmission of a QoS 1 message is told
// from the others.
func payload(st *stream, n int, epoch int32, padding int) []byte {
	if st.kind == retained && deletes(n) {
		return nil
	}
	b := fmt.Appendf(make([]byte, 0, 24+padding), "%d %d ", n, epoch)
	return append(b, make([]byte, padding)...)
}

// parse is the opposite of payload.
func parse(b []byte) (n int, epoch int32, err error) {
	number, rest, ok := strings.Cut(string(b[:min(len(b), 24)]), " ")
	connection, _, also := strings.Cut(rest, " ")
	if !ok || !also {
		return 0, 0, fmt.Errorf("simulation: payload %.24q is none of ours", b)
	}
	n, err = strconv.Atoi(number)
	if err != nil {
		return 0, 0, err
	}
	e, err := strconv.ParseInt(connection, 10, 32)
	return n, int32(e), err
}

// matches is the oracle's own opinion about filters and names (4.7.1). Names here never begin with
// '$'.
func matches(filter, name string) bool {
	f, n := strings.Split(filter, "/"), strings.Split(name, "/")
	for i, level := range f {
		if level == "#" {
			return true
		}
		if i >= len(n) || level != "+" && level != n[i] {
			return false
		}
	}
	return len(f) == len(n)
}
