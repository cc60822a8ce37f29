// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// statements311 are the normative statements of MQTT 3.1.1, section by section.
var statements311 = [][]Statement{
	format3, connect3, connack3, publish3, subscribe3, unsubscribe3, state3, delivery3, topics3,
	transport3,
}

// clientsOnly is a reason that many statements share.
const clientsOnly = "binds Clients only"

// format3 are sections 1.5.3 and 2: data representation and the Control Packet format.
var format3 = []Statement{
	{"MQTT-1.5.3-1", Both, "Strings are well-formed UTF-8 without surrogates; whoever receives " +
		"a packet with another string closes the Network Connection.", ""},
	{"MQTT-1.5.3-2", Both, "Strings do not contain U+0000; whoever receives one closes the " +
		"Network Connection.", ""},
	{"MQTT-1.5.3-3", Both, "The bytes EF BB BF are the character U+FEFF wherever they stand, and " +
		"are not removed.", ""},
	{"MQTT-2.2.2-1", Both, "Reserved flags of the fixed header have the values that the table " +
		"gives.", ""},
	{"MQTT-2.2.2-2", Both, "Whoever receives invalid flags closes the Network Connection.", ""},
	{"MQTT-2.3.1-1", Both, "SUBSCRIBE, UNSUBSCRIBE, and PUBLISH above QoS 0 have a Packet " +
		"Identifier that is not zero.", ""},
	{"MQTT-2.3.1-2", Client, "A Client gives each new packet of these kinds an identifier that " +
		"is not in use.", clientsOnly},
	{"MQTT-2.3.1-3", Client, "A Client that sends such a packet again uses the same identifier, " +
		"which becomes free when the acknowledgement was processed.", clientsOnly},
	{"MQTT-2.3.1-4", Server, "The same holds for PUBLISH packets above QoS 0 that a Server " +
		"sends.", ""},
	{"MQTT-2.3.1-5", Both, "PUBLISH has no Packet Identifier at QoS 0.", ""},
	{"MQTT-2.3.1-6", Both, "PUBACK, PUBREC and PUBREL have the identifier of the PUBLISH.", ""},
	{"MQTT-2.3.1-7", Server, "SUBACK and UNSUBACK have the identifier of what they answer.", ""},
}

// state3 are sections 4.1 to 4.4: Session state, the delivery protocols, delivery retry.
var state3 = []Statement{
	{"MQTT-4.1.0-1", Both, "Both sides keep the Session state as long as the Session lasts.", ""},
	{"MQTT-4.1.0-2", Both, "A Session lasts at least as long as its Network Connection.", ""},
	{"MQTT-4.3.1-1", Both, "Who sends at QoS 0 sends PUBLISH with QoS 0 and DUP 0.", ""},
	{"MQTT-4.3.2-1", Both, "Who sends at QoS 1 takes an unused identifier and DUP 0, and holds " +
		"the message unacknowledged until PUBACK comes.", ""},
	{"MQTT-4.3.2-2", Both, "Who receives at QoS 1 answers PUBACK with the identifier; after that " +
		"a PUBLISH with it is a new message, whatever its DUP says.", ""},
	{"MQTT-4.3.3-1", Both, "Who sends at QoS 2 takes an unused identifier and DUP 0, answers " +
		"PUBREC with PUBREL and the same identifier, holds each unacknowledged until its answer " +
		"comes, and does not send PUBLISH again after PUBREL.", ""},
	{"MQTT-4.3.3-2", Both, "Who receives at QoS 2 answers PUBREC, also when the PUBLISH comes " +
		"again, which delivers nothing twice; answers PUBREL with PUBCOMP; and takes a PUBLISH " +
		"after that as new.", ""},
	{"MQTT-4.4.0-1", Both, "When a Client comes back with CleanSession 0, both sides send " +
		"unacknowledged PUBLISH and PUBREL packets again, with their identifiers.", ""},
}

