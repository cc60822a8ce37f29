// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package apply brings the children of one owner into the state somebody wants, by server-side
// apply, and writes nothing that is so already.
//
// Knows: owner references, field ownership, what of an object has drifted, what nobody wants.
// Does not know: what the children are for.
package apply
