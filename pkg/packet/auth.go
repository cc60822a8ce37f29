// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import "github.com/flashmq/flashmq/pkg/mqtt"

// Auth is an AUTH packet (3.15), which only 5.0 has.
type Auth struct {
	Code       mqtt.ReasonCode
	Properties Properties
}

var authCodes = codes(mqtt.Success, mqtt.ContinueAuthentication, mqtt.ReAuthenticate)

// Auth decodes an AUTH. Reason Code and properties are either both there or neither (3.15.2.1).
func (d *Decoder) Auth(f Frame, into *Auth) (err error) {
	if d.Version < mqtt.V50 {
		return malformed("packet type 15 in MQTT " + d.Version.String())
	}
	into.Code = mqtt.Success
	into.Properties.Reset()
	b := f.Body()
	if len(b) == 0 {
		return nil
	}
	into.Code = mqtt.ReasonCode(b[0])
	if !authCodes.has(into.Code) {
		return malformed("unknown Reason Code of AUTH") // [MQTT-3.15.2-1]; FlashMQ: 0x81
	}
	if b, err = d.properties(b[1:], AUTH, &into.Properties); err != nil {
		return err
	}
	if len(b) != 0 {
		return leftOver(AUTH)
	}
	return checkAuthentication(&into.Properties)
}

// AppendAuth appends a to dst.
func AppendAuth(dst []byte, a *Auth) ([]byte, error) {
	if a.Code == mqtt.Success && a.Properties.Empty() {
		return append(dst, AUTH.first(), 0), nil
	}
	b := append(dst, AUTH.first(), 0, byte(a.Code))
	b, err := a.Properties.append(b, AUTH)
	if err != nil {
		return dst, err
	}
	return finish(b, dst)
}
