// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Unsuback is an UNSUBACK packet (3.11).
type Unsuback struct {
	ID         mqtt.PacketID
	Properties Properties
	Codes      []mqtt.ReasonCode // one for each Topic Filter, none in 3.x; reused
}

var unsubackCodes = codes(mqtt.Success, mqtt.NoSubscriptionExisted, mqtt.UnspecifiedError,
	mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
	mqtt.PacketIdentifierInUse)

// Unsuback decodes an UNSUBACK.
func (d *Decoder) Unsuback(f Frame, into *Unsuback) error {
	id, b, err := takeID(f.Body())
	if err != nil {
		return err
	}
	into.ID = id
	into.Codes = into.Codes[:0]
	into.Properties.Reset()
	if d.Version < mqtt.V50 {
		if len(b) != 0 {
			return leftOver(UNSUBACK)
		}
		return nil
	}
	if b, err = d.properties(b, UNSUBACK, &into.Properties); err != nil {
		return err
	}
	into.Codes, err = takeCodes(b, UNSUBACK, &unsubackCodes, into.Codes)
	return err
}

// AppendUnsuback appends u to dst in the form of version v; 3.x has no way to say Codes.
func AppendUnsuback(dst []byte, v mqtt.Version, u *Unsuback) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(append(dst, UNSUBACK.first(), 0), uint16(u.ID))
	if v >= mqtt.V50 {
		var err error
		if b, err = u.Properties.append(b, UNSUBACK); err != nil {
			return dst, err
		}
		for _, c := range u.Codes {
			b = append(b, byte(c))
		}
	}
	return finish(b, dst)
}
