// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package load

import (
	"fmt"
	"strconv"
	"strings"
)

// behindNumber is what stands behind the number of a topic.
const behindNumber = "/v"

// topic is a Topic Name of a group. Its number is that of a publisher, or, where one publishes to
// several topics, that of the topic.
func topic(o *Options, group, number int) string {
	return fmt.Sprintf("s/%05d/d/%0*d"+behindNumber, group, digits(o), number)
}

// digits is how long the numbers of topics are: all as long as the last one, so that any of them
// can be stamped over any other.
func digits(o *Options) int { return max(3, len(strconv.Itoa(o.Topics-1))) }

// subscription is the Topic Filter of a group's subscribers for the topic of that number.
func subscription(o *Options, group, number int) string {
	filter := topic(o, group, number)
	switch {
	case o.Filters == Mixed:
		filter = mix(filter, number)
	case o.Publishers > 1:
		filter = fmt.Sprintf("s/%05d/#", group)
	}
	if o.Scenario == Share {
		filter = "$share/bench/" + filter
	}
	return filter
}

// mix puts a wildcard in place of a level; which one goes by the number. The levels of group and
// number stay, so that no two filters match the same topic and each message is delivered once.
func mix(topic string, number int) string {
	levels := strings.Split(topic, "/")
	last := len(levels) - 1
	switch number % 4 {
	case 0:
		levels[last] = "+"
	case 1:
		levels[2] = "+"
	case 2:
		levels[0] = "+"
	case 3:
		levels[last] = "#"
	}
	return strings.Join(levels, "/")
}
