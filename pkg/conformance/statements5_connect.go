// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// CONNECT (3.1).
var statements5Connect = []Statement{
	{
		Clause: "MQTT-3.1.0-1", Binds: Client,
		Text: "The first packet on a Network Connection is CONNECT.",
	},
	{
		Clause: "MQTT-3.1.0-2", Binds: Server,
		Text: "A second CONNECT is a Protocol Error that closes the Network Connection.",
	},
	{
		Clause: "MQTT-3.1.2-1", Binds: Both,
		Text: "The Protocol Name is \"MQTT\"; with another one the Network Connection is " +
			"closed, perhaps after a CONNACK with 0x84.",
	},
	{
		Clause: "MQTT-3.1.2-2", Binds: Server,
		Text: "A Protocol Version that is not accepted closes the Network Connection, " +
			"perhaps after a CONNACK with 0x84.",
	},
	{
		Clause: "MQTT-3.1.2-3", Binds: Server,
		Text: "The Server checks that the reserved Connect Flag is 0.",
	},
	{
		Clause: "MQTT-3.1.2-4", Binds: Both,
		Text: "Clean Start 1 discards an existing Session and starts a new one.",
	},
	{Clause: "MQTT-3.1.2-5", Binds: Server, Text: "Clean Start 0 resumes the Session there is."},
	{
		Clause: "MQTT-3.1.2-6", Binds: Server,
		Text: "Clean Start 0 without a Session makes a new one.",
	},
	{
		Clause: "MQTT-3.1.2-7", Binds: Server,
		Text: "The Will Message of a CONNECT with Will Flag is stored with the Session.",
	},
	{
		Clause: "MQTT-3.1.2-8", Binds: Server,
		Text: "The Will Message is published when the connection is gone and the Will Delay " +
			"Interval has passed or the Session has ended, unless it was deleted before.",
	},
	{
		Clause: "MQTT-3.1.2-9", Binds: Client,
		Text: "With the Will Flag, Will Properties, Will Topic and Will Payload are in the " +
			"Payload.",
	},
	{
		Clause: "MQTT-3.1.2-10", Binds: Server,
		Text: "The Will Message is forgotten once it is published or a DISCONNECT with 0x00 " +
			"has come.",
	},
	{Clause: "MQTT-3.1.2-11", Binds: Client, Text: "Without the Will Flag, Will QoS is 0."},
	{Clause: "MQTT-3.1.2-12", Binds: Client, Text: "With the Will Flag, Will QoS is 0, 1 or 2."},
	{Clause: "MQTT-3.1.2-13", Binds: Client, Text: "Without the Will Flag, Will Retain is 0."},
	{
		Clause: "MQTT-3.1.2-14", Binds: Server,
		Text: "With Will Retain 0 the Will Message is published as one that is not retained.",
	},
	{
		Clause: "MQTT-3.1.2-15", Binds: Server,
		Text: "With Will Retain 1 the Will Message is published as a retained one.",
	},
	{
		Clause: "MQTT-3.1.2-16", Binds: Client,
		Text: "Without the User Name Flag there is no User Name in the Payload.",
	},
	{
		Clause: "MQTT-3.1.2-17", Binds: Client,
		Text: "With the User Name Flag there is a User Name in the Payload.",
	},
	{
		Clause: "MQTT-3.1.2-18", Binds: Client,
		Text: "Without the Password Flag there is no Password in the Payload.",
	},
	{
		Clause: "MQTT-3.1.2-19", Binds: Client,
		Text: "With the Password Flag there is a Password in the Payload.",
	},
	{
		Clause: "MQTT-3.1.2-20", Binds: Client,
		Text:     "A Client with a Keep Alive that sends nothing else sends PINGREQ.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.1.2-21", Binds: Client,
		Text:     "The Client obeys a Server Keep Alive instead of its own Keep Alive.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.1.2-22", Binds: Server,
		Text: "A Client that was silent for one and a half times the Keep Alive loses its " +
			"Network Connection.",
	},
	{
		Clause: "MQTT-3.1.2-23", Binds: Both,
		Text: "With a Session Expiry Interval above 0 the Session State is kept when the " +
			"Network Connection is closed.",
	},
	{
		Clause: "MQTT-3.1.2-24", Binds: Server,
		Text: "No packet to the Client is larger than its Maximum Packet Size.",
	},
	{
		Clause: "MQTT-3.1.2-25", Binds: Server,
		Text: "A packet that is too large for the Client is discarded, and the Server goes " +
			"on as if the message had been sent.",
	},
	{
		Clause: "MQTT-3.1.2-26", Binds: Server,
		Text: "No Topic Alias sent to the Client is above its Topic Alias Maximum.",
	},
	{
		Clause: "MQTT-3.1.2-27", Binds: Server,
		Text: "A Client with no Topic Alias Maximum, or 0, is sent no Topic Alias.",
	},
	{
		Clause: "MQTT-3.1.2-28", Binds: Server,
		Text: "With Request Response Information 0 there is no Response Information.",
	},
	{
		Clause: "MQTT-3.1.2-29", Binds: Server,
		Text: "With Request Problem Information 0 only PUBLISH, CONNACK and DISCONNECT may " +
			"have a Reason String or User Properties.",
	},
	{
		Clause: "MQTT-3.1.2-30", Binds: Client,
		Text: "A Client that named an Authentication Method sends only AUTH and DISCONNECT " +
			"before CONNACK.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.1.3-1", Binds: Client,
		Text: "The fields of the Payload stand in this order: Client Identifier, Will " +
			"Properties, Will Topic, Will Payload, User Name, Password.",
	},
	{
		Clause: "MQTT-3.1.3-2", Binds: Both,
		Text: "Client and Server know their Session by the Client Identifier.",
	},
	{
		Clause: "MQTT-3.1.3-3", Binds: Client,
		Text: "The Client Identifier is there, as the first field of the Payload.",
	},
	{
		Clause: "MQTT-3.1.3-4", Binds: Client,
		Text: "The Client Identifier is a UTF-8 Encoded String.",
	},
	{
		Clause: "MQTT-3.1.3-5", Binds: Server,
		Text: "Client Identifiers of 1 to 23 bytes out of digits and Latin letters are allowed.",
	},
	{
		Clause: "MQTT-3.1.3-6", Binds: Server,
		Text: "A Server that takes an empty Client Identifier assigns a unique one.",
	},
	{
		Clause: "MQTT-3.1.3-7", Binds: Server,
		Text: "An assigned Client Identifier counts as if the Client had sent it, and is " +
			"returned in CONNACK.",
	},
	{
		Clause: "MQTT-3.1.3-8", Binds: Server,
		Text: "A Client Identifier that is not accepted closes the Network Connection, " +
			"perhaps after a CONNACK with 0x85.",
	},
	{
		Clause: "MQTT-3.1.3-9", Binds: Server,
		Text: "A Will Message is not sent when a connection to the Session is made within " +
			"its Will Delay Interval.",
	},
	{
		Clause: "MQTT-3.1.3-10", Binds: Server,
		Text: "The User Properties of a Will Message keep their order.",
	},
	{Clause: "MQTT-3.1.3-11", Binds: Client, Text: "The Will Topic is a UTF-8 Encoded String."},
	{Clause: "MQTT-3.1.3-12", Binds: Client, Text: "The User Name is a UTF-8 Encoded String."},
	{
		Clause: "MQTT-3.1.4-1", Binds: Server,
		Text: "A CONNECT that is not formed as 3.1 says closes the Network Connection.",
	},
	{
		Clause: "MQTT-3.1.4-2", Binds: Server,
		Text: "A CONNECT that fails a further check of the Server closes the Network Connection.",
	},
	{
		Clause: "MQTT-3.1.4-3", Binds: Server,
		Text: "A connected Client whose Client Identifier comes again is told 0x8E and its " +
			"Network Connection closed.",
	},
	{Clause: "MQTT-3.1.4-4", Binds: Server, Text: "Clean Start is obeyed."},
	{
		Clause: "MQTT-3.1.4-5", Binds: Server,
		Text: "A CONNECT that is accepted is answered by a CONNACK with 0x00.",
	},
	{
		Clause: "MQTT-3.1.4-6", Binds: Server,
		Text: "Behind a CONNECT that is refused nothing but AUTH is processed.",
	},
}
