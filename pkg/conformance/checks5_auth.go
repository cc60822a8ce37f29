// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

import (
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
	"github.com/flashmq/flashmq/pkg/rawclient"
)

// checks5Auth are about enhanced authentication (4.12).
var checks5Auth = []Check{
	{Name: "unknown Authentication Method", Clauses: []string{"MQTT-4.12.0-1", "MQTT-4.12.0-4",
		"MQTT-3.1.4-2"}, Run: unknownMethod5},
	{Name: "no Authentication Method", Clauses: []string{"MQTT-4.12.0-6"}, Run: noMethod5},
	{Name: "AUTH without Authentication Method", Clauses: []string{"MQTT-4.12.0-7"},
		Run: authAlone5},
	{Name: "re-authentication without Authentication Method", Clauses: []string{"MQTT-4.12.1-1"},
		Run: reauthentication5},
}

func unknownMethod5(t *T) {
	refuseFirst5(t, rawclient.Connect(t.version, t.ID("a"), t.Login, method5),
		mqtt.BadAuthenticationMethod, mqtt.NotAuthorized)
	refuseFirst5(t, rawclient.Connect(t.version, t.ID("a"), t.Login, method5,
		func(p *packet.Connect) { p.Properties.SetAuthenticationData([]byte{0, 1}) }),
		mqtt.BadAuthenticationMethod, mqtt.NotAuthorized)
}

func noMethod5(t *T) {
	c, a := t.ConnectAnswer("a")
	if a.Properties.Has(packet.AuthenticationMethod) {
		t.Fatalf("CONNACK has the Authentication Method %q", a.Properties.AuthenticationMethod)
	}
	t.Silent(c, Moment) // no AUTH either
}

// auth5 is an AUTH with this Reason Code and an Authentication Method.
func auth5(code mqtt.ReasonCode) []byte {
	return frame(0xF0, []byte{byte(code)},
		block5(text5(packet.AuthenticationMethod, "conformance-unknown")))
}

func authAlone5(t *T) {
	refuseRows5(t, map[string][]byte{
		"success":                 frame(0xF0),
		"continue authentication": auth5(mqtt.ContinueAuthentication),
	}, append(wrong5, mqtt.BadAuthenticationMethod, mqtt.NotAuthorized)...)
}

func reauthentication5(t *T) {
	refuse5(t, auth5(mqtt.ReAuthenticate),
		append(wrong5, mqtt.BadAuthenticationMethod, mqtt.NotAuthorized)...)
}
