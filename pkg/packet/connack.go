// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// Connack is a CONNACK packet (3.2).
type Connack struct {
	SessionPresent bool
	Code           mqtt.ReasonCode // in 3.x the Reason Code that says the same as the return code
	Properties     Properties
}

var connackCodes = codes(mqtt.Success, mqtt.UnspecifiedError, mqtt.MalformedPacket,
	mqtt.ProtocolError, mqtt.ImplementationSpecificError, mqtt.UnsupportedProtocolVersion,
	mqtt.ClientIdentifierNotValid, mqtt.BadUserNameOrPassword, mqtt.NotAuthorized,
	mqtt.ServerUnavailable, mqtt.ServerBusy, mqtt.Banned, mqtt.BadAuthenticationMethod,
	mqtt.TopicNameInvalid, mqtt.PacketTooLarge, mqtt.QuotaExceeded, mqtt.PayloadFormatInvalid,
	mqtt.RetainNotSupported, mqtt.QoSNotSupported, mqtt.UseAnotherServer, mqtt.ServerMoved,
	mqtt.ConnectionRateExceeded)

// returnCodes are the Reason Codes that 3.x has CONNACK return codes for; the index is the return
// code (3.1.1, 3.2.2.3).
var returnCodes = [...]mqtt.ReasonCode{
	mqtt.Success,
	mqtt.UnsupportedProtocolVersion,
	mqtt.ClientIdentifierNotValid,
	mqtt.ServerUnavailable,
	mqtt.BadUserNameOrPassword,
	mqtt.NotAuthorized,
}

// Connack decodes a CONNACK.
func (d *Decoder) Connack(f Frame, into *Connack) error {
	b := f.Body()
	if len(b) < 2 {
		return truncated("CONNACK")
	}
	flags, code := b[0], b[1]
	if d.Version == mqtt.V31 {
		flags = 0 // unused, whatever it says
	}
	if flags > 1 {
		return malformed("reserved Connect Acknowledge Flag set") // [MQTT-3.2.2-1]
	}
	into.SessionPresent = flags == 1
	into.Properties.Reset()
	if d.Version < mqtt.V50 {
		if int(code) >= len(returnCodes) {
			return malformed("reserved CONNACK return code")
		}
		into.Code, b = returnCodes[code], b[2:]
	} else {
		into.Code = mqtt.ReasonCode(code)
		if !connackCodes.has(into.Code) {
			return badCode(CONNACK, into.Code) // [MQTT-3.2.2-8]
		}
		var err error
		if b, err = d.properties(b[2:], CONNACK, &into.Properties); err != nil {
			return err
		}
	}
	switch {
	case len(b) != 0:
		return leftOver(CONNACK)
	case into.SessionPresent && into.Code != mqtt.Success:
		return protocol("Session Present in a CONNACK that refuses") // [MQTT-3.2.2-6]
	}
	return checkAuthentication(&into.Properties)
}

// AppendConnack appends c to dst in the form of version v, which may be an unsupported one: 5.0
// from level 5 on. For 3.x the error is ErrNoReturnCode when c.Code has no return code there; the
// caller then closes the Network Connection without a CONNACK.
func AppendConnack(dst []byte, v mqtt.Version, c *Connack) ([]byte, error) {
	var flags byte
	if c.SessionPresent && c.Code == mqtt.Success && v != mqtt.V31 {
		flags = 1 // [MQTT-3.2.2-6]; in 3.1 the byte is unused
	}
	if v < mqtt.V50 {
		for code, reason := range returnCodes {
			if reason == c.Code {
				return append(dst, CONNACK.first(), 2, flags, byte(code)), nil
			}
		}
		return dst, ErrNoReturnCode
	}
	b := append(dst, CONNACK.first(), 0, flags, byte(c.Code))
	b, err := c.Properties.append(b, CONNACK)
	if err != nil {
		return dst, err
	}
	return finish(b, dst)
}
