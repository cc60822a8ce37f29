// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// Session State, delivery and order (4.1 to 4.6).
var statements5State = []Statement{
	{
		Clause: "MQTT-4.1.0-1", Binds: Both,
		Text: "Session State is not discarded while the Network Connection is open.",
	},
	{
		Clause: "MQTT-4.1.0-2", Binds: Server,
		Text: "Session State is discarded when the Network Connection is closed and the " +
			"Session Expiry Interval has passed.",
	},
	{
		Clause: "MQTT-4.2.0-1", Binds: Both,
		Text: "A transport is used that carries an ordered, lossless stream of bytes both ways.",
	},
	{
		Clause: "MQTT-4.3.1-1", Binds: Both,
		Text: "QoS 0: the sender sends PUBLISH with QoS 0 and DUP 0.",
	},
	{
		Clause: "MQTT-4.3.2-1", Binds: Both,
		Text: "QoS 1: the sender gives each new message an unused Packet Identifier.",
	},
	{
		Clause: "MQTT-4.3.2-2", Binds: Both,
		Text: "QoS 1: the sender sends PUBLISH with that Packet Identifier, QoS 1 and DUP 0.",
	},
	{
		Clause: "MQTT-4.3.2-3", Binds: Both,
		Text: "QoS 1: the message is unacknowledged until its PUBACK has come.",
	},
	{
		Clause: "MQTT-4.3.2-4", Binds: Both,
		Text: "QoS 1: the receiver answers with PUBACK and the same Packet Identifier, and " +
			"owns the message from then on.",
	},
	{
		Clause: "MQTT-4.3.2-5", Binds: Both,
		Text: "QoS 1: after PUBACK a PUBLISH with the same Packet Identifier is a new " +
			"message, whatever its DUP.",
	},
	{
		Clause: "MQTT-4.3.3-1", Binds: Both,
		Text: "QoS 2: the sender gives each new message an unused Packet Identifier.",
	},
	{
		Clause: "MQTT-4.3.3-2", Binds: Both,
		Text: "QoS 2: the sender sends PUBLISH with that Packet Identifier, QoS 2 and DUP 0.",
	},
	{
		Clause: "MQTT-4.3.3-3", Binds: Both,
		Text: "QoS 2: the PUBLISH is unacknowledged until its PUBREC has come.",
	},
	{
		Clause: "MQTT-4.3.3-4", Binds: Both,
		Text: "QoS 2: a PUBREC below 0x80 is answered by PUBREL with the same Packet Identifier.",
	},
	{
		Clause: "MQTT-4.3.3-5", Binds: Both,
		Text: "QoS 2: the PUBREL is unacknowledged until its PUBCOMP has come.",
	},
	{
		Clause: "MQTT-4.3.3-6", Binds: Both,
		Text: "QoS 2: the PUBLISH is not sent again once the PUBREL was.",
	},
	{
		Clause: "MQTT-4.3.3-7", Binds: Both,
		Text: "QoS 2: a message whose PUBLISH was sent does not expire.",
	},
	{
		Clause: "MQTT-4.3.3-8", Binds: Both,
		Text: "QoS 2: the receiver answers with PUBREC and the same Packet Identifier, and " +
			"owns the message from then on.",
	},
	{
		Clause: "MQTT-4.3.3-9", Binds: Both,
		Text: "QoS 2: after a PUBREC of 0x80 and above a PUBLISH with the same Packet " +
			"Identifier is a new message.",
	},
	{
		Clause: "MQTT-4.3.3-10", Binds: Both,
		Text: "QoS 2: until its PUBREL a PUBLISH with the same Packet Identifier is answered " +
			"by PUBREC, and not delivered again.",
	},
	{
		Clause: "MQTT-4.3.3-11", Binds: Both,
		Text: "QoS 2: PUBREL is answered by PUBCOMP with the same Packet Identifier.",
	},
	{
		Clause: "MQTT-4.3.3-12", Binds: Both,
		Text: "QoS 2: after PUBCOMP a PUBLISH with the same Packet Identifier is a new message.",
	},
	{
		Clause: "MQTT-4.3.3-13", Binds: Both,
		Text: "QoS 2: the exchange is brought to its end even if the message has expired.",
	},
	{
		Clause: "MQTT-4.4.0-1", Binds: Both,
		Text: "Unacknowledged PUBLISH and PUBREL are sent again, with their Packet " +
			"Identifiers, when the Session is resumed, and at no other time.",
	},
	{
		Clause: "MQTT-4.4.0-2", Binds: Both,
		Text: "A PUBACK or PUBREC of 0x80 and above acknowledges; the PUBLISH is not sent again.",
	},
	{
		Clause: "MQTT-4.5.0-1", Binds: Server,
		Text: "A message is added to the Session State of every Client with a matching " +
			"subscription.",
	},
	{
		Clause: "MQTT-4.5.0-2", Binds: Client,
		Text:     "The Client acknowledges every PUBLISH by the rules of its QoS.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.6.0-1", Binds: Client,
		Text:     "The Client sends its PUBLISH packets again in their order.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.6.0-2", Binds: Client,
		Text:     "The Client sends PUBACK in the order of the PUBLISH packets.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.6.0-3", Binds: Client,
		Text:     "The Client sends PUBREC in the order of the PUBLISH packets.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.6.0-4", Binds: Client,
		Text:     "The Client sends PUBREL in the order of the PUBREC packets.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-4.6.0-5", Binds: Server,
		Text: "The messages of one Client on an Ordered Topic reach a subscriber in their " +
			"order, for the same topic and QoS.",
	},
	{
		Clause: "MQTT-4.6.0-6", Binds: Server,
		Text: "For subscriptions that are not shared every topic is an Ordered Topic by default.",
	},
}
