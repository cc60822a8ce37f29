// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package compare divides the figures of brokers by each other.
//
// Only runs of the same name are compared, and the first of one broker with the first of the
// other, the second with the second: when runs are interleaved, these are neighbours in time and
// had the same disturbances. A ratio is therefore the median of ratios, not a ratio of medians.
//
// Knows: which figures are worth comparing and whether less is better.
// Does not know: how results came about.
package compare
