// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/flashmq/flashmq/operator/haproxy"
	"github.com/flashmq/flashmq/operator/proxyagent"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/servertest/ports"
)

func (p *proxy) listen(name string, port int) {
	p.options.Listeners = append(p.options.Listeners, haproxy.Listener{Name: name, BindPort: port,
		BrokerPort: p.broker, Protocol: haproxy.MQTT, Balance: haproxy.Source})
}

// A port that somebody else has is no reason to take no Clients on the others. As soon as it is
// free HAProxy gets it.
func TestPortIsTaken(t *testing.T) {
	p := start(t, nil)
	port := ports.Free(t)
	other, err := net.Listen("tcp4", fmt.Sprint("127.0.0.1:", port))
	must(t, err)
	defer other.Close()
	c := p.dial(t, 0)
	c.Connect(mqtt.V50, "stays")
	before := p.worker(t)

	p.listen("second", port)
	p.exchange(t)
	want := fmt.Sprintf("port %d cannot be bound: address already in use", port)
	p.wait(t, "a refusal", func(s *proxyagent.Status) bool {
		p.dial(t, 0).Disconnect() // fails if it is not taken
		return s.LastChange != nil && s.LastChange.Error == want
	})
	if p.worker(t) != before || strings.Contains(p.out.String(), "Reloading") {
		t.Error("HAProxy was told to reload")
	}

	must(t, other.Close())
	p.exchange(t)
	p.settled(t)
	p.dial(t, 1).Connect(mqtt.V50, "comes")
	c.Quiet()
}

// sharing makes a socket like those of HAProxy, which share ports.
func sharing(_, _ string, c syscall.RawConn) error {
	var problem error
	err := c.Control(func(fd uintptr) {
		problem = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	return errors.Join(err, problem)
}

func TestPorts(t *testing.T) {
	t.Parallel()
	own, err := (&net.ListenConfig{Control: sharing}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	must(t, err)
	defer own.Close()
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer other.Close()
	taken := other.Addr().(*net.TCPAddr).Port
	inUse := fmt.Sprintf("port %d cannot be bound: address already in use", taken)
	for _, test := range []struct {
		name, inForce, next, want string
		port                      int
	}{
		{"free", "", "bind 127.0.0.1:%d", "", ports.Free(t)},
		{"free, all IPv4", "", "bind :%d", "", ports.Free(t)},
		{"free, all", "", "bind [::]:%d v4v6", "", ports.Free(t)},
		{"taken", "", "bind 127.0.0.1:%d ssl crt x", inUse, taken},
		{"taken, all IPv4", "", "bind :%d", inUse, taken},
		{"taken, all", "", "bind [::]:%d v4v6", inUse, taken},
		{"taken by itself", "bind :%[1]d\n", "bind :%[1]d ssl crt x", "", taken},
		{"another one by itself", "bind :1\n", "bind :1\n    bind :%d", inUse, taken},
		{"HAProxy has one address of all", "", "bind :%d", "", own.Addr().(*net.TCPAddr).Port},
		{"not ours", "", "bind 192.0.2.1:%d",
			"port 1 cannot be bound: cannot assign requested address", 1},
		{"no address", "", "bind unix@/nowhere/%d", "", 1},
		{"no line of its own", "", "# bind :%d", "", taken},
	} {
		t.Run(test.name, func(t *testing.T) {
			inForce := test.inForce
			if strings.Contains(inForce, "%") {
				inForce = fmt.Sprintf(inForce, test.port)
			}
			next := fmt.Sprintf("frontend a\n    "+test.next+"\n", test.port)
			got := ""
			if err := tryPorts([]byte(next), []byte(inForce)); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
