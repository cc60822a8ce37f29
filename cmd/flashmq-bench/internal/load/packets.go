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

// ask sends SUBSCRIBE.
func (l *loop) ask(c *conn) {
	options := mqtt.SubscriptionOptions(0).WithQoS(l.options.QoS)
	b, err := packet.AppendSubscribe(l.out[:0], l.options.Version, &packet.Subscribe{
		ID:            mqtt.PacketID(c.takeID()),
		Subscriptions: []mqtt.Subscription{{Filter: c.filter, Options: options}},
	})
	if err != nil {
		l.lose(c, err)
		return
	}
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
	id      int // where the Packet Identifier stands; 0: QoS 0, there is none
	payload int // where the payload begins
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
	if o.QoS > 0 {
		t.id = t.payload - 2
		if o.Version == mqtt.V50 {
			t.id-- // the length of the properties, of which there are none
		}
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
	p := b[start+t.payload:]
	binary.LittleEndian.PutUint32(p, publisher)
	binary.LittleEndian.PutUint32(p[4:], sequence)
	binary.LittleEndian.PutUint64(p[8:], uint64(due))
	return b
}
