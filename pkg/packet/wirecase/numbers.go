// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
	"github.com/flashmq/flashmq/pkg/packet"
)

// requestIDs adds Packet Identifiers that the Client chooses.
func (s *sheet) requestIDs(sp *specimen, i int) {
	v := sp.version
	s.add(sp, "packet identifier", "zero", sp.with(i, two(0)), nonZeroID.of(v),
		refused(v, wrong...))
	for _, n := range []mqtt.PacketID{1, 0x00FF, 0x0100, 0x7FFF, 0x8000, 0xFFFF} {
		want := append([]Outcome{}, sp.want...)
		for j := range want {
			want[j].ID = n
		}
		s.add(sp, "packet identifier", fmt.Sprint(n), sp.with(i, two(int(n))), sp.clause, want)
	}
}

// acknowledgedIDs adds Packet Identifiers that nothing stands for. PUBREC and PUBREL are answered
// all the same, with 0x92 in 5.0; the others a Server may take for an error or ignore.
func (s *sheet) acknowledgedIDs(sp *specimen, i int) {
	for _, n := range []mqtt.PacketID{0, 2, 0x0100, 0xFFFF} {
		what := fmt.Sprint(n)
		if n == 0 {
			what = "zero"
		}
		want := either(silent(), refused(sp.version, wrong...))
		if answer := answerTo(sp, n); n != 0 && answer != nil {
			want = answer
		} else if answer != nil {
			want = either(refused(sp.version, wrong...), answer)
		}
		s.add(sp, "packet identifier", what, sp.with(i, two(int(n))), sameID.of(sp.version), want)
	}
}

// answerTo is the answer to PUBREC and PUBREL for an identifier that is not in use.
func answerTo(sp *specimen, n mqtt.PacketID) []Outcome {
	code := mqtt.Success
	if sp.version == mqtt.V50 {
		code = mqtt.PacketIdentifierNotFound
	}
	switch sp.packet {
	case packet.PUBREC.String():
		return acknowledged(packet.PUBREL, n, code)
	case packet.PUBREL.String():
		return acknowledged(packet.PUBCOMP, n, code)
	}
	return nil
}

// options adds every Subscription Options byte, which is the Requested QoS in 3.x.
func (s *sheet) options(v mqtt.Version) {
	sp := subscribe(v)
	for _, where := range []string{"subscription options", "second subscription options"} {
		for n := range 256 {
			clause, want := optionsVerdict(v, byte(n))
			if want == nil {
				continue
			}
			what := fmt.Sprintf("%02x", n)
			s.add(sp, where, what, sp.with(sp.field(where), []byte{byte(n)}), clause, want)
		}
	}
}

// optionsVerdict is what the Subscription Options earn; nil where nothing is said, which is the
// case for reserved bits in 3.1.
func optionsVerdict(v mqtt.Version, n byte) (clause string, want []Outcome) {
	fine := granted(1, 2)
	fine[0].Codes = []mqtt.ReasonCode{mqtt.GrantedQoS1, mqtt.ReasonCode(n & 3)}
	switch {
	case v == mqtt.V31 && n > 2:
		return "", nil
	case v == mqtt.V31:
		return "3.8", fine
	case v == mqtt.V311 && n > 2:
		return "MQTT-3.8.3-4", ended()
	case v == mqtt.V311:
		return "MQTT-3.8.4-1", fine
	}
	var codes []mqtt.ReasonCode
	clause = "MQTT-3.8.4-7"
	if n&3 == 3 || n>>4&3 == 3 {
		clause, codes = "3.8.3.1", append(codes, mqtt.ProtocolError)
	}
	if n>>6 != 0 {
		clause, codes = "MQTT-3.8.3-5", append(codes, mqtt.MalformedPacket)
	}
	if codes != nil {
		return clause, refused(v, codes...)
	}
	return clause, fine
}
