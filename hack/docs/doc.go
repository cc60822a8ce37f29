// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package docs keeps the documentation true: what it links to and what it names has to exist.
//
// Pages name code as `room.Type.method`, where a room is a folder of pkg, and files from the top of
// the repository or from pkg. The tests look all of that up in the source, keys in the table of
// docs/configuration.md, and `make` targets in the Makefile.
//
// Knows: Markdown as far as our pages use it, which names the Go source declares.
// Does not know: whether what a page says about a name is right.
package docs
