// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/flashmq/flashmq/cmd/flashmq-bench/internal/load"
)

// doorFlags are what the command line says about TLS and WebSocket.
type doorFlags struct {
	tls, ws bool
	path    string
	options load.TLS
}

func (d *doorFlags) add(fs *pflag.FlagSet) {
	o := &d.options
	fs.BoolVar(&d.tls, "tls", false, "")
	fs.StringVar(&o.CAFile, "cafile", "", "")
	fs.BoolVar(&o.Insecure, "insecure", false, "")
	fs.StringVar(&o.ServerName, "servername", "", "")
	fs.StringVar(&o.CertFile, "cert", "", "")
	fs.StringVar(&o.KeyFile, "key", "", "")
	fs.StringVar(&o.Version, "tls-version", "", "")
	fs.BoolVar(&o.Resume, "resume", false, "")
	fs.BoolVar(&d.ws, "ws", false, "")
	fs.StringVar(&d.path, "ws-path", "/mqtt", "")
}

// settleDoor hands over what the flags say about TLS and WebSocket.
func (s *setup) settleDoor(fs *pflag.FlagSet) error {
	d, o := &s.door, &s.load
	d.tls = d.tls || fs.Changed("cafile")
	if err := d.check(fs); err != nil {
		return err
	}
	if d.tls {
		o.TLS = &d.options
	}
	if d.ws {
		o.WebSocket = d.path
	}
	if !fs.Changed("port") {
		o.Port = usualPort(d.tls, d.ws)
	}
	return nil
}

// usualPort is where such a listener is unless one is named: those of IANA, and of RFC 6455 11.1.
func usualPort(tls, ws bool) int {
	switch {
	case tls && ws:
		return 443
	case ws:
		return 80
	case tls:
		return 8883
	}
	return 1883
}

// ofTLS are the flags that --tls has to stand beside.
var ofTLS = []string{"insecure", "servername", "cert", "key", "tls-version", "resume"}

// check finds flags that would change nothing, or that contradict each other.
func (d *doorFlags) check(fs *pflag.FlagSet) error {
	for _, name := range ofTLS {
		if fs.Changed(name) && !d.tls {
			return fmt.Errorf("--%s means nothing without TLS: add --tls or --cafile", name)
		}
	}
	o := &d.options
	switch {
	case fs.Changed("ws-path") && !d.ws:
		return fmt.Errorf("--ws-path means nothing without WebSocket: add --ws")
	case !strings.HasPrefix(d.path, "/") || strings.ContainsFunc(d.path, notOfPath):
		return fmt.Errorf("--ws-path %q: it begins with /, and other than ASCII is written with "+
			"%%, such as /mqtt", d.path)
	case fs.Changed("cafile") && o.CAFile == "":
		return fmt.Errorf("--cafile names no file: leave it out for the system's authorities")
	case o.Insecure && o.CAFile != "":
		return fmt.Errorf("--insecure verifies nothing, so --cafile has no use: leave one out")
	case o.CertFile != "" && o.KeyFile == "":
		return fmt.Errorf("--cert needs the certificate's private key: add --key FILE")
	case o.CertFile == "" && o.KeyFile != "":
		return fmt.Errorf("--key needs the certificate it belongs to: add --cert FILE")
	case fs.Changed("tls-version") && o.Version != "1.2" && o.Version != "1.3":
		return fmt.Errorf("--tls-version %s: it is 1.2 or 1.3", o.Version)
	}
	return nil
}

// notOfPath tells what may not be in the path of a request as it is.
func notOfPath(r rune) bool { return r <= ' ' || r >= 0x7F || r == '#' }
