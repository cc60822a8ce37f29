// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// connect3 is section 3.1: CONNECT.
var connect3 = []Statement{
	{"MQTT-3.1.0-1", Client, "The first packet a Client sends is CONNECT.", ""},
	{"MQTT-3.1.0-2", Server, "A second CONNECT is a protocol violation and ends the Network " +
		"Connection.", ""},
	{"MQTT-3.1.2-1", Server, "A CONNECT with another Protocol Name is not processed by this " +
		"specification.", ""},
	{"MQTT-3.1.2-2", Server, "A Protocol Level the Server does not support is answered with " +
		"return code 0x01 and the end of the Network Connection.", ""},
	{"MQTT-3.1.2-3", Server, "The reserved Connect Flag is zero, or the Server disconnects the " +
		"Client.", ""},
	{"MQTT-3.1.2-4", Both, "With CleanSession 0 the Server resumes the Session of the Client " +
		"Identifier, or makes one; both sides keep it after the disconnection.", ""},
	{"MQTT-3.1.2-5", Server, "While the Client of such a Session is away, the Server keeps QoS 1 " +
		"and QoS 2 messages for its Subscriptions.", ""},
	{"MQTT-3.1.2-6", Both, "With CleanSession 1 an older Session is discarded; the new one lasts " +
		"as long as the Network Connection, and nothing of it is used again.", ""},
	{"MQTT-3.1.2-7", Server, "Retained messages are no part of a Session and survive its end.", ""},
	{"MQTT-3.1.2-8", Server, "The Will Message of an accepted CONNECT is kept, and published " +
		"when the Network Connection closes without a DISCONNECT.", ""},
	{"MQTT-3.1.2-9", Both, "With the Will Flag, Will QoS and Will Retain count, and Will Topic " +
		"and Will Message are in the payload.", ""},
	{"MQTT-3.1.2-10", Server, "The Will Message is forgotten once it was published or DISCONNECT " +
		"was received.", ""},
	{"MQTT-3.1.2-11", Client, "Without the Will Flag, Will QoS and Will Retain are zero, and " +
		"Will Topic and Will Message are not in the payload.", ""},
	{"MQTT-3.1.2-12", Server, "Without the Will Flag no Will Message is published.", ""},
	{"MQTT-3.1.2-13", Client, "Without the Will Flag, Will QoS is 0.", ""},
	{"MQTT-3.1.2-14", Client, "Will QoS is not 3.", ""},
	{"MQTT-3.1.2-15", Client, "Without the Will Flag, Will Retain is 0.", ""},
	{"MQTT-3.1.2-16", Server, "With Will Retain 0 the Will Message is not retained.", ""},
	{"MQTT-3.1.2-17", Server, "With Will Retain 1 the Will Message is retained.", ""},
	{"MQTT-3.1.2-18", Client, "Without the User Name Flag no user name is in the payload.", ""},
	{"MQTT-3.1.2-19", Client, "With the User Name Flag a user name is in the payload.", ""},
	{"MQTT-3.1.2-20", Client, "Without the Password Flag no password is in the payload.", ""},
	{"MQTT-3.1.2-21", Client, "With the Password Flag a password is in the payload.", ""},
	{"MQTT-3.1.2-22", Client, "Without the User Name Flag the Password Flag is 0.", ""},
	{"MQTT-3.1.2-23", Client, "A Client sends a packet within each Keep Alive interval, PINGREQ " +
		"if there is no other.", clientsOnly},
	{"MQTT-3.1.2-24", Server, "When no packet came for one and a half Keep Alive intervals, the " +
		"Server disconnects the Client as if the network had failed.", ""},
	{"MQTT-3.1.3-1", Client, "The order is Client Identifier, Will Topic, Will Message, User " +
		"Name, Password.", ""},
	{"MQTT-3.1.3-2", Both, "State is identified by the Client Identifier.", ""},
	{"MQTT-3.1.3-3", Client, "The Client Identifier is there, as the first field.", ""},
	{"MQTT-3.1.3-4", Client, "The Client Identifier is UTF-8.", ""},
	{"MQTT-3.1.3-5", Server, "Client Identifiers of 1 to 23 digits and letters are allowed.", ""},
	{"MQTT-3.1.3-6", Server, "A Server that allows an empty Client Identifier treats the Client " +
		"as if it had given a unique one.", ""},
	{"MQTT-3.1.3-7", Client, "A Client with an empty Client Identifier sets CleanSession to 1.",
		""},
	{"MQTT-3.1.3-8", Server, "An empty Client Identifier with CleanSession 0 is answered with " +
		"return code 0x02 and the end of the Network Connection.", ""},
	{"MQTT-3.1.3-9", Server, "Any Client Identifier the Server rejects is answered so.", ""},
	{"MQTT-3.1.3-10", Client, "The Will Topic is UTF-8.", ""},
	{"MQTT-3.1.3-11", Client, "The User Name is UTF-8.", ""},
	{"MQTT-3.1.4-1", Server, "A CONNECT that does not conform to its format ends the Network " +
		"Connection without a CONNACK.", ""},
	{"MQTT-3.1.4-2", Server, "A CONNECT with the Client Identifier of a connected Client " +
		"disconnects that one.", ""},
	{"MQTT-3.1.4-3", Server, "A valid CONNECT is treated as its CleanSession wants.", ""},
	{"MQTT-3.1.4-4", Server, "A valid CONNECT is answered with CONNACK and return code zero.", ""},
	{"MQTT-3.1.4-5", Server, "What a Client sent behind a CONNECT that is rejected is not " +
		"processed.", ""},
}

// connack3 is section 3.2: CONNACK.
var connack3 = []Statement{
	{"MQTT-3.2.0-1", Server, "The first packet the Server sends is CONNACK.", ""},
	{"MQTT-3.2.2-1", Server, "When a connection with CleanSession 1 is accepted, Session Present " +
		"is 0.", ""},
	{"MQTT-3.2.2-2", Server, "When one with CleanSession 0 is accepted and there is a Session, " +
		"Session Present is 1.", ""},
	{"MQTT-3.2.2-3", Server, "When there is no Session, Session Present is 0.", ""},
	{"MQTT-3.2.2-4", Server, "With a return code other than zero, Session Present is 0.", ""},
	{"MQTT-3.2.2-5", Server, "After a return code other than zero the Server closes the Network " +
		"Connection.", ""},
	{"MQTT-3.2.2-6", Server, "When no return code fits, the Server closes the Network Connection " +
		"without a CONNACK.", ""},
}
