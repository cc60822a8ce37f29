// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// Enhanced authentication, errors and WebSocket (4.12, 4.13, 6).
var statements5Auth = []Statement{
	{
		Clause: "MQTT-4.12.0-1", Binds: Server,
		Text: "An Authentication Method that is not supported closes the Network Connection, " +
			"perhaps after a CONNACK with 0x8C or 0x87.",
	},
	{
		Clause: "MQTT-4.12.0-2", Binds: Server,
		Text: "AUTH of the Server while a Client logs in has the Reason Code 0x18.",
		Untested: "needs an Authentication Method that the Server supports, and there is no " +
			"standard one",
	},
	{
		Clause: "MQTT-4.12.0-3", Binds: Client,
		Text:     "The Client answers it by AUTH with the Reason Code 0x18.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.12.0-4", Binds: Server,
		Text: "A Server that rejects the authentication closes the Network Connection, " +
			"perhaps after a CONNACK of 0x80 and above.",
	},
	{
		Clause: "MQTT-4.12.0-5", Binds: Both,
		Text: "AUTH and a CONNACK that accepts carry the Authentication Method of the CONNECT.",
		Untested: "needs an Authentication Method that the Server supports, and there is no " +
			"standard one",
	},
	{
		Clause: "MQTT-4.12.0-6", Binds: Server,
		Text: "To a Client without an Authentication Method the Server sends neither AUTH " +
			"nor an Authentication Method.",
	},
	{
		Clause: "MQTT-4.12.0-7", Binds: Client,
		Text: "A Client without an Authentication Method sends no AUTH.",
	},
	{
		Clause: "MQTT-4.12.1-1", Binds: Client,
		Text: "Re-authentication begins with AUTH, 0x19 and the Authentication Method of the " +
			"CONNECT.",
	},
	{
		Clause: "MQTT-4.12.1-2", Binds: Both,
		Text: "A re-authentication that fails ends the connection, after a DISCONNECT that " +
			"says why.",
		Untested: "needs an Authentication Method that the Server supports, and there is no " +
			"standard one",
	},
	{
		Clause: "MQTT-4.13.1-1", Binds: Server,
		Text: "A Malformed Packet or Protocol Error that has a Reason Code closes the " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-4.13.2-1", Binds: Both,
		Text: "A CONNACK or DISCONNECT of 0x80 and above, sent or not, goes with the end of " +
			"the Network Connection.",
	},
	{
		Clause: "MQTT-6.0.0-1", Binds: Both,
		Text: "Over WebSocket, packets are sent in binary data frames, and another data " +
			"frame closes the Network Connection.",
	},
	{
		Clause: "MQTT-6.0.0-2", Binds: Both,
		Text: "Over WebSocket, packets need not begin or end where frames do.",
	},
	{
		Clause: "MQTT-6.0.0-3", Binds: Client,
		Text:     "Over WebSocket, the Client offers the subprotocol \"mqtt\".",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-6.0.0-4", Binds: Server,
		Text: "Over WebSocket, the Server selects the subprotocol \"mqtt\".",
	},
}
