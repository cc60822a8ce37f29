// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Connect is a CONNECT packet (3.1).
type Connect struct {
	// Version is the Protocol Level, known even when Connect reports it as unsupported.
	Version mqtt.Version
	// Bridge is the upper bit of the level byte, by which bridges make themselves known.
	// FlashMQ: for level 5 as well.
	Bridge     bool
	CleanStart bool   // Clean Session in 3.x
	KeepAlive  uint16 // seconds
	ClientID   []byte
	Properties Properties

	Will           bool // the fields named Will count only then
	WillQoS        mqtt.QoS
	WillRetain     bool
	WillTopic      []byte
	WillPayload    []byte
	WillProperties Properties

	HasUsername bool
	HasPassword bool
	Username    []byte
	Password    []byte
}

// From the specification: the Connect Flags (3.1.2.3), and what bridges add to the level.
const (
	connectReserved   = 0x01
	connectCleanStart = 0x02
	connectWill       = 0x04
	connectWillQoS    = 0x18
	connectWillRetain = 0x20
	connectPassword   = 0x40
	connectUsername   = 0x80

	bridgeLevel = 0x80
)

// Connect decodes a CONNECT and takes its version for the packets that follow.
func (d *Decoder) Connect(f Frame, into *Connect) error {
	b, err := into.takeVersion(f.Body())
	if err != nil {
		return err
	}
	d.Version = into.Version
	if b, err = into.takeFlags(b); err != nil {
		return err
	}
	into.Properties.Reset()
	if d.Version >= mqtt.V50 {
		if b, err = d.properties(b, CONNECT, &into.Properties); err != nil {
			return err
		}
		if err = checkAuthentication(&into.Properties); err != nil {
			return err
		}
	}
	if into.ClientID, b, err = d.takeString(b, "Client Identifier"); err != nil {
		return err
	}
	if b, err = d.takeWill(b, into); err != nil {
		return err
	}
	if b, err = d.takeCredentials(b, into); err != nil {
		return err
	}
	if len(b) != 0 {
		return leftOver(CONNECT)
	}
	return nil
}

// takeVersion reads Protocol Name and Protocol Level.
func (c *Connect) takeVersion(b []byte) (rest []byte, err error) {
	name, b, ok := takeBinary(b)
	if !ok {
		return nil, truncated("Protocol Name")
	}
	c.Version, c.Bridge = 0, false
	if string(name) != "MQTT" && string(name) != "MQIsdp" {
		return nil, malformed("unknown Protocol Name") // [MQTT-3.1.2-1]
	}
	if len(b) < 1 {
		return nil, truncated("Protocol Level")
	}
	c.Version, c.Bridge = mqtt.Version(b[0]&^bridgeLevel), b[0]&bridgeLevel != 0
	known := c.Version == mqtt.V31
	if string(name) == "MQTT" {
		known = c.Version == mqtt.V311 || c.Version == mqtt.V50
	}
	if !known {
		return nil, mqtt.Errorf(mqtt.UnsupportedProtocolVersion,
			"Protocol Level %d of %s", c.Version, name) // [MQTT-3.1.2-2]
	}
	return b[1:], nil
}

// takeFlags reads Connect Flags and Keep Alive.
func (c *Connect) takeFlags(b []byte) (rest []byte, err error) {
	if len(b) < 3 {
		return nil, truncated("Keep Alive")
	}
	flags := b[0]
	c.CleanStart = flags&connectCleanStart != 0
	c.Will = flags&connectWill != 0
	c.WillQoS = mqtt.QoS(flags & connectWillQoS >> 3)
	c.WillRetain = flags&connectWillRetain != 0
	c.HasPassword = flags&connectPassword != 0
	c.HasUsername = flags&connectUsername != 0
	c.KeepAlive = binary.BigEndian.Uint16(b[1:])
	return b[3:], c.checkFlags(flags)
}

