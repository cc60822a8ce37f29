// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// Data representation and the structure of packets (1.5, 2).
var statements5Data = []Statement{
	{
		Clause: "MQTT-1.5.4-1", Binds: Both,
		Text: "Character data of a string is well-formed UTF-8 without surrogates.",
	},
	{Clause: "MQTT-1.5.4-2", Binds: Both, Text: "A string does not contain U+0000."},
	{
		Clause: "MQTT-1.5.4-3", Binds: Both,
		Text: "The bytes EF BB BF are the character U+FEFF wherever they stand, and are not " +
			"removed.",
	},
	{
		Clause: "MQTT-1.5.5-1", Binds: Both,
		Text: "A Variable Byte Integer is encoded in as few bytes as it needs.",
	},
	{
		Clause: "MQTT-1.5.7-1", Binds: Both,
		Text: "Name and value of a UTF-8 String Pair obey the rules for strings.",
	},
	{
		Clause: "MQTT-2.1.3-1", Binds: Both,
		Text: "Reserved flags of the Fixed Header have the values listed for them.",
	},
	{Clause: "MQTT-2.2.1-2", Binds: Both, Text: "A PUBLISH with QoS 0 has no Packet Identifier."},
	{
		Clause: "MQTT-2.2.1-3", Binds: Client,
		Text: "A new SUBSCRIBE, UNSUBSCRIBE or PUBLISH with QoS above 0 gets an unused " +
			"Packet Identifier that is not 0.",
	},
	{
		Clause: "MQTT-2.2.1-4", Binds: Server,
		Text: "A new PUBLISH of the Server with QoS above 0 gets an unused Packet Identifier " +
			"that is not 0.",
	},
	{
		Clause: "MQTT-2.2.1-5", Binds: Both,
		Text: "PUBACK, PUBREC, PUBREL and PUBCOMP carry the Packet Identifier of the PUBLISH " +
			"they belong to.",
	},
	{
		Clause: "MQTT-2.2.1-6", Binds: Server,
		Text: "SUBACK and UNSUBACK carry the Packet Identifier of what they answer.",
	},
	{
		Clause: "MQTT-2.2.2-1", Binds: Both,
		Text: "A packet that may have properties and has none says so with a Property Length of 0.",
	},
}
