// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// SUBSCRIBE and SUBACK (3.8, 3.9).
var statements5Subscribe = []Statement{
	{
		Clause: "MQTT-3.8.1-1", Binds: Both,
		Text: "The flags of SUBSCRIBE are 0010; anything else is malformed and closes the " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-3.8.3-1", Binds: Client,
		Text: "A Topic Filter in SUBSCRIBE is a UTF-8 Encoded String.",
	},
	{
		Clause: "MQTT-3.8.3-2", Binds: Client,
		Text: "SUBSCRIBE has at least one Topic Filter with its Subscription Options.",
	},
	{
		Clause: "MQTT-3.8.3-3", Binds: Server,
		Text: "With No Local a message does not go back to a connection with the Client " +
			"Identifier of its publisher.",
	},
	{
		Clause: "MQTT-3.8.3-4", Binds: Client,
		Text: "No Local on a Shared Subscription is a Protocol Error.",
	},
	{
		Clause: "MQTT-3.8.3-5", Binds: Server,
		Text: "A SUBSCRIBE with reserved bits set in its Payload is malformed.",
	},
	{Clause: "MQTT-3.8.4-1", Binds: Server, Text: "SUBSCRIBE is answered by SUBACK."},
	{
		Clause: "MQTT-3.8.4-2", Binds: Server,
		Text: "SUBACK has the Packet Identifier of its SUBSCRIBE.",
	},
	{
		Clause: "MQTT-3.8.4-3", Binds: Server,
		Text: "A SUBSCRIBE for a Topic Filter that the Session has replaces that subscription.",
	},
	{
		Clause: "MQTT-3.8.4-4", Binds: Server,
		Text: "Such a replacement sends the retained messages again with Retain Handling 0, " +
			"and loses no message.",
	},
	{
		Clause: "MQTT-3.8.4-5", Binds: Server,
		Text: "A SUBSCRIBE with several Topic Filters does what several would, but with one " +
			"SUBACK.",
	},
	{
		Clause: "MQTT-3.8.4-6", Binds: Server,
		Text: "SUBACK has a Reason Code for each Topic Filter.",
	},
	{
		Clause: "MQTT-3.8.4-7", Binds: Server,
		Text: "Each of these shows the QoS that was granted, or that the subscription failed.",
	},
	{
		Clause: "MQTT-3.8.4-8", Binds: Server,
		Text: "A message is sent with the lower of the QoS it was published with and the one " +
			"granted.",
	},
	{
		Clause: "MQTT-3.9.2-1", Binds: Server,
		Text: "SUBACK has no Reason String if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.9.2-2", Binds: Server,
		Text: "SUBACK has no User Property if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.9.3-1", Binds: Server,
		Text: "The Reason Codes in SUBACK stand in the order of the Topic Filters.",
	},
	{
		Clause: "MQTT-3.9.3-2", Binds: Server,
		Text: "Each Reason Code in SUBACK is one of those listed for it.",
	},
}
