// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package rawclient

import (
	"errors"

	"github.com/flashmq/flashmq/pkg/buffer"
	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// Pingresp has no content.
type Pingresp struct{}

// decode makes a struct of one whole packet. It borrows raw.
func decode(v mqtt.Version, raw []byte) (any, error) {
	var framer packet.Framer
	f, _, ok, err := framer.Next(buffer.NewPool(0), raw)
	if err != nil || !ok {
		return nil, errors.Join(err, errors.New("rawclient: not a packet"))
	}
	d := &packet.Decoder{Version: v}
	switch f.Type {
	case packet.CONNACK:
		return decoded(d.Connack, f)
	case packet.PUBLISH:
		return decoded(d.Publish, f)
	case packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP:
		return decodeAck(d, f)
	case packet.SUBACK:
		return decoded(d.Suback, f)
	case packet.UNSUBACK:
		return decoded(d.Unsuback, f)
	case packet.PINGRESP:
		return &Pingresp{}, packet.Empty(f)
	case packet.DISCONNECT:
		return decoded(d.Disconnect, f)
	case packet.AUTH:
		return decoded(d.Auth, f)
	}
	return nil, errors.New("rawclient: a Server does not send " + f.Type.String())
}

func decoded[T any](how func(packet.Frame, *T) error, f packet.Frame) (any, error) {
	into := new(T)
	return into, how(f, into)
}

// Puback, Pubrec, Pubrel and Pubcomp look alike on the wire; here they are told apart.
type (
	Puback  struct{ packet.Ack }
	Pubrec  struct{ packet.Ack }
	Pubrel  struct{ packet.Ack }
	Pubcomp struct{ packet.Ack }
)

func decodeAck(d *packet.Decoder, f packet.Frame) (any, error) {
	switch f.Type {
	case packet.PUBACK:
		a := &Puback{}
		return a, d.Ack(f, &a.Ack)
	case packet.PUBREC:
		a := &Pubrec{}
		return a, d.Ack(f, &a.Ack)
	case packet.PUBREL:
		a := &Pubrel{}
		return a, d.Ack(f, &a.Ack)
	}
	a := &Pubcomp{}
	return a, d.Ack(f, &a.Ack)
}
