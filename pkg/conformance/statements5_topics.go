// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// Topics, Shared Subscriptions and flow control (4.7 to 4.9).
var statements5Topics = []Statement{
	{
		Clause: "MQTT-4.7.0-1", Binds: Both,
		Text: "Wildcard characters are for Topic Filters, not for Topic Names.",
	},
	{
		Clause: "MQTT-4.7.1-1", Binds: Both,
		Text: "\"#\" stands alone or behind a separator, and is the last character.",
	},
	{Clause: "MQTT-4.7.1-2", Binds: Both, Text: "\"+\" stands alone in its level."},
	{
		Clause: "MQTT-4.7.2-1", Binds: Server,
		Text: "A Topic Filter that begins with a wildcard matches no Topic Name that begins " +
			"with \"$\".",
	},
	{
		Clause: "MQTT-4.7.3-1", Binds: Both,
		Text: "Topic Names and Topic Filters have at least one character.",
	},
	{
		Clause: "MQTT-4.7.3-2", Binds: Both,
		Text: "Topic Names and Topic Filters do not contain U+0000.",
	},
	{
		Clause: "MQTT-4.7.3-3", Binds: Both,
		Text: "Topic Names and Topic Filters have at most 65,535 bytes.",
		Untested: "internal to the encoding: the length of a string has two bytes and cannot " +
			"say more",
	},
	{
		Clause: "MQTT-4.7.3-4", Binds: Server,
		Text: "Names and filters are compared as they are: nothing is normalized or replaced.",
	},
	{
		Clause: "MQTT-4.8.2-1", Binds: Client,
		Text: "The filter of a Shared Subscription begins with $share/ and a ShareName of at " +
			"least one character.",
	},
	{
		Clause: "MQTT-4.8.2-2", Binds: Client,
		Text: "The ShareName has no \"/\", \"+\" or \"#\"; a \"/\" and a Topic Filter follow it.",
	},
	{
		Clause: "MQTT-4.8.2-3", Binds: Server,
		Text: "A message to a member of a share respects the QoS granted to that member.",
	},
	{
		Clause: "MQTT-4.8.2-4", Binds: Server,
		Text: "A QoS 2 message on its way to a member that lost its connection is delivered " +
			"to that member when it comes back.",
	},
	{
		Clause: "MQTT-4.8.2-5", Binds: Server,
		Text: "If that member's Session ends instead, the message goes to no other member.",
	},
	{
		Clause: "MQTT-4.8.2-6", Binds: Server,
		Text: "A message that a member refuses with a Reason Code of 0x80 and above goes to " +
			"no other member.",
	},
	{
		Clause: "MQTT-4.9.0-1", Binds: Both,
		Text: "The send quota begins with a value from 1 to Receive Maximum.",
	},
	{
		Clause: "MQTT-4.9.0-2", Binds: Both,
		Text: "At a send quota of 0 no PUBLISH with QoS above 0 is sent.",
	},
	{
		Clause: "MQTT-4.9.0-3", Binds: Both,
		Text: "At a send quota of 0 all other packets are still handled and answered.",
	},
}
