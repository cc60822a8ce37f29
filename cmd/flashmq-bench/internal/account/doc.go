// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

// Package account reads what processes have used: CPU time, memory, and facts about the machine.
//
// Knows: /proc and the CPU clocks of the kernel.
// Does not know: what the processes do, MQTT, what the figures are divided by.
package account
