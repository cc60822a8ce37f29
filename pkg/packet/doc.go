// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package packet is the wire: the fifteen MQTT Control Packets of versions 3.1, 3.1.1 and 5.0.
//
// A Framer cuts whole packets out of what was read, a Decoder turns each into a struct whose
// slices borrow from it, and the Append functions write the other direction. What is wrong with a
// packet is reported as a *mqtt.ReasonError with the Reason Code the specification names for it:
// 0x81 when it cannot be parsed, 0x82 when it can but must not be, 0x83, 0x94, 0x95 for limits.
//
// A Publication makes the forms that one message takes on the wire, and a Keeper has room for
// messages that must outlive the read they came with.
//
// Knows: the layout of every packet and property, what each must and must not contain, limits on
// single strings and on User Properties.
// Does not know: sockets, connections, what came before or comes after a packet, valid topics.
package packet
