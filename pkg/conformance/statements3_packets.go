// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// publish3 are sections 3.3 to 3.7: PUBLISH and its acknowledgements.
var publish3 = []Statement{
	{"MQTT-3.3.1-1", Both, "DUP is 1 when PUBLISH is sent again.", ""},
	{"MQTT-3.3.1-2", Both, "DUP is 0 at QoS 0.", ""},
	{"MQTT-3.3.1-3", Server, "DUP towards subscribers says only whether this PUBLISH is sent " +
		"again, whatever it was in the one received.", ""},
	{"MQTT-3.3.1-4", Both, "The two QoS bits are not both 1; whoever receives that closes the " +
		"Network Connection.", ""},
	{"MQTT-3.3.1-5", Server, "A message with RETAIN 1 is kept with its QoS for future " +
		"subscribers.", ""},
	{"MQTT-3.3.1-6", Server, "A new Subscription gets the last retained message of each matching " +
		"topic.", ""},
	{"MQTT-3.3.1-7", Server, "A retained message at QoS 0 makes the Server discard the one " +
		"before it.", ""},
	{"MQTT-3.3.1-8", Server, "RETAIN is 1 in what is sent because of a new Subscription.", ""},
	{"MQTT-3.3.1-9", Server, "RETAIN is 0 in what is sent for a Subscription that was there, " +
		"whatever it was in the PUBLISH received.", ""},
	{"MQTT-3.3.1-10", Server, "A retained message without payload goes to subscribers as any " +
		"other, and removes the retained message of its topic.", ""},
	{"MQTT-3.3.1-11", Server, "A message without payload is not retained.", ""},
	{"MQTT-3.3.1-12", Server, "A message with RETAIN 0 neither is retained nor touches what is.",
		""},
	{"MQTT-3.3.2-1", Both, "The Topic Name is the first field of the variable header, in UTF-8.",
		""},
	{"MQTT-3.3.2-2", Both, "The Topic Name of PUBLISH has no wildcards.", ""},
	{"MQTT-3.3.2-3", Server, "The Topic Name towards a subscriber matches its Topic Filter.", ""},
	{"MQTT-3.3.4-1", Both, "PUBLISH is answered as its QoS wants: not at all, with PUBACK, or " +
		"with PUBREC.", ""},
	{"MQTT-3.3.5-1", Server, "Where Subscriptions of a Client overlap, the message is delivered " +
		"at the highest of their QoS.", ""},
	{"MQTT-3.3.5-2", Server, "A PUBLISH the Client may not make is acknowledged all the same, or " +
		"ends the Network Connection.", ""},
	{"MQTT-3.6.1-1", Server, "PUBREL has the flags 0010; anything else is malformed and ends the " +
		"Network Connection.", ""},
}

// subscribe3 are sections 3.8 and 3.9: SUBSCRIBE and SUBACK.
var subscribe3 = []Statement{
	{"MQTT-3.8.1-1", Server, "SUBSCRIBE has the flags 0010; anything else is malformed and ends " +
		"the Network Connection.", ""},
	{"MQTT-3.8.3-1", Client, "Topic Filters in SUBSCRIBE are UTF-8.", ""},
	{"MQTT-3.8.3-2", Server, "A Server without support for wildcards rejects Subscriptions that " +
		"have some.", ""},
	{"MQTT-3.8.3-3", Client, "SUBSCRIBE has at least one Topic Filter with its QoS; to have none " +
		"is a protocol violation.", ""},
	{"MQTT-3.8.3-4", Server, "A SUBSCRIBE with reserved bits beside the QoS, or with QoS 3, is " +
		"malformed and ends the Network Connection.", ""},
	{"MQTT-3.8.4-1", Server, "SUBSCRIBE is answered with SUBACK.", ""},
	{"MQTT-3.8.4-2", Server, "SUBACK has the Packet Identifier of the SUBSCRIBE.", ""},
	{"MQTT-3.8.4-3", Server, "A SUBSCRIBE for the Topic Filter of a Subscription replaces it: " +
		"retained messages are sent again, and the flow of messages is not interrupted.", ""},
	{"MQTT-3.8.4-4", Server, "Several Topic Filters in one SUBSCRIBE are treated as if each had " +
		"come alone, but for the one SUBACK.", ""},
	{"MQTT-3.8.4-5", Server, "SUBACK has a return code for each Topic Filter: the QoS granted, " +
		"or failure.", ""},
	{"MQTT-3.8.4-6", Server, "Messages are sent at the lower of the QoS they were published with " +
		"and the QoS granted.", ""},
	{"MQTT-3.9.3-1", Server, "Return codes in SUBACK come in the order of the Topic Filters.", ""},
	{"MQTT-3.9.3-2", Server, "Return codes in SUBACK are 0x00, 0x01, 0x02 or 0x80.", ""},
}

// unsubscribe3 are sections 3.10 to 3.14: UNSUBSCRIBE, PINGREQ, DISCONNECT.
var unsubscribe3 = []Statement{
	{"MQTT-3.10.1-1", Server, "UNSUBSCRIBE has the flags 0010; anything else is malformed and " +
		"ends the Network Connection.", ""},
	{"MQTT-3.10.3-1", Client, "Topic Filters in UNSUBSCRIBE are UTF-8, one behind the other.", ""},
	{"MQTT-3.10.3-2", Client, "UNSUBSCRIBE has at least one Topic Filter; to have none is a " +
		"protocol violation.", ""},
	{"MQTT-3.10.4-1", Server, "Topic Filters in UNSUBSCRIBE are compared byte by byte; an equal " +
		"one is deleted, and else nothing happens.", ""},
	{"MQTT-3.10.4-2", Server, "For a Subscription that was deleted no new messages are added.", ""},
	{"MQTT-3.10.4-3", Server, "QoS 1 and QoS 2 messages whose delivery had begun are delivered " +
		"to the end.", ""},
	{"MQTT-3.10.4-4", Server, "UNSUBSCRIBE is answered with UNSUBACK and the same Packet " +
		"Identifier.", ""},
	{"MQTT-3.10.4-5", Server, "UNSUBACK is sent even if no Subscription was deleted.", ""},
	{"MQTT-3.10.4-6", Server, "Several Topic Filters in one UNSUBSCRIBE are treated as if each " +
		"had come alone, but for the one UNSUBACK.", ""},
	{"MQTT-3.12.4-1", Server, "PINGREQ is answered with PINGRESP.", ""},
	{"MQTT-3.14.1-1", Server, "DISCONNECT has reserved bits of zero, or the Server disconnects " +
		"the Client.", ""},
	{"MQTT-3.14.4-1", Client, "After DISCONNECT the Client closes the Network Connection.",
		clientsOnly},
	{"MQTT-3.14.4-2", Client, "After DISCONNECT the Client sends no more packets.", clientsOnly},
	{"MQTT-3.14.4-3", Server, "DISCONNECT makes the Server discard the Will Message without " +
		"publishing it.", ""},
}
