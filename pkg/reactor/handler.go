// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package reactor

// Handler is what the connections of a Reactor are for. Every call about a connection or a loop
// comes on that loop's goroutine; calls of different loops come at the same time.
type Handler interface {
	// Opened: c was accepted. Its first callback.
	Opened(c *Conn)
	// Readable: bytes have arrived. in is borrowed until the return.
	Readable(c *Conn, in []byte)
	// Moved: c has come over from another loop. Readable with the unread bytes follows, if any.
	Moved(c *Conn)
	// Flush: the turn is about to end and c was scheduled during it, or c takes output again after
	// a Send that could not write everything. The place to call Send.
	Flush(c *Conn)
	// Closed: c is gone; io.EOF when the peer closed it. Its last callback, exactly once.
	Closed(c *Conn, err error)
	// Mail: a batch was posted to l.
	Mail(l *Loop, batch any)
	// Tick: once at the end of every turn, before its Flush calls.
	Tick(l *Loop, now int64)
}
