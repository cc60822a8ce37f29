// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import (
	"strings"

	"github.com/flashmq/flashmq/pkg/mqtt"
)

// ValidName reports whether s may be a Topic Name: at least one character [MQTT-4.7.3-1] and no
// wildcard [MQTT-3.3.2-2]. That it is UTF-8 without U+0000 is the decoder's promise.
func ValidName(s string) bool {
	return len(s) > 0 && strings.IndexByte(s, '+') < 0 && strings.IndexByte(s, '#') < 0
}

// CheckName is ValidName with a Reason Code, and with a limit to the number of levels; a
// maxLevels of 0 is no limit. The error is a *mqtt.ReasonError.
func CheckName(s string, maxLevels int) error {
	switch {
	case len(s) == 0:
		return mqtt.Errorf(mqtt.ProtocolError, "empty topic name")
	case !ValidName(s):
		return mqtt.Errorf(mqtt.MalformedPacket, "wildcard in a topic name")
	case tooDeep(s, maxLevels):
		return mqtt.Errorf(mqtt.TopicNameInvalid, "topic name of more than %d levels", maxLevels)
	}
	return nil
}

func tooDeep(s string, maxLevels int) bool {
	return maxLevels > 0 && len(s) >= maxLevels && Levels(s) > maxLevels
}
