// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package subscription

import "github.com/flashmq/flashmq/pkg/topic"

// Match is what a Topic Name matches. The caller keeps one and uses it again and again, so that
// matching does not allocate.
type Match[S any] struct {
	// Members are the members of one matching filter in one shard each.
	Members []*Members[S]
	// Groups are the shared groups of matching filters: one member of each is to be served.
	Groups []*Group[S]
	// path, here and next are the walk through the trie.
	path       topic.Path
	here, next []branch[S]
}

func (m *Match[S]) add(e *ends[S]) {
	for list := e.members.Load(); list != nil; list = list.next.Load() {
		m.Members = append(m.Members, list)
	}
	for g := e.groups.Load(); g != nil; g = g.next.Load() {
		m.Groups = append(m.Groups, g)
	}
}

// Match finds everything that is filed under a filter that matches the name.
func (x *Index[S]) Match(name string, into *Match[S]) {
	into.Members, into.Groups = into.Members[:0], into.Groups[:0]
	if e, _ := x.exact.find(name); e != nil {
		into.add(e)
	}
	x.wild.match(name, into)
}
