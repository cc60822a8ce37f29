// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// Disconnect is a DISCONNECT packet (3.14).
type Disconnect struct {
	Code       mqtt.ReasonCode // always Success, Normal disconnection, in 3.x
	Properties Properties
}

// disconnectCodes are those of either side; which side may say what is not checked here.
var disconnectCodes = codes(mqtt.Success, mqtt.DisconnectWithWill, mqtt.UnspecifiedError,
	mqtt.MalformedPacket, mqtt.ProtocolError, mqtt.ImplementationSpecificError,
	mqtt.NotAuthorized, mqtt.ServerBusy, mqtt.ServerShuttingDown, mqtt.BadAuthenticationMethod,
	mqtt.KeepAliveTimeout, mqtt.SessionTakenOver, mqtt.TopicFilterInvalid, mqtt.TopicNameInvalid,
	mqtt.ReceiveMaximumExceeded, mqtt.TopicAliasInvalid, mqtt.PacketTooLarge,
	mqtt.MessageRateTooHigh, mqtt.QuotaExceeded, mqtt.AdministrativeAction,
	mqtt.PayloadFormatInvalid, mqtt.RetainNotSupported, mqtt.QoSNotSupported,
	mqtt.UseAnotherServer, mqtt.ServerMoved, mqtt.SharedSubscriptionsNotSupported,
	mqtt.ConnectionRateExceeded, mqtt.MaximumConnectTime,
	mqtt.SubscriptionIdentifiersNotSupported, mqtt.WildcardSubscriptionsNotSupported)

// Disconnect decodes a DISCONNECT. With 5.0 properties, or both they and the Reason Code, may be
// left out (3.14.2.1, 3.14.2.2.1).
func (d *Decoder) Disconnect(f Frame, into *Disconnect) (err error) {
	into.Code = mqtt.Success
	into.Properties.Reset()
	b := f.Body()
	if len(b) == 0 {
		return nil
	}
	if d.Version < mqtt.V50 {
		return leftOver(DISCONNECT)
	}
	into.Code, b = mqtt.ReasonCode(b[0]), b[1:]
	if !disconnectCodes.has(into.Code) {
		return badCode(DISCONNECT, into.Code) // [MQTT-3.14.2-1]
	}
	if len(b) == 0 {
		return nil
	}
	if b, err = d.properties(b, DISCONNECT, &into.Properties); err != nil {
		return err
	}
	if len(b) != 0 {
		return leftOver(DISCONNECT)
	}
	return nil
}

// AppendDisconnect appends c to dst in the form of version v, which for 5.0 is the shortest that
// says it. 3.x has no way to say Code; there only a Client sends DISCONNECT.
func AppendDisconnect(dst []byte, v mqtt.Version, c *Disconnect) ([]byte, error) {
	bare := c.Properties.Empty()
	if v < mqtt.V50 || c.Code == mqtt.Success && bare {
		return append(dst, DISCONNECT.first(), 0), nil
	}
	if bare {
		return append(dst, DISCONNECT.first(), 1, byte(c.Code)), nil
	}
	b := append(dst, DISCONNECT.first(), 0, byte(c.Code))
	b, err := c.Properties.append(b, DISCONNECT)
	if err != nil {
		return dst, err
	}
	return finish(b, dst)
}
