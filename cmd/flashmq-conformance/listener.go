// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/flashmq/flashmq/pkg/conformance"
)

// ways are the flags that say how to get to the server.
type ways struct {
	tls, insecure     bool
	cafile, webSocket string
}

func (w *ways) flags(fs *flag.FlagSet) {
	fs.BoolVar(&w.tls, "tls", false, "speak TLS to HOST:PORT")
	fs.StringVar(&w.cafile, "cafile", "",
		"trust the authorities in `FILE`, in PEM, instead of the system's")
	fs.BoolVar(&w.insecure, "insecure", false, "trust any certificate")
	fs.StringVar(&w.webSocket, "websocket", "",
		"where the server speaks WebSocket: `URL` for the checks of section 6")
}

// choose fills in where the server listens: at HOST:PORT or a URL.
func (w *ways) choose(o *conformance.Options, server string) error {
	trusted, err := w.trust()
	if err != nil {
		return err
	}
	if o.Listener, err = w.listener(server, trusted); err != nil {
		return err
	}
	if w.webSocket != "" {
		if o.WebSocket, err = webSocketAt(w.webSocket, trusted); err != nil {
			return err
		}
	}
	if (w.cafile != "" || w.insecure) && o.Listener.TLS == nil && o.WebSocket.TLS == nil {
		return errors.New("-cafile and -insecure need -tls, or a URL that begins with wss://")
	}
	return nil
}

// trust says whose certificates are good.
func (w *ways) trust() (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: w.insecure} // #nosec G402 -- when the user asks for it
	if w.cafile == "" {
		return c, nil
	}
	list, err := os.ReadFile(w.cafile)
	if err != nil {
		return nil, err
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(list) {
		return nil, fmt.Errorf("there is no certificate in %s", w.cafile)
	}
	return c, nil
}

// listener reads the argument that names the server.
func (w *ways) listener(server string, trusted *tls.Config) (conformance.Listener, error) {
	switch isURL := strings.Contains(server, "://"); {
	case isURL && w.tls:
		return conformance.Listener{}, errors.New("-tls is for HOST:PORT; use wss:// in a URL")
	case isURL:
		return webSocketAt(server, trusted)
	case w.tls:
		return conformance.Listener{Address: server, TLS: trusted}, nil
	}
	return conformance.Listener{Address: server}, nil
}

// webSocketAt reads a URL (RFC 6455 3).
func webSocketAt(where string, trusted *tls.Config) (l conformance.Listener, err error) {
	u, err := url.Parse(where)
	if err != nil {
		return l, err
	}
	port := "80"
	switch {
	case u.Scheme == "wss" && u.Host != "":
		l.TLS, port = trusted, "443"
	case u.Scheme != "ws" || u.Host == "":
		return l, fmt.Errorf("%s: a WebSocket is at ws://HOST:PORT/PATH or wss://HOST:PORT/PATH",
			where)
	}
	l.Address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	l.Path = u.RequestURI()
	return l, nil
}
