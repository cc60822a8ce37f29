// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// What came is judged by its type, its Packet Identifier, its codes and the end.
func TestJudge(t *testing.T) {
	suback := granted(1, 2)
	tests := []struct {
		name    string
		version mqtt.Version
		state   State
		want    []Outcome
		got     string // packets in hexadecimal
		ended   bool
		good    bool
	}{
		{"silence", 5, Connected, silent(), "", false, true},
		{"silence broken", 5, Connected, silent(), "40020001", false, false},
		{"silence with the end", 5, Connected, silent(), "", true, false},
		{"silence with a message", 5, Connected, silent(), "300400017700", false, true},
		{"the end", 4, Connected, ended(), "", true, true},
		{"the end with a word", 5, Connected, ended(), "e00181", true, false},
		{"no end", 4, Connected, ended(), "", false, false},
		{"answer", 5, Connected, published(1, 10), "4002000a", false, true},
		{"answer with a code", 5, Connected, published(1, 10), "4003000a10", false, true},
		{"answer with another code", 5, Connected, published(1, 10), "4003000a80", false, false},
		{"answer with another id", 5, Connected, published(1, 10), "4002000b", false, false},
		{"answer of another type", 5, Connected, published(1, 10), "5002000a", false, false},
		{"answer and the end", 5, Connected, published(1, 10), "4002000a", true, false},
		{"no answer", 5, Connected, published(1, 10), "", false, false},
		{"two answers", 5, Connected, published(1, 10), "4002000a 4002000a", false, false},
		{"SUBACK", 5, Connected, suback, "9005000a000101", false, true},
		{"SUBACK 3.1.1", 4, Connected, suback, "9004000a0101", false, true},
		{"SUBACK with a property", 5, Connected, suback, "9008000a031f00000101", false, true},
		{"SUBACK of one code", 5, Connected, suback, "9004000a0001", false, false},
		{"SUBACK with another code", 5, Connected, suback, "9005000a000180", false, false},
		{"UNSUBACK 3.1.1", 4, Connected, removed(4, 2, 0), "b002000a", false, true},
		{"DISCONNECT", 5, Connected, refused(5, 0x81, 0x82), "e00182", true, true},
		{"DISCONNECT in full", 5, Connected, refused(5, 0x81), "e0058103 1f0000", true, true},
		{"DISCONNECT, other code", 5, Connected, refused(5, 0x81), "e00182", true, false},
		{"DISCONNECT, no code", 5, Connected, refused(5, 0x81), "e000", true, false},
		{"DISCONNECT, no end", 5, Connected, refused(5, 0x81), "e00181", false, false},
		{"DISCONNECT before CONNECT", 5, Fresh, refused(5, 0x81), "e00181", true, false},
		{"CONNACK that refuses", 5, Fresh, refused(5, 0x81), "2003008100", true, true},
		{"CONNACK after CONNECT", 5, Connected, refused(5, 0x81), "2003008100", true, false},
		{"CONNACK 3.1.1 that refuses", 4, Fresh, unsupported(), "20020001", true, true},
		{"CONNACK 3.1.1 of another code", 4, Fresh, unsupported(), "20020002", true, false},
		{"CONNACK", 5, Fresh, accepted(), "2003000000", false, true},
		{"either", 5, Connected, either(ended(), silent()), "", false, true},
		{"no packet", 5, Connected, silent(), "40", false, false},
		{"too short a packet", 5, Connected, silent(), "400100", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Case{Name: "x", Version: tt.version, State: tt.state, Want: tt.want}
			err := c.Judge(packetsOf(t, tt.got), tt.ended)
			if (err == nil) != tt.good {
				t.Errorf("judged %v", err)
			}
		})
	}
}

// packetsOf reads packets of up to 127 bytes; what is no packet stays as it is.
func packetsOf(t *testing.T, s string) (list [][]byte) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		size := len(b)
		if size > 1 {
			size = min(size, 2+int(b[1]))
		}
		list, b = append(list, b[:size]), b[size:]
	}
	return list
}

// A complaint names the bytes, what came, what was wanted and the clause.
func TestComplaint(t *testing.T) {
	c := Case{Name: "v5/X/y/z", Version: mqtt.V50, State: Connected, Wire: []byte{0xC0, 0},
		Want:   either(refused(mqtt.V50, mqtt.ProtocolError), ended(), silent(), granted(1, 1)),
		Clause: "MQTT-1.2.3-4"}
	err := c.Judge([][]byte{{0x40, 2, 0, 9}}, false)
	if err == nil {
		t.Fatal("no complaint")
	}
	for _, part := range []string{"wirecase: sent c0 00,", "PUBACK id 9 codes [0x00]",
		"the end with a code of [0x82]", "the end without a word", "silence",
		"SUBACK 10 with a code of [0x01]", "MQTT-1.2.3-4"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
	if packet.Type(c.Wire[0]>>4) != packet.PINGREQ {
		t.Error("Judge changed the case")
	}
}