func (c *Connect) checkFlags(flags byte) error {
	if c.Version == mqtt.V31 && !c.Will {
		c.WillQoS, c.WillRetain = 0, false // disregarded (V3.1, 3.1)
		flags &^= connectWillQoS | connectWillRetain
	}
	switch {
	case flags&connectReserved != 0:
		return malformed("reserved Connect Flag set") // [MQTT-3.1.2-3]
	case !c.WillQoS.Valid():
		return malformed("Will QoS 3") // [MQTT-3.1.2-12]
	case !c.Will && flags&(connectWillQoS|connectWillRetain) != 0:
		return protocol("Will QoS or Will Retain without Will") // [MQTT-3.1.2-11] [-13]
	case c.Version < mqtt.V50 && c.HasPassword && !c.HasUsername:
		return malformed("Password without User Name") // 3.1.1: [MQTT-3.1.2-22]
	}
	return nil
}

// takeWill reads the Will Properties, Topic and Payload, where there is a Will.
func (d *Decoder) takeWill(b []byte, into *Connect) (rest []byte, err error) {
	into.WillTopic, into.WillPayload = nil, nil
	into.WillProperties.Reset()
	if !into.Will {
		return b, nil
	}
	if d.Version >= mqtt.V50 {
		if b, err = d.properties(b, will, &into.WillProperties); err != nil {
			return nil, err
		}
	}
	if into.WillTopic, b, err = d.takeString(b, "Will Topic"); err != nil {
		return nil, err
	}
	payload, b, ok := takeBinary(b)
	if !ok {
		return nil, truncated("Will Payload")
	}
	into.WillPayload = payload
	return b, nil
}

// takeCredentials reads User Name and Password, where there are any.
func (d *Decoder) takeCredentials(b []byte, into *Connect) (rest []byte, err error) {
	into.Username, into.Password = nil, nil
	if d.Version == mqtt.V31 { // the Remaining Length counts more than the flags (V3.1, 3.1)
		into.HasUsername = into.HasUsername && len(b) > 0
	}
	if into.HasUsername {
		if into.Username, b, err = d.takeString(b, "User Name"); err != nil {
			return nil, err // [MQTT-3.1.3-12]
		}
	}
	if d.Version == mqtt.V31 {
		into.HasPassword = into.HasPassword && len(b) > 0
	}
	if into.HasPassword {
		password, after, ok := takeBinary(b)
		if !ok {
			return nil, truncated("Password")
		}
		into.Password, b = password, after
	}
	return b, nil
}

// AppendConnect appends c to dst.
func AppendConnect(dst []byte, c *Connect) ([]byte, error) {
	b := append(dst, CONNECT.first(), 0)
	b = c.appendHeader(b)
	var err error
	if c.Version >= mqtt.V50 {
		if b, err = c.Properties.append(b, CONNECT); err != nil {
			return dst, err
		}
	}
	if b, err = appendField(b, c.ClientID); err != nil {
		return dst, err
	}
	if c.Will {
		if b, err = c.appendWill(b); err != nil {
			return dst, err
		}
	}
	if c.HasUsername {
		if b, err = appendField(b, c.Username); err != nil {
			return dst, err
		}
	}
	if c.HasPassword {
		if b, err = appendField(b, c.Password); err != nil {
			return dst, err
		}
	}
	return finish(b, dst)
}

// appendHeader appends Protocol Name, Protocol Level, Connect Flags and Keep Alive.
func (c *Connect) appendHeader(b []byte) []byte {
	if c.Version == mqtt.V31 {
		b = append(b, "\x00\x06MQIsdp"...)
	} else {
		b = append(b, "\x00\x04MQTT"...)
	}
	level := byte(c.Version)
	if c.Bridge {
		level |= bridgeLevel
	}
	b = append(b, level, c.flags())
	return binary.BigEndian.AppendUint16(b, c.KeepAlive)
}

func (c *Connect) flags() (flags byte) {
	if c.CleanStart {
		flags |= connectCleanStart
	}
	if c.Will {
		flags |= connectWill | byte(c.WillQoS)<<3
		if c.WillRetain {
			flags |= connectWillRetain
		}
	}
	if c.HasPassword {
		flags |= connectPassword
	}
	if c.HasUsername {
		flags |= connectUsername
	}
	return flags
}

func (c *Connect) appendWill(b []byte) (_ []byte, err error) {
	if c.Version >= mqtt.V50 {
		if b, err = c.WillProperties.append(b, will); err != nil {
			return nil, err
		}
	}
	if b, err = appendField(b, c.WillTopic); err != nil {
		return nil, err
	}
	return appendField(b, c.WillPayload)
}
