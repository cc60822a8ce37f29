// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// PUBACK, PUBREC, PUBREL and PUBCOMP (3.4 to 3.7).
var statements5Ack = []Statement{
	{
		Clause: "MQTT-3.4.2-1", Binds: Both,
		Text: "The Reason Code of PUBACK is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.4.2-2", Binds: Both,
		Text: "PUBACK has no Reason String if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.4.2-3", Binds: Both,
		Text: "PUBACK has no User Property if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.5.2-1", Binds: Both,
		Text: "The Reason Code of PUBREC is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.5.2-2", Binds: Both,
		Text: "PUBREC has no Reason String if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.5.2-3", Binds: Both,
		Text: "PUBREC has no User Property if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.6.1-1", Binds: Both,
		Text: "The flags of PUBREL are 0010; anything else is malformed and closes the " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-3.6.2-1", Binds: Both,
		Text: "The Reason Code of PUBREL is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.6.2-2", Binds: Both,
		Text: "PUBREL has no Reason String if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.6.2-3", Binds: Both,
		Text: "PUBREL has no User Property if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.7.2-1", Binds: Both,
		Text: "The Reason Code of PUBCOMP is one of those listed for it.",
	},
	{
		Clause: "MQTT-3.7.2-2", Binds: Both,
		Text: "PUBCOMP has no Reason String if that would make it too large for the receiver.",
	},
	{
		Clause: "MQTT-3.7.2-3", Binds: Both,
		Text: "PUBCOMP has no User Property if that would make it too large for the receiver.",
	},
}
