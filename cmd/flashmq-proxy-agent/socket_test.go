// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"net"
	"syscall"
	"testing"
)

// Whoever connects to the port and says nothing has a place for a while, and there are 64. The next
// one gets an answer when the first of them has gone.
func TestIdleConnections(t *testing.T) {
	p := start(t, nil)
	var idle []*net.TCPConn
	for range 64 {
		conn, err := net.Dial("tcp4", fmt.Sprint("127.0.0.1:", p.port))
		must(t, err)
		defer conn.Close()
		idle = append(idle, conn.(*net.TCPConn))
	}
	if p.status(t) == nil {
		t.Fatal("there is no answer")
	}
	gone := 0
	for _, conn := range idle {
		if ended(t, conn) {
			gone++
		}
	}
	if gone == 0 {
		t.Error("65 connections were served at a time")
	}
}

// ended says whether the other side has closed a connection, without waiting for it.
func ended(t *testing.T, conn *net.TCPConn) bool {
	t.Helper()
	raw, err := conn.SyscallConn()
	must(t, err)
	var n int
	var problem error
	must(t, raw.Read(func(fd uintptr) bool {
		n, _, problem = syscall.Recvfrom(int(fd), make([]byte, 1),
			syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	}))
	return problem != syscall.EAGAIN && n <= 0
}
