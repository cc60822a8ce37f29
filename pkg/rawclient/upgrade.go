// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
)

// The key of RFC 6455 1.3, and the answer to it. It is there against caches on the way, which
// nobody puts before a server under test.
const (
	upgradeKey      = "dGhlIHNhbXBsZSBub25jZQ=="
	upgradeAccepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// Upgrade asks the server at the other end of conn, which has that name, for a WebSocket. Each of
// protocols is a line with the subprotocols that are offered. The answer, whose body is closed, is
// there when the server says no as well.
func Upgrade(conn net.Conn, host, path string, protocols ...string) (
	*WebSocket, *http.Response, error) {
	q, err := http.NewRequest(http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return nil, nil, err
	}
	q.Header = http.Header{
		"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {upgradeKey}, "Sec-Websocket-Protocol": protocols,
	}
	if err := q.Write(conn); err != nil {
		return nil, nil, err
	}
	from := bufio.NewReader(conn)
	answer, err := http.ReadResponse(from, q)
	if err != nil {
		return nil, nil, err
	}
	_ = answer.Body.Close() // nobody reads it
	switch {
	case answer.StatusCode != http.StatusSwitchingProtocols:
		return nil, answer, fmt.Errorf("rawclient: the server answers %s", answer.Status)
	case answer.Header.Get("Sec-Websocket-Accept") != upgradeAccepted:
		return nil, answer, fmt.Errorf("rawclient: the server accepts the key %s with %q",
			upgradeKey, answer.Header.Get("Sec-Websocket-Accept"))
	}
	return &WebSocket{Conn: conn, from: from}, answer, nil
}
