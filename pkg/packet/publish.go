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

// From the specification: the PUBLISH flags (3.3.1).
const (
	publishRetain = 0x01
	publishQoS    = 0x06
	publishDup    = 0x08
)

// Publish decodes a PUBLISH. It is on the hot path: QoS 0 without properties allocates nothing.
func (d *Decoder) Publish(f Frame, into *Publish) error {
	if badPublishFlags>>f.Flags&1 != 0 {
		return checkPublishFlags(f.Flags)
	}
	into.Retain = f.Flags&publishRetain != 0
	into.QoS = mqtt.QoS(f.Flags & publishQoS >> 1)
	into.Dup = f.Flags&publishDup != 0
	topic, b, err := d.takeString(f.Body, "Topic Name")
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
	b := append(dst, p.first(), 0)
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

// first is the first byte of the packet.
func (p *Publish) first() byte {
	b := byte(PUBLISH)<<4 | byte(p.QoS)<<1
	if p.Retain {
		b |= publishRetain
	}
	if p.Dup {
		b |= publishDup
	}
	return b
}
