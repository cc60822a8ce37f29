// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package report makes a page of results: one HTML file with everything in it.
//
// Plots are SVG made here; there is no script, and nothing is fetched from anywhere. Colours
// follow the reader's choice of a light or dark screen.
//
// Knows: HTML, SVG, scales and colours.
// Does not know: how results came about.
package report
