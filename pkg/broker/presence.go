// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package broker

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/session"
)

// Presence is what $SYS tells about a connected Client.
type Presence struct {
	Username   string `json:"username,omitempty"`
	Address    string `json:"address"`
	Version    string `json:"version"`
	KeepAlive  uint16 `json:"keepalive"`
	CleanStart bool   `json:"clean"`
}

// presenceTopic is where the Client Identifiers of connected Clients are one topic level each.
const presenceTopic = "clients/connected/"

// unambiguous makes a Client Identifier one topic level.
var unambiguous = strings.NewReplacer("%", "%25", "/", "%2F", "+", "%2B", "#", "%23")

// List makes a Client appear below $SYS, if that is wanted, until it is gone.
func (s *Shard) List(who *session.Session, p Presence) {
	if !s.Options.SysClients {
		return
	}
	text, err := json.Marshal(p)
	name := presenceTopic + unambiguous.Replace(string(who.ID))
	if err != nil || len(sysPrefix)+len(name) > math.MaxUint16 {
		return // not listed rather than listed wrongly
	}
	if s.listed == nil {
		s.listed = make(map[mqtt.ClientID]struct{})
	}
	s.listed[who.ID] = struct{}{}
	s.publishSys(name, string(text))
}

// unlist takes a Client off the list: whoever watches it gets an empty message.
func (s *Shard) unlist(who *session.Session) {
	if _, ok := s.listed[who.ID]; ok {
		delete(s.listed, who.ID)
		s.publishSys(presenceTopic+unambiguous.Replace(string(who.ID)), "")
	}
}
