// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package podport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// Dialer connects to pods of one namespace. It is safe for concurrent use.
type Dialer struct {
	config    *rest.Config
	pods      rest.Interface
	namespace string
}

// New returns a Dialer.
func New(config *rest.Config, namespace string) (*Dialer, error) {
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Dialer{config, set.CoreV1().RESTClient(), namespace}, nil
}

// DialContext connects to an address that is the name of a pod, a colon and a port. It is made for
// http.Transport.
func (d *Dialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	pod, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() { // it ends by itself, but not because ctx does
		conn, err := d.dial(pod, port)
		done <- result{conn, err}
		if ctx.Err() != nil && conn != nil {
			_ = conn.Close() // nobody is there who would
		}
	}()
	select {
	case r := <-done:
		return r.conn, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *Dialer) dial(pod, port string) (net.Conn, error) {
	dialer, err := d.streams(pod)
	if err != nil {
		return nil, err
	}
	streams, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, fmt.Errorf("port %s of pod %s: %w", port, pod, plain(err))
	}
	c, err := open(streams, pod, port)
	if err != nil {
		_ = streams.Close()
		return nil, fmt.Errorf("port %s of pod %s: %w", port, pod, err)
	}
	return c, nil
}

// streams tries WebSocket first, as kubectl does, and SPDY where a server or a proxy on the way
// does not understand.
func (d *Dialer) streams(pod string) (httpstream.Dialer, error) {
	u := d.pods.Post().Namespace(d.namespace).Resource("pods").Name(pod).
		SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(d.config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport},
		http.MethodPost, u)
	new, err := portforward.NewSPDYOverWebsocketDialerForStreaming(u, d.config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(new, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

// plain is an error without the words about what failed on the way to the answer.
func plain(err error) error {
	text := err.Error()
	for _, prefix := range []string{"error sending request: ", "unable to upgrade connection: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return errors.New(text)
}

// open opens the two streams of a connection.
func open(streams httpstream.Connection, pod, port string) (*conn, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, port)
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.Itoa(0)) // there is only one
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failure, err := streams.CreateStream(headers)
	if err != nil {
		return nil, err
	}
	_ = failure.Close() // we do not write on it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := streams.CreateStream(headers)
	if err != nil {
		return nil, err
	}
	return &conn{Stream: data, failure: failure, streams: streams,
		peer: address(net.JoinHostPort(pod, port))}, nil
}
