// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/servertest/scenario"
)

// sending is a PUBLISH an agent sent that is not acknowledged to the end.
type sending struct {
	id       mqtt.PacketID
	number   int
	released bool // PUBREL was sent
}

// agent is a good Client with a memory of its own, as the specification asks for: it publishes
// numbers to its own topic at one level, subscribes to everybody's topics at another, and keeps
// its state over connections.
type agent struct {
	t      *testing.T
	world  *scenario.World
	random *rand.Rand
	name   string
	// version is that of all its connections.
	version mqtt.Version
	conn    *scenario.Conn
	dials   int

	publishes  mqtt.QoS
	subscribes mqtt.QoS
	count      int
	under      []*sending
	lastID     mqtt.PacketID

	got     map[string][]int // what came newly, by topic
	holding map[mqtt.PacketID]bool
	aliases map[int]string // of the present connection
	answers [][]byte       // acknowledgements not sent yet, in order
}

func (a *agent) send(b []byte, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	a.conn.Send(b)
}

// connect makes a connection, without ending an older one: the Server has to.
func (a *agent) connect() {
	a.dials++
	x := &packet.Connect{Version: a.version, ClientID: []byte(a.name)}
	x.Properties.SetSessionExpiryInterval(100_000)
	x.Properties.SetReceiveMaximum(uint16(1 + a.random.IntN(8)))
	if a.random.IntN(2) == 0 {
		x.Properties.SetTopicAliasMaximum(uint16(a.random.IntN(4)))
	}
	a.conn = a.world.Dial(fmt.Sprintf("%s/%d", a.name, a.dials))
	a.conn.Version = a.version
	a.answers, a.aliases = nil, map[int]string{}
	a.send(packet.AppendConnect(nil, x))
	if a.dials == 1 {
		a.send(packet.AppendSubscribe(nil, a.version, &packet.Subscribe{ID: 1,
			Subscriptions: []mqtt.Subscription{{
				Filter: "from/+", Options: mqtt.SubscriptionOptions(a.subscribes),
			}}}))
		return
	}
	for _, s := range a.under { // [MQTT-4.4.0-1]
		if s.released {
			a.send(packet.AppendAck(nil, a.version, packet.PUBREL, &packet.Ack{ID: s.id}))
		} else {
			a.publishAgain(s, true)
		}
	}
}

func (a *agent) publish() {
	if len(a.under) >= 20 {
		return
	}
	a.count++
	a.lastID++
	for a.sending(a.lastID) != nil || a.lastID == 0 {
		a.lastID++
	}
	s := &sending{id: a.lastID, number: a.count}
	a.under = append(a.under, s)
	a.publishAgain(s, false)
}

func (a *agent) publishAgain(s *sending, dup bool) {
	a.send(packet.AppendPublish(nil, a.version, &packet.Publish{
		Topic: []byte("from/" + a.name), Payload: strconv.AppendInt(nil, int64(s.number), 10),
		QoS: a.publishes, ID: s.id, Dup: dup,
	}))
}

func (a *agent) sending(id mqtt.PacketID) *sending {
	for _, s := range a.under {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (a *agent) finished(id mqtt.PacketID) {
	for i, s := range a.under {
		if s.id == id {
			a.under = append(a.under[:i:i], a.under[i+1:]...)
			return
		}
	}
}

// receive looks at what came and prepares the answers. It returns whether there was anything.
func (a *agent) receive() bool {
	lines := a.conn.Take()
	for _, line := range lines {
		a.line(line)
	}
	return len(lines) > 0
}

func (a *agent) line(line string) {
	words := strings.Fields(line)
	id := mqtt.PacketID(number(words, "id="))
	switch words[0] {
	case "CONNACK":
		if present := len(words) > 1 && words[1] == "present"; present != (a.dials > 1) {
			a.t.Errorf("%s, connection %d: %s", a.name, a.dials, line)
		}
	case "PUBLISH":
		a.message(words, id)
	case "PUBREL":
		delete(a.holding, id)
		a.answer(packet.PUBCOMP, id)
	case "PUBACK", "PUBCOMP":
		a.finished(id)
	case "PUBREC":
		if s := a.sending(id); s != nil {
			s.released = true
		}
		a.answer(packet.PUBREL, id)
	case "SUBACK", "closed", "DISCONNECT":
	default:
		a.t.Errorf("%s got %s", a.name, line)
	}
}

func (a *agent) message(words []string, id mqtt.PacketID) {
	text, err := strconv.Unquote(words[len(words)-1])
	if err != nil {
		a.t.Fatal(err)
	}
	n, _ := strconv.Atoi(text)
	name, alias := words[1], number(words, "alias=")
	switch {
	case name == "(none)":
		name = a.aliases[alias]
	case alias != 0:
		a.aliases[alias] = name
	}
	switch number(words, "qos=") {
	case 1:
		a.answer(packet.PUBACK, id)
	case 2:
		a.answer(packet.PUBREC, id)
		if a.holding[id] {
			return
		}
		a.holding[id] = true
	}
	a.got[name] = append(a.got[name], n)
}

func (a *agent) answer(t packet.Type, id mqtt.PacketID) {
	b, err := packet.AppendAck(nil, a.version, t, &packet.Ack{ID: id})
	if err != nil {
		a.t.Fatal(err)
	}
	a.answers = append(a.answers, b)
}

// reply sends some of the prepared answers.
func (a *agent) reply(n int) {
	for range min(n, len(a.answers)) {
		a.conn.Send(a.answers[0])
		a.answers = a.answers[1:]
	}
}

// number reads a word such as id=5; 0 if there is none.
func number(words []string, name string) int {
	for _, w := range words {
		if value, ok := strings.CutPrefix(w, name); ok {
			n, _ := strconv.Atoi(value)
			return n
		}
	}
	return 0
}
