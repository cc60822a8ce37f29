// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

//go:build !invariants

package reactor

import "golang.org/x/sys/unix"

const invariants = false

func (*Loop) perturb([]unix.EpollEvent) {}
