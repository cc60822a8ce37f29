// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"os"
	"strconv"
	"time"
)

// parentVariable holds the process id of a program that wants what it starts to end with it, even
// if it is killed: a test run into its timeout stops nothing any more.
const parentVariable = "KUBEALL_PARENT"

// endWithParent ends this process soon after its parent, if that is the one that asks for it.
// Programs started by somebody in between have another parent, and go on.
func endWithParent() {
	parent, err := strconv.Atoi(os.Getenv(parentVariable))
	if err != nil || parent != os.Getppid() {
		return
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(time.Second)
		}
		os.Exit(1)
	}()
}
