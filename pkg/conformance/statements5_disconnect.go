// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// DISCONNECT and AUTH (3.14, 3.15).
var statements5Disconnect = []Statement{
	{
		Clause: "MQTT-3.14.0-1", Binds: Server,
		Text: "The Server sends DISCONNECT only after a CONNACK that accepted.",
	},
	{Clause: "MQTT-3.14.1-1", Binds: Both, Text: "DISCONNECT with reserved bits set is malformed."},
	{
		Clause: "MQTT-3.14.2-1", Binds: Both,
		Text: "The Reason Code of DISCONNECT is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.14.2-2", Binds: Server,
		Text: "DISCONNECT of the Server has no Session Expiry Interval.",
	},
	{
		Clause: "MQTT-3.14.2-3", Binds: Both,
		Text: "DISCONNECT has no Reason String if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.14.2-4", Binds: Both,
		Text: "DISCONNECT has no User Property if that would make it too large for the receiver.",
	},
	{Clause: "MQTT-3.14.4-1", Binds: Both, Text: "Whoever has sent DISCONNECT sends nothing more."},
	{
		Clause: "MQTT-3.14.4-2", Binds: Both,
		Text: "Whoever has sent DISCONNECT closes the Network Connection.",
	},
	{
		Clause: "MQTT-3.14.4-3", Binds: Server,
		Text: "DISCONNECT with 0x00 discards the Will Message.",
	},
	{
		Clause: "MQTT-3.15.1-1", Binds: Both,
		Text: "The flags of AUTH are 0; anything else is malformed and closes the Network " +
			"Connection.",
	},
	{
		Clause: "MQTT-3.15.2-1", Binds: Both,
		Text: "The Reason Code of AUTH is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.15.2-2", Binds: Both,
		Text: "AUTH has no Reason String if that would make it too large for the receiver.",
		Untested: "needs an Authentication Method that the Server supports, and there is no " +
			"standard one",
	},
	{
		Clause: "MQTT-3.15.2-3", Binds: Both,
		Text: "AUTH has no User Property if that would make it too large for the receiver.",
		Untested: "needs an Authentication Method that the Server supports, and there is no " +
			"standard one",
	},
}
