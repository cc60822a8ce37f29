// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package wirecase

import "github.com/flashmq/flashmq/pkg/mqtt"

// rule is one rule in the numbering of each version: a tag where it has one, else a section. In
// 3.1 nothing has a tag.
type rule struct{ v5, v311, v31 string }

func (r rule) of(v mqtt.Version) string {
	switch v {
	case mqtt.V50:
		return r.v5
	case mqtt.V311:
		return r.v311
	}
	return r.v31
}

// Rules about data, wherever it stands.
var (
	wellFormed   = rule{"MQTT-1.5.4-1", "MQTT-1.5.3-1", "2.5"}
	noNull       = rule{"MQTT-1.5.4-2", "MQTT-1.5.3-2", "2.5"}
	keptMark     = rule{"MQTT-1.5.4-3", "MQTT-1.5.3-3", "2.5"}
	controls     = rule{"1.5.4", "1.5.3", "2.5"}
	minimal      = rule{"MQTT-1.5.5-1", "2.2.3", "2.1"}
	fourBytes    = rule{"1.5.5", "2.2.3", "2.1"}
	reservedBits = rule{"MQTT-2.1.3-1", "MQTT-2.2.2-2", "2.1"}
	reservedType = rule{"2.1.2", "2.2.1", "2.1"}
	nonZeroID    = rule{"MQTT-2.2.1-3", "MQTT-2.3.1-1", "2.4"}
	sameID       = rule{"MQTT-2.2.1-5", "MQTT-2.3.1-6", "2.4"}
	propertyType = rule{v5: "2.2.2.2"}
	parsing      = rule{"MQTT-4.13.1-1", "MQTT-4.8.0-1", "2.1"}
)

// Rules about topics.
var (
	noWildcard  = rule{"MQTT-4.7.0-1", "MQTT-4.7.1-1", "A.2"}
	publishName = rule{"MQTT-3.3.2-2", "MQTT-3.3.2-2", "3.3"}
	multiLevel  = rule{"MQTT-4.7.1-1", "MQTT-4.7.1-2", "A.2"}
	singleLevel = rule{"MQTT-4.7.1-2", "MQTT-4.7.1-3", "A.2"}
	notEmpty    = rule{"MQTT-4.7.3-1", "MQTT-4.7.3-1", "A.2"}
	shareName   = rule{v5: "MQTT-4.8.2-1"}
	shareRest   = rule{v5: "MQTT-4.8.2-2"}
)

// Rules about packets.
var (
	connectFirst = rule{"MQTT-3.1.0-1", "MQTT-3.1.0-1", "3.1"}
	connectOnce  = rule{"MQTT-3.1.0-2", "MQTT-3.1.0-2", "3.1"}
	protocolName = rule{"MQTT-3.1.2-1", "MQTT-3.1.2-1", "3.1"}
	level        = rule{"MQTT-3.1.2-2", "MQTT-3.1.2-2", "3.1"}
	connectForm  = rule{"MQTT-3.1.4-1", "MQTT-3.1.4-1", "3.1"}
	connack      = rule{"MQTT-3.1.4-5", "MQTT-3.1.4-4", "3.1"}
	response     = rule{"MQTT-3.3.4-1", "MQTT-3.3.5-1", "3.3"}
	noFilter     = rule{"MQTT-3.8.3-2", "MQTT-3.8.3-3", "3.8"}
	suback       = rule{"MQTT-3.8.4-1", "MQTT-3.8.4-1", "3.9"}
	noTopic      = rule{"MQTT-3.10.3-2", "MQTT-3.10.3-2", "3.10"}
	unsuback     = rule{"MQTT-3.10.4-4", "MQTT-3.10.4-4", "3.11"}
	pingresp     = rule{"MQTT-3.12.4-1", "MQTT-3.12.4-1", "3.13"}
	pubrel       = rule{"MQTT-4.3.3-4", "MQTT-4.3.3-1", "3.6"}
	pubcomp      = rule{"MQTT-4.3.3-11", "MQTT-4.3.3-2", "3.7"}
	puback       = rule{"MQTT-4.3.2-3", "MQTT-4.3.2-1", "3.4"}
	goodbye      = rule{"3.14.4", "MQTT-3.14.4-2", "3.14"}
	authOnly     = rule{v5: "3.15"}
	forServers   = rule{"4.13.1", "MQTT-4.8.0-1", "2.1"}
)
