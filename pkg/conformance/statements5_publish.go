// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// PUBLISH (3.3).
var statements5Publish = []Statement{
	{Clause: "MQTT-3.3.1-1", Binds: Both, Text: "A PUBLISH that is sent again has DUP 1."},
	{Clause: "MQTT-3.3.1-2", Binds: Both, Text: "A PUBLISH with QoS 0 has DUP 0."},
	{
		Clause: "MQTT-3.3.1-3", Binds: Both,
		Text: "DUP of an outgoing PUBLISH says whether that one is sent again, whatever the " +
			"incoming one had.",
	},
	{Clause: "MQTT-3.3.1-4", Binds: Both, Text: "QoS 3 does not exist."},
	{
		Clause: "MQTT-3.3.1-5", Binds: Server,
		Text: "A message with RETAIN 1 is stored in place of the retained message of its topic.",
	},
	{
		Clause: "MQTT-3.3.1-6", Binds: Server,
		Text: "An empty message with RETAIN 1 is passed on, and removes the retained message " +
			"of its topic.",
	},
	{Clause: "MQTT-3.3.1-7", Binds: Server, Text: "An empty message is not stored."},
	{
		Clause: "MQTT-3.3.1-8", Binds: Server,
		Text: "A message with RETAIN 0 leaves the retained message of its topic alone.",
	},
	{Clause: "MQTT-3.3.1-9", Binds: Server, Text: "Retain Handling 0 sends the retained messages."},
	{
		Clause: "MQTT-3.3.1-10", Binds: Server,
		Text: "Retain Handling 1 sends the retained messages only for a new subscription.",
	},
	{Clause: "MQTT-3.3.1-11", Binds: Server, Text: "Retain Handling 2 sends no retained messages."},
	{
		Clause: "MQTT-3.3.1-12", Binds: Server,
		Text: "Retain As Published 0 forwards messages with RETAIN 0.",
	},
	{
		Clause: "MQTT-3.3.1-13", Binds: Server,
		Text: "Retain As Published 1 forwards RETAIN as it was published.",
	},
	{
		Clause: "MQTT-3.3.2-1", Binds: Both,
		Text: "The Topic Name is the first field of the Variable Header, and a UTF-8 Encoded " +
			"String.",
	},
	{Clause: "MQTT-3.3.2-2", Binds: Both, Text: "A Topic Name has no wildcard characters."},
	{
		Clause: "MQTT-3.3.2-3", Binds: Server,
		Text: "The Topic Name of a PUBLISH from the Server matches the subscription.",
	},
	{
		Clause: "MQTT-3.3.2-4", Binds: Server,
		Text: "The Payload Format Indicator reaches all subscribers unaltered.",
	},
	{
		Clause: "MQTT-3.3.2-5", Binds: Server,
		Text: "The copy of a message whose Message Expiry Interval passed before its " +
			"delivery began is deleted.",
	},
	{
		Clause: "MQTT-3.3.2-6", Binds: Server,
		Text: "The Message Expiry Interval to a Client is the one received less the time the " +
			"message waited.",
	},
	{
		Clause: "MQTT-3.3.2-7", Binds: Both,
		Text: "A Topic Alias means nothing on another Network Connection.",
	},
	{Clause: "MQTT-3.3.2-8", Binds: Both, Text: "No Topic Alias is 0."},
	{
		Clause: "MQTT-3.3.2-9", Binds: Client,
		Text: "No Topic Alias of a Client is above the Topic Alias Maximum of the Server.",
	},
	{
		Clause: "MQTT-3.3.2-10", Binds: Client,
		Text:     "The Client accepts every Topic Alias up to the Topic Alias Maximum it told.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.3.2-11", Binds: Server,
		Text: "No Topic Alias of the Server is above the Topic Alias Maximum of the Client.",
	},
	{
		Clause: "MQTT-3.3.2-12", Binds: Server,
		Text: "The Server accepts every Topic Alias up to the Topic Alias Maximum it announced.",
	},
	{Clause: "MQTT-3.3.2-13", Binds: Both, Text: "The Response Topic is a UTF-8 Encoded String."},
	{Clause: "MQTT-3.3.2-14", Binds: Both, Text: "The Response Topic has no wildcard characters."},
	{
		Clause: "MQTT-3.3.2-15", Binds: Server,
		Text: "The Response Topic reaches all subscribers unaltered.",
	},
	{
		Clause: "MQTT-3.3.2-16", Binds: Server,
		Text: "The Correlation Data reaches all subscribers unaltered.",
	},
	{
		Clause: "MQTT-3.3.2-17", Binds: Server,
		Text: "All User Properties reach the subscribers unaltered.",
	},
	{Clause: "MQTT-3.3.2-18", Binds: Server, Text: "The User Properties keep their order."},
	{Clause: "MQTT-3.3.2-19", Binds: Both, Text: "The Content Type is a UTF-8 Encoded String."},
	{
		Clause: "MQTT-3.3.2-20", Binds: Server,
		Text: "The Content Type reaches all subscribers unaltered.",
	},
	{Clause: "MQTT-3.3.4-1", Binds: Both, Text: "A PUBLISH is answered as its QoS asks."},
	{
		Clause: "MQTT-3.3.4-2", Binds: Server,
		Text: "Where subscriptions overlap, the message arrives with the highest of their QoS.",
	},
	{
		Clause: "MQTT-3.3.4-3", Binds: Server,
		Text: "A message carries the Subscription Identifiers of the overlapping " +
			"subscriptions that made it come.",
	},
	{
		Clause: "MQTT-3.3.4-4", Binds: Server,
		Text: "If overlapping subscriptions get one copy, it carries all their Subscription " +
			"Identifiers.",
	},
	{
		Clause: "MQTT-3.3.4-5", Binds: Server,
		Text: "If overlapping subscriptions get a copy each, it carries the Subscription " +
			"Identifier of its own.",
	},
	{
		Clause: "MQTT-3.3.4-6", Binds: Client,
		Text: "A PUBLISH to the Server has no Subscription Identifier.",
	},
	{
		Clause: "MQTT-3.3.4-7", Binds: Client,
		Text: "The Client has no more QoS 1 and 2 messages under way than the Receive " +
			"Maximum of the Server.",
	},
	{
		Clause: "MQTT-3.3.4-8", Binds: Client,
		Text:     "Receive Maximum does not hold up other packets of the Client.",
		Untested: "binds Clients only",
	},
	{
		Clause: "MQTT-3.3.4-9", Binds: Server,
		Text: "The Server has no more QoS 1 and 2 messages under way than the Receive " +
			"Maximum of the Client.",
	},
	{
		Clause: "MQTT-3.3.4-10", Binds: Server,
		Text: "Receive Maximum does not hold up other packets of the Server.",
	},
}
