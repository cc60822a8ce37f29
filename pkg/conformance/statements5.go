// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package conformance

// statements5 are the normative statements of MQTT 5.0, in the order of its appendix B.
var statements5 = [][]Statement{
	statements5Data,
	statements5Connect,
	statements5Connack,
	statements5Publish,
	statements5Ack,
	statements5Subscribe,
	statements5Unsubscribe,
	statements5Disconnect,
	statements5State,
	statements5Topics,
	statements5Auth,
}
