// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import (
	"fmt"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// bridgeBit in the Protocol Version is how bridges make themselves known to Servers that know
// about it. The specification does not.
const bridgeBit = 0x80

// levels adds every Protocol Version to both Protocol Names, and names that are neither.
func (s *sheet) levels() {
	for _, name := range []string{"MQTT", "MQIsdp"} {
		for n := range 256 {
			s.level(name, byte(n))
		}
	}
	for _, name := range []string{"", "M", "MQT", "MQTTT", "mqtt", "Mqtt", "MQTt", "MQTT ", " MQTT",
		"TTQM", "MQISDP", "mqisdp", "MQIsd", "MQIsdpp", "MQIsDp", "HTTP", "MQTT-SN", "\xFF\xFF"} {
		for _, v := range []mqtt.Version{mqtt.V31, mqtt.V311, mqtt.V50} {
			sp := shortConnect(v)
			what := fmt.Sprintf("%q", name)
			s.add(sp, "protocol name", what, sp.with(0, text(name)), protocolName.of(v),
				either(ended(), unsupported(), refused(v, wrong...)))
		}
	}
}

// unsupported is a CONNACK that says that the version is none the Server speaks.
func unsupported() []Outcome {
	return []Outcome{{Kind: Refused,
		Codes: []mqtt.ReasonCode{mqtt.UnsupportedProtocolVersion}}}
}

// level adds one Protocol Version. How to answer one above 5 nobody can know.
func (s *sheet) level(name string, n byte) {
	v := mqtt.V50
	if n < byte(mqtt.V50) {
		v = mqtt.V311
	}
	spoken := map[string]mqtt.Version{"MQTT\x04": mqtt.V311, "MQTT\x05": mqtt.V50,
		"MQIsdp\x03": mqtt.V31}
	plain, known := spoken[name+string(rune(n&^bridgeBit))]
	if known {
		v = plain
	}
	sp := shortConnect(v)
	sp.fields[0].wire, sp.fields[1].wire = text(name), []byte{n}
	want := unsupported()
	switch {
	case known && n < bridgeBit:
		want = sp.want
	case known:
		want = either(sp.want, unsupported())
	case n > byte(mqtt.V50) || name != "MQTT":
		want = either(unsupported(), ended())
	}
	what := fmt.Sprintf("%02x of %s", n, name)
	s.add(sp, "protocol version", what, frame(0x10, sp.body()), level.of(v), want)
}
