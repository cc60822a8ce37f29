// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"encoding/binary"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// Suback is a SUBACK packet (3.9).
type Suback struct {
	ID         mqtt.PacketID
	Properties Properties
	Codes      []mqtt.ReasonCode // one for each Topic Filter; reused from decode to decode
}

var (
	subackCodes = codes(mqtt.Success, mqtt.GrantedQoS1, mqtt.GrantedQoS2, mqtt.UnspecifiedError,
		mqtt.ImplementationSpecificError, mqtt.NotAuthorized, mqtt.TopicFilterInvalid,
		mqtt.PacketIdentifierInUse, mqtt.QuotaExceeded, mqtt.SharedSubscriptionsNotSupported,
		mqtt.SubscriptionIdentifiersNotSupported, mqtt.WildcardSubscriptionsNotSupported)
	// subackReturnCodes are those of 3.1.1 (3.9.3).
	subackReturnCodes = codes(mqtt.Success, mqtt.GrantedQoS1, mqtt.GrantedQoS2,
		mqtt.UnspecifiedError)
)

// Suback decodes a SUBACK.
func (d *Decoder) Suback(f Frame, into *Suback) error {
	id, b, err := takeID(f.Body())
	if err != nil {
		return err
	}
	into.ID = id
	into.Properties.Reset()
	allowed := &subackReturnCodes
	if d.Version >= mqtt.V50 {
		allowed = &subackCodes
		if b, err = d.properties(b, SUBACK, &into.Properties); err != nil {
			return err
		}
	}
	into.Codes, err = takeCodes(b, SUBACK, allowed, into.Codes[:0])
	return err
}

// takeCodes appends to into the Reason Codes that b consists of; there must be one at least.
func takeCodes(
	b []byte, t Type, allowed *codeSet, into []mqtt.ReasonCode,
) ([]mqtt.ReasonCode, error) {
	if len(b) == 0 {
		return into, protocol(t.String() + " without a Reason Code")
	}
	for _, c := range b {
		code := mqtt.ReasonCode(c)
		if !allowed.has(code) {
			return into, badCode(t, code) // [MQTT-3.9.3-2] [MQTT-3.11.3-2]
		}
		into = append(into, code)
	}
	return into, nil
}

// AppendSuback appends s to dst in the form of version v. 3.1.1 has only one failure, 0x80, which
// stands for all of them; 3.1 has none, so there the caller must not ask for one.
func AppendSuback(dst []byte, v mqtt.Version, s *Suback) ([]byte, error) {
	b := binary.BigEndian.AppendUint16(append(dst, SUBACK.first(), 0), uint16(s.ID))
	if v >= mqtt.V50 {
		var err error
		if b, err = s.Properties.append(b, SUBACK); err != nil {
			return dst, err
		}
	}
	for _, c := range s.Codes {
		if v == mqtt.V311 && c.Failed() {
			c = mqtt.UnspecifiedError
		}
		b = append(b, byte(c))
	}
	return finish(b, dst)
}
