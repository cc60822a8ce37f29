// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Ack is a PUBACK, PUBREC, PUBREL or PUBCOMP packet (3.4 to 3.7); they look alike.
type Ack struct {
	ID         mqtt.PacketID
	Code       mqtt.ReasonCode // always Success in 3.x
	Properties Properties
}

// receiptCodes are those of PUBACK and PUBREC, releaseCodes those of PUBREL and PUBCOMP.
var (
	receiptCodes = codes(mqtt.Success, mqtt.NoMatchingSubscribers, mqtt.UnspecifiedError,
		mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicNameInvalid,
		mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.PayloadFormatInvalid)
	releaseCodes = codes(mqtt.Success, mqtt.PacketIdentifierNotFound)
)

// Ack decodes a PUBACK, PUBREC, PUBREL or PUBCOMP. It is on the hot path: what comes without
// properties allocates nothing.
func (d *Decoder) Ack(f Frame, into *Ack) error {
	if err := d.checkDup(f); err != nil {
		return err
	}
	id, b, err := takeID(f.Body())
	if err != nil {
		return err
	}
	into.ID, into.Code = id, mqtt.Success
	into.Properties.present = 0
	if len(b) == 0 {
		return nil // with 5.0 the short form of Success (3.4.2.1)
	}
	if d.Version < mqtt.V50 {
		return leftOver(f.Type)
	}
	return d.ackReason(f.Type, b, into)
}

// ackReason reads Reason Code and properties; the latter may be left out (3.4.2.2.1).
func (d *Decoder) ackReason(t Type, b []byte, into *Ack) (err error) {
	into.Code, b = mqtt.ReasonCode(b[0]), b[1:]
	allowed := &receiptCodes
	if t == PUBREL || t == PUBCOMP {
		allowed = &releaseCodes
	}
	if !allowed.has(into.Code) {
		return badCode(t, into.Code) // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
	}
	if len(b) == 0 {
		return nil
	}
	if b, err = d.properties(b, t, &into.Properties); err != nil {
		return err
	}
	if len(b) != 0 {
		return leftOver(t)
	}
	return nil
}

// AppendAck appends a as a packet of type t in the form of version v, which for 5.0 is the
// shortest that says it. 3.x has no way to say Code.
func AppendAck(dst []byte, v mqtt.Version, t Type, a *Ack) ([]byte, error) {
	if v < mqtt.V50 || a.Code == mqtt.Success && a.Properties.Empty() {
		return append(dst, t.first(), 2, byte(a.ID>>8), byte(a.ID)), nil
	}
	b := binary.BigEndian.AppendUint16(append(dst, t.first(), 0), uint16(a.ID))
	b = append(b, byte(a.Code))
	if !a.Properties.Empty() {
		var err error
		if b, err = a.Properties.append(b, t); err != nil {
			return dst, err
		}
	}
	return finish(b, dst)
}
