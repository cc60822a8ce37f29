// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Unsubscribe is an UNSUBSCRIBE packet (3.10). The Filters borrow from the packet; the slice is
// reused from decode to decode.
type Unsubscribe struct {
	ID         mqtt.PacketID
	Properties Properties
	Filters    []string
}

// Unsubscribe decodes an UNSUBSCRIBE. Whether a Topic Filter is a good one is not checked here.
func (d *Decoder) Unsubscribe(f Frame, into *Unsubscribe) error {
	if err := d.checkDup(f); err != nil {
		return err
	}
	id, b, err := takeID(f.Body())
	if err != nil {
		return err
	}
	into.ID = id
	into.Filters = into.Filters[:0]
	into.Properties.Reset()
	if d.Version >= mqtt.V50 {
		if b, err = d.properties(b, UNSUBSCRIBE, &into.Properties); err != nil {
			return err
		}
	}
	if len(b) == 0 {
		return protocol("UNSUBSCRIBE without a Topic Filter") // [MQTT-3.10.3-2]
	}
	for len(b) > 0 {
		if err = d.checkFilters(len(into.Filters)); err != nil {
			return err
		}
		var filter []byte
		if filter, b, err = d.takeFilter(b); err != nil {
			return err
		}
		into.Filters = append(into.Filters, mqtt.Borrow(filter))
	}
	return nil
}

// AppendUnsubscribe appends u to dst in the form of version v.
func AppendUnsubscribe(dst []byte, v mqtt.Version, u *Unsubscribe) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(append(dst, UNSUBSCRIBE.first(), 0), uint16(u.ID))
	var err error
	if v >= mqtt.V50 {
		if b, err = u.Properties.append(b, UNSUBSCRIBE); err != nil {
			return dst, err
		}
	}
	for _, filter := range u.Filters {
		if b, err = appendText(b, filter); err != nil {
			return dst, err
		}
	}
	return finish(b, dst)
}
