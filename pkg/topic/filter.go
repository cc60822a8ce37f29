// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// From the specification: the first level of a Shared Subscription's filter (4.8.2).
const sharePrefix = "$share"

// ParseFilter takes the filter of a SUBSCRIBE apart: share is the ShareName and filter what
// follows it, or share is empty and filter is s. Both alias s. "$share/g//x" has the filter "/x".
// It does not judge the filter itself, CheckFilter does. The error is a *mqtt.ReasonError.
func ParseFilter(s string) (share, filter string, err error) {
	first, rest, more := CutLevel(s)
	if first != sharePrefix {
		return "", s, nil
	}
	if !more {
		return "", "", mqtt.Errorf(mqtt.ProtocolError, "shared subscription without a share name")
	}
	share, filter, _ = CutLevel(rest)
	switch {
	case share == "": // [MQTT-4.8.2-1]
		return "", "", mqtt.Errorf(mqtt.ProtocolError,
			"shared subscription with an empty share name")
	case HasWildcard(share): // [MQTT-4.8.2-2]
		return "", "", mqtt.Errorf(mqtt.ProtocolError, "wildcard in a share name")
	case filter == "": // [MQTT-4.8.2-2]
		return "", "", mqtt.Errorf(mqtt.ProtocolError, "shared subscription without a topic filter")
	}
	return share, filter, nil
}

// HasWildcard reports whether a filter has one of the two wildcard characters.
func HasWildcard(filter string) bool {
	return strings.IndexByte(filter, '+') >= 0 || strings.IndexByte(filter, '#') >= 0
}

// CheckFilter reports what is wrong with a Topic Filter (without "$share/name/"); a maxLevels of
// 0 is no limit. The error is a *mqtt.ReasonError.
func CheckFilter(s string, maxLevels int) error {
	if len(s) == 0 { // [MQTT-4.7.3-1]
		return mqtt.Errorf(mqtt.MalformedPacket, "empty topic filter")
	}
	if HasWildcard(s) {
		if err := checkWildcards(s); err != nil {
			return err
		}
	}
	if tooDeep(s, maxLevels) {
		return mqtt.Errorf(mqtt.TopicFilterInvalid,
			"topic filter of more than %d levels", maxLevels)
	}
	return nil
}

func checkWildcards(s string) error {
	for more := true; more; {
		var level string
		level, s, more = CutLevel(s)
		switch {
		case level == multiLevel && more: // [MQTT-4.7.1-1]
			return mqtt.Errorf(mqtt.MalformedPacket, "# is not the last level of the topic filter")
		case len(level) > 1 && HasWildcard(level): // [MQTT-4.7.1-1], [MQTT-4.7.1-2]
			return mqtt.Errorf(mqtt.MalformedPacket,
				"wildcard beside other characters of its level")
		}
	}
	return nil
}

// WildcardDepth returns the zero-based index of the first level that is a wildcard; ok is false
// when the filter has none.
func WildcardDepth(filter string) (depth int, ok bool) {
	for more := true; more; depth++ {
		var level string
		level, filter, more = CutLevel(filter)
		if level == singleLevel || level == multiLevel {
			return depth, true
		}
	}
	return 0, false
}
