// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// UNSUBSCRIBE, UNSUBACK and PINGREQ (3.10 to 3.12).
var statements5Unsubscribe = []Statement{
	{
		Clause: "MQTT-3.10.1-1", Binds: Both,
		Text: "The flags of UNSUBSCRIBE are 0010; anything else is malformed and closes the " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-3.10.3-1", Binds: Client,
		Text: "A Topic Filter in UNSUBSCRIBE is a UTF-8 Encoded String.",
	},
	{Clause: "MQTT-3.10.3-2", Binds: Client, Text: "UNSUBSCRIBE has at least one Topic Filter."},
	{
		Clause: "MQTT-3.10.4-1", Binds: Server,
		Text: "The subscription whose Topic Filter is the same, character by character, is " +
			"deleted.",
	},
	{
		Clause: "MQTT-3.10.4-2", Binds: Server,
		Text: "After UNSUBSCRIBE no new messages are added for the Client.",
	},
	{
		Clause: "MQTT-3.10.4-3", Binds: Server,
		Text: "QoS 1 and 2 messages whose delivery has begun are delivered to the end.",
	},
	{Clause: "MQTT-3.10.4-4", Binds: Server, Text: "UNSUBSCRIBE is answered by UNSUBACK."},
	{
		Clause: "MQTT-3.10.4-5", Binds: Server,
		Text: "UNSUBACK has the Packet Identifier of its UNSUBSCRIBE, and comes even if " +
			"nothing was deleted.",
	},
	{
		Clause: "MQTT-3.10.4-6", Binds: Server,
		Text: "An UNSUBSCRIBE with several Topic Filters does what several would, but with " +
			"one UNSUBACK.",
	},
	{
		Clause: "MQTT-3.11.2-1", Binds: Server,
		Text: "UNSUBACK has no Reason String if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.11.2-2", Binds: Server,
		Text: "UNSUBACK has no User Property if that would make it too large for the Client.",
	},
	{
		Clause: "MQTT-3.11.3-1", Binds: Server,
		Text: "The Reason Codes in UNSUBACK stand in the order of the Topic Filters.",
	},
	{
		Clause: "MQTT-3.11.3-2", Binds: Server,
		Text: "Each Reason Code in UNSUBACK is one of those listed for it.",
	},
	{Clause: "MQTT-3.12.4-1", Binds: Server, Text: "PINGREQ is answered by PINGRESP."},
}
