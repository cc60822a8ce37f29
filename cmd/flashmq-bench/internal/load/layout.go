// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// layOut makes the loops with their groups and clients.
func (r *run) layOut() error {
	o := &r.options
	threads := min(o.Threads, o.Groups)
	perGroup := o.Publishers + o.Subscribers
	if o.Scenario == Mesh {
		perGroup = 1
	}
	if err := r.fits(o.Groups * perGroup); err != nil {
		return err
	}
	for t := range threads {
		groups := o.Groups / threads
		if t < o.Groups%threads {
			groups++
		}
		l, err := r.newLoop(groups*perGroup, groups)
		if err != nil {
			return err
		}
		for g := range groups {
			l.groups = append(l.groups, group{number: t + g*threads, copies: o.Subscribers,
				shared: o.Scenario == Share})
			if l.groups[g].shared {
				l.groups[g].copies = 1
			}
		}
		if err := l.populate(); err != nil {
			return err
		}
		l.wanted = len(l.conns)
		if o.Rate > 0 {
			l.pace.step = 1e9 * float64(threads) / o.Rate
			l.spacing = int64(l.pace.step)
		}
	}
	return nil
}

// populate makes the clients of a loop's groups, subscribers first.
func (l *loop) populate() error {
	o := l.options
	for g := range l.groups {
		for range o.Subscribers {
			c := l.add(subscription(o, l.groups[g].number, 0))
			c.hears = &hearing{group: &l.groups[g], from: make([]track, o.Publishers)}
		}
	}
	for p := range o.Publishers {
		for g := range l.groups {
			c, topic := l.publishing(g), topic(o, l.groups[g].number, p)
			c.group = &l.groups[g]
			if err := l.publisher(c, &l.groups[g], topic, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// publishing is the client that publishes for a group: in the mesh the one that subscribes to the
// group before it, else one of its own.
func (l *loop) publishing(g int) *conn {
	if l.options.Scenario == Mesh {
		return &l.conns[(g+1)%len(l.groups)]
	}
	return l.add("")
}

// publisher makes c publish to a topic for a group.
func (l *loop) publisher(c *conn, g *group, topic string, number int) error {
	t, err := newTemplate(l.options, topic, l.options.Scenario == Retained)
	if err != nil {
		return err
	}
	p := &publisher{conn: c, group: g, template: t, number: uint32(number)}
	g.publishers = append(g.publishers, p)
	l.publishers = append(l.publishers, p)
	return nil
}

// Ours: open files that are not connections, and ports of one source address.
const (
	otherFiles = 64
	ports      = 28000
)

// fits fails when this machine does not let the generator have so many connections.
func (r *run) fits(connections int) error {
	var files unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files)
	if err == nil && uint64(connections+otherFiles) > files.Cur {
		return fmt.Errorf("load: %d connections need as many open files, and the limit is %d: "+
			"raise it with ulimit -n, or ask for fewer", connections, files.Cur)
	}
	if n := max(1, r.options.SourceAddresses); connections > n*ports {
		return fmt.Errorf("load: %d connections need more ports than %d source addresses have: "+
			"use --source-addresses %d", connections, n, connections/ports+1)
	}
	return nil
}
