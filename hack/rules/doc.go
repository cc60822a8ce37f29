// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package rules keeps the house rules: what a compiler does not see and review forgets.
//
// Each rule is a function from parsed source files to problems, listed in rules.go; rooms.go has
// the floor plan, which room may import which, and libraries.go the modules of others. The test
// runs all of them over the tree, without a network. Every message says how to put it right.
//
// Knows: the folders of this repository, Go syntax.
// Does not know: what any of the code means.
package rules