// delivery3 are sections 4.5 and 4.6: message receipt and ordering.
var delivery3 = []Statement{
	{"MQTT-4.5.0-1", Server, "A message the Server took goes into the Session of every Client " +
		"that has a matching Subscription.", ""},
	{"MQTT-4.5.0-2", Client, "A Client acknowledges every PUBLISH as its QoS wants, whether it " +
		"uses the message or not.", clientsOnly},
	{"MQTT-4.6.0-1", Both, "PUBLISH packets that are sent again come in the order they were " +
		"first sent in, at QoS 1 and QoS 2.", ""},
	{"MQTT-4.6.0-2", Client, "PUBACK packets follow the order of the PUBLISH packets.",
		clientsOnly},
	{"MQTT-4.6.0-3", Client, "PUBREC packets follow the order of the PUBLISH packets.",
		clientsOnly},
	{"MQTT-4.6.0-4", Client, "PUBREL packets follow the order of the PUBREC packets.",
		clientsOnly},
	{"MQTT-4.6.0-5", Server, "Every topic is an ordered one unless somebody configured " +
		"otherwise.", ""},
	{"MQTT-4.6.0-6", Server, "For an ordered topic the Server follows the rules above towards " +
		"each subscriber, and sends messages of one Client, topic and QoS in the order they " +
		"came.", ""},
}

// topics3 are sections 4.7 and 4.8: Topic Names, Topic Filters, errors.
var topics3 = []Statement{
	{"MQTT-4.7.1-1", Both, "Topic Names do not contain wildcards.", ""},
	{"MQTT-4.7.1-2", Both, "# is the last character of a Topic Filter, alone or behind a " +
		"separator.", ""},
	{"MQTT-4.7.1-3", Both, "+ takes a whole level of a Topic Filter, which may be any.", ""},
	{"MQTT-4.7.2-1", Server, "Topic Filters that begin with a wildcard do not match Topic Names " +
		"that begin with $.", ""},
	{"MQTT-4.7.3-1", Both, "Topic Names and Topic Filters have at least one character.", ""},
	{"MQTT-4.7.3-2", Both, "Topic Names and Topic Filters do not contain U+0000.", ""},
	{"MQTT-4.7.3-3", Both, "Topic Names and Topic Filters are not longer than 65,535 bytes.",
		"no packet can break it: the length of a string is two bytes"},
	{"MQTT-4.7.3-4", Server, "Matching neither normalizes nor changes Topic Names and Topic " +
		"Filters.", ""},
	{"MQTT-4.8.0-1", Both, "Whoever meets a protocol violation closes the Network Connection it " +
		"came from, unless stated otherwise.", ""},
	{"MQTT-4.8.0-2", Both, "Whoever meets a transient error while it handles a packet closes the " +
		"Network Connection the packet came from.",
		"internal to the Server: no packet brings about a transient error"},
}

// transport3 are sections 6 and 7: WebSocket and conformance.
var transport3 = []Statement{
	{"MQTT-6.0.0-1", Both, "Over WebSocket, packets travel in binary data frames; any other kind " +
		"of frame makes the receiver close the Network Connection.", ""},
	{"MQTT-6.0.0-2", Both, "A frame may hold several packets or parts of some; receivers do not " +
		"count on frames that begin with a packet.", ""},
	{"MQTT-6.0.0-3", Client, "Clients offer the WebSocket subprotocol mqtt.", clientsOnly},
	{"MQTT-6.0.0-4", Server, "The WebSocket subprotocol the Server selects is mqtt.", ""},
	{"MQTT-7.0.0-1", Server, "A Server that also connects to other Servers conforms as a Client, " +
		"too.", "a Client's side cannot be seen from a Client"},
	{"MQTT-7.0.0-2", Both, "Nobody needs extensions from outside the specification to work " +
		"together.", ""},
	{"MQTT-7.1.1-1", Server, "A Server supports a transport that carries an ordered, lossless " +
		"stream of bytes both ways.", ""},
	{"MQTT-7.1.2-1", Client, "A Client supports such a transport.", clientsOnly},
}
