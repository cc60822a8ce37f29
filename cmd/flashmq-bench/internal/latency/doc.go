// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package latency collects how long messages took and says it in percentiles.
//
// Times are nanoseconds. A Recorder belongs to one loop and hands its histogram over once an
// interval; a Collector adds up what all loops hand over.
//
// Knows: HdrHistogram and its export format.
// Does not know: clocks, MQTT, what began and ended.
package latency
