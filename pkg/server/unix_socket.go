// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package server

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"strconv"
)

// dressUnixSocket gives the file of a unix socket its mode and owner. FlashMQ: a failure only
// warns.
func (s *Server) dressUnixSocket(d *door) {
	if d.endpoint.Network != "unix" {
		return
	}
	path, block := d.endpoint.Address, d.rules.Load().block
	if block.UnixSocketMode != 0 {
		if err := os.Chmod(path, block.UnixSocketMode&fs.ModePerm); err != nil {
			s.log.Warn("unix_socket_mode", "path", path, "error", err)
		}
	}
	uid, err1 := numberOf(block.UnixSocketUser, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
	gid, err2 := numberOf(block.UnixSocketGroup, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	err := errors.Join(err1, err2)
	if err == nil && (uid >= 0 || gid >= 0) {
		err = os.Chown(path, uid, gid)
	}
	if err != nil {
		s.log.Warn("unix_socket_user or unix_socket_group", "path", path, "error", err)
	}
}

// numberOf turns a name or a number into a number; -1 when there is none.
func numberOf(name string, find func(string) (string, error)) (int, error) {
	if name == "" {
		return -1, nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		return n, nil
	}
	id, err := find(name)
	if err != nil {
		return -1, err
	}
	return strconv.Atoi(id)
}
