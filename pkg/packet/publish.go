// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Publish is a PUBLISH packet (3.3).
type Publish struct {
	Topic      []byte // the Topic Name; may be empty, may hold wildcards: not checked here
	Payload    []byte
	ID         mqtt.PacketID // 0 at QoS 0
	QoS        mqtt.QoS
	Dup        bool
	Retain     bool
	Properties Properties
}

// PublishFlags are the lower four bits of a PUBLISH's first byte (3.3.1): DUP, two of QoS, RETAIN.
type PublishFlags uint8

// From the specification (3.3.1).
const (
	FlagRetain PublishFlags = 0x01
	flagQoS    PublishFlags = 0x06
	FlagDup    PublishFlags = 0x08
)

// Level returns the flags of a PUBLISH of the level q, without DUP and RETAIN.
func Level(q mqtt.QoS) PublishFlags { return PublishFlags(q << 1) }

// QoS is the level.
func (f PublishFlags) QoS() mqtt.QoS { return mqtt.QoS(f & flagQoS >> 1) }

// Retain reports whether RETAIN is set.
func (f PublishFlags) Retain() bool { return f&FlagRetain != 0 }

// Dup reports whether DUP is set.
func (f PublishFlags) Dup() bool { return f&FlagDup != 0 }

// first is the first byte of the packet.
func (f PublishFlags) first() byte { return byte(PUBLISH)<<4 | byte(f) }

// Publish decodes a PUBLISH. It is on the hot path: QoS 0 without properties allocates nothing.
func (d *Decoder) Publish(f Frame, into *Publish) error {
	flags := PublishFlags(f.Flags())
	if badPublishFlags>>flags&1 != 0 {
		return checkPublishFlags(f.Flags())
	}
	into.QoS, into.Dup, into.Retain = flags.QoS(), flags.Dup(), flags.Retain()
	topic, b, err := d.takeString(f.Body(), "Topic Name")
	if err != nil {
		return err
	}
	into.Topic = topic
	into.ID = 0
	if into.QoS != mqtt.AtMostOnce {
		if into.ID, b, err = takeID(b); err != nil {
			return err // [MQTT-2.2.1-2]
		}
	}
	into.Properties.present = 0
	if d.Version >= mqtt.V50 {
		if b, err = d.properties(b, PUBLISH, &into.Properties); err != nil {
			return err
		}
	}
	into.Payload = b
	return nil
}

// AppendPublish appends p to dst in the form of version v.
func AppendPublish(dst []byte, v mqtt.Version, p *Publish) ([]byte, error) {
	b := append(dst, p.flags().first(), 0)
	b, err := appendField(b, p.Topic)
	if err != nil {
		return dst, err
	}
	if p.QoS != mqtt.AtMostOnce {
		b = binary.BigEndian.AppendUint16(b, uint16(p.ID))
	}
	if v >= mqtt.V50 {
		if b, err = p.Properties.append(b, PUBLISH); err != nil {
			return dst, err
		}
	}
	if b, err = closeLength(b, len(dst)+1, len(p.Payload)); err != nil {
		return dst, err
	}
	return append(b, p.Payload...), nil
}

func (p *Publish) flags() PublishFlags {
	f := Level(p.QoS)
	if p.Retain {
		f |= FlagRetain
	}
	if p.Dup {
		f |= FlagDup
	}
	return f
}
