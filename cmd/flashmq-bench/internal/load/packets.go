// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// sessionExpiry is how long a 5.0 broker keeps the Session of an offline client, in seconds.
const sessionExpiry = 3600

// greet sends CONNECT.
func (l *loop) greet(c *conn) {
	id := strconv.AppendUint([]byte("bench-"), uint64(c.number), 10)
	connect := packet.Connect{
		Version: l.options.Version, CleanStart: c.clean, ClientID: id, KeepAlive: c.keepAlive,
		HasUsername: l.options.Username != "", Username: []byte(l.options.Username),
		HasPassword: l.options.Password != "", Password: []byte(l.options.Password),
	}
	if !c.clean && l.options.Version == mqtt.V50 {
		connect.Properties.SetSessionExpiryInterval(sessionExpiry)
	}
	b, err := packet.AppendConnect(l.out[:0], &connect)
	if err != nil {
		l.lose(c, err)
		return
	}
	c.state = greeting
	l.write(c, b)
}

// Ours: Topic Filters of one SUBSCRIBE, so that it is no larger than any broker takes.
const mostFilters = 200

// asks is how many Topic Filters are in c's SUBSCRIBE that is under way, or else in its next one.
func (l *loop) asks(c *conn) int {
	return min(max(1, l.options.Topics)-c.granted, mostFilters)
}

// ask sends SUBSCRIBE for what c does not have yet, or the beginning of it.
func (l *loop) ask(c *conn) {
	options := mqtt.SubscriptionOptions(0).WithQoS(l.options.QoS)
	s := packet.Subscribe{ID: mqtt.PacketID(c.takeID())}
	for i := range l.asks(c) {
		filter := c.filter
		if number := c.granted + i; number > 0 {
			// Made only now: a million of them are not kept.
			filter = subscription(l.options, c.hears.group.number, number)
		}
		s.Subscriptions = append(s.Subscriptions,
			mqtt.Subscription{Filter: filter, Options: options})
	}
	b, err := packet.AppendSubscribe(l.out[:0], l.options.Version, &s)
	if err != nil {
		l.lose(c, err)
		return
	}
	l.out = b[:0]
	c.state = asking
	l.write(c, b)
}

// dismiss sends DISCONNECT. The broker has to close then, so that its end waits for late packets
// and ours can use the port again.
func (l *loop) dismiss(c *conn) {
	c.dismissed = true
	b, err := packet.AppendDisconnect(l.out[:0], l.options.Version, &packet.Disconnect{})
	if err != nil {
		l.lose(c, err)
		return
	}
	l.write(c, b)
}

func (c *conn) takeID() uint16 {
	id := c.nextID
	c.nextID++
	if c.nextID == 0 {
		c.nextID = 1 // [MQTT-2.2.1-3]
	}
	return id
}

// refusal says why a broker said no.
func refusal(v mqtt.Version, code byte) error {
	if v == mqtt.V50 {
		return fmt.Errorf("the broker refuses: %v (0x%02X)", mqtt.ReasonCode(code), code)
	}
	meaning := []string{1: "unacceptable protocol version", 2: "identifier rejected",
		3: "server unavailable", 4: "bad user name or password", 5: "not authorized"}
	if int(code) < len(meaning) && meaning[code] != "" {
		return fmt.Errorf("the broker refuses: %s", meaning[code])
	}
	return fmt.Errorf("the broker refuses with return code %d", code)
}

// Reasons to close.
var (
	errClosed    = errors.New("the broker closed the connection")
	errTooLarge  = errors.New("the broker sent a packet larger than anything it was sent")
	errMalformed = errors.New("the broker sent a packet that makes no sense")
	errLeft      = errors.New("the broker sent DISCONNECT")
)

// template is a PUBLISH to be stamped.
type template struct {
	bytes   []byte
	id      int    // where the Packet Identifier stands; 0: QoS 0, there is none
	payload int    // where the payload begins
	topics  uint32 // to how many it is sent in turn; 0: to one
	number  int    // where the number of the topic begins
	behind  int    // and where it ends
}

func newTemplate(o *Options, topic string, retain bool) (template, error) {
	payload := make([]byte, o.Size)
	for i := range payload {
		payload[i] = 'a' + byte(i%26)
	}
	p := packet.Publish{Topic: []byte(topic), Payload: payload, QoS: o.QoS, Retain: retain}
	if o.QoS > 0 {
		p.ID = 1
	}
	b, err := packet.AppendPublish(nil, o.Version, &p)
	if err != nil {
		return template{}, fmt.Errorf("load: cannot make a PUBLISH of %d bytes: %w", o.Size, err)
	}
	t := template{bytes: b, payload: len(b) - o.Size}
	end := t.payload
	if o.Version == mqtt.V50 {
		end-- // the length of the properties, of which there are none
	}
	if o.QoS > 0 {
		end -= 2
		t.id = end
	}
	if o.Topics > 1 {
		t.topics = uint32(o.Topics)
		t.behind = end - len(behindNumber)
		t.number = t.behind - digits(o)
	}
	return t, nil
}

// stamp appends one PUBLISH to b.
func (t *template) stamp(b []byte, id uint16, publisher, sequence uint32, due int64) []byte {
	start := len(b)
	b = append(b, t.bytes...)
	if t.id != 0 {
		binary.BigEndian.PutUint16(b[start+t.id:], id)
	}
	if t.topics != 0 {
		t.address(b[start:], sequence%t.topics)
	}
	p := b[start+t.payload:]
	binary.LittleEndian.PutUint32(p, publisher)
	binary.LittleEndian.PutUint32(p[4:], sequence)
	binary.LittleEndian.PutUint64(p[8:], uint64(due))
	return b
}

// address writes the number of a topic over that in a PUBLISH, which has as many digits.
func (t *template) address(publish []byte, topic uint32) {
	digits := publish[t.number:t.behind]
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = '0' + byte(topic%10)
		topic /= 10
	}
}
