// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// checks5 are the Checks for MQTT 5.0, in the order of the statements they are named after.
var checks5 = [][]Check{
	checks5Data,
	checks5Connect,
	checks5Will,
	checks5ConnectLimits,
	checks5Identifier,
	checks5Connack,
	checks5Publish,
	checks5Retained,
	checks5Properties,
	checks5Alias,
	checks5Quota,
	checks5Ack,
	checks5Subscribe,
	checks5Unsubscribe,
	checks5Disconnect,
	checks5State,
	checks5Delivery,
	checks5Topics,
	checks5Share,
	checks5Auth,
	checks5Errors,
	webSocketChecks,
}
