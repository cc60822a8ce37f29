// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// CONNACK (3.2).
var statements5Connack = []Statement{
	{
		Clause: "MQTT-3.2.0-1", Binds: Server,
		Text: "Before a CONNACK with 0x00 the Server sends nothing but AUTH.",
	},
	{
		Clause: "MQTT-3.2.0-2", Binds: Server,
		Text: "There is at most one CONNACK on a Network Connection.",
	},
	{
		Clause: "MQTT-3.2.2-1", Binds: Server,
		Text: "Bits 7 to 1 of the Connect Acknowledge Flags are 0.",
	},
	{
		Clause: "MQTT-3.2.2-2", Binds: Server,
		Text: "CONNACK for Clean Start 1 has Session Present 0.",
	},
	{
		Clause: "MQTT-3.2.2-3", Binds: Server,
		Text: "CONNACK for Clean Start 0 tells by Session Present whether there was a Session.",
	},
	{
		Clause: "MQTT-3.2.2-4", Binds: Client,
		Text: "A Client without Session State that is told of a Session closes the Network " +
			"Connection.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.2.2-5", Binds: Client,
		Text: "A Client with Session State that is told of no Session discards its own, or " +
			"closes the Network Connection.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.2.2-6", Binds: Server,
		Text: "A CONNACK that does not say 0x00 has Session Present 0.",
	},
	{
		Clause: "MQTT-3.2.2-7", Binds: Server,
		Text: "A CONNACK with a Reason Code of 128 and above is followed by the end of the " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-3.2.2-8", Binds: Server,
		Text: "The Reason Code of CONNACK is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.2.2-9", Binds: Server,
		Text: "A Server that does not take QoS 1 or 2 says so by Maximum QoS.",
	},
	{
		Clause: "MQTT-3.2.2-10", Binds: Server,
		Text: "Such a Server still accepts a SUBSCRIBE for any QoS.",
	},
	{
		Clause: "MQTT-3.2.2-11", Binds: Client,
		Text: "No PUBLISH to the Server is above its Maximum QoS.",
	},
	{
		Clause: "MQTT-3.2.2-12", Binds: Server,
		Text: "A Will QoS above what the Server can do has the CONNECT refused.",
	},
	{
		Clause: "MQTT-3.2.2-13", Binds: Server,
		Text: "A Will Message with Will Retain has the CONNECT refused where there are no " +
			"retained messages.",
	},
	{
		Clause: "MQTT-3.2.2-14", Binds: Client,
		Text: "A Client that was told Retain Available 0 sends no PUBLISH with RETAIN.",
	},
	{
		Clause: "MQTT-3.2.2-15", Binds: Client,
		Text: "No packet to the Server is larger than its Maximum Packet Size.",
	},
	{
		Clause: "MQTT-3.2.2-16", Binds: Server,
		Text: "An empty Client Identifier is answered with an Assigned Client Identifier " +
			"that no other Session has.",
	},
	{
		Clause: "MQTT-3.2.2-17", Binds: Client,
		Text: "No Topic Alias sent to the Server is above its Topic Alias Maximum.",
	},
	{
		Clause: "MQTT-3.2.2-18", Binds: Client,
		Text: "A Server with no Topic Alias Maximum, or 0, is sent no Topic Alias.",
	},
	{
		Clause: "MQTT-3.2.2-19", Binds: Server,
		Text: "CONNACK has no Reason String if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.2.2-20", Binds: Server,
		Text: "CONNACK has no User Property if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.2.2-21", Binds: Client,
		Text:     "The Client obeys the Server Keep Alive that CONNACK tells.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.2.2-22", Binds: Server,
		Text: "Without a Server Keep Alive the Server goes by the Client's Keep Alive.",
	},
}
