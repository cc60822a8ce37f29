// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

import "strings"

// Name is a Topic Name that has been checked; Filter is a Topic Filter that has been checked,
// without "$share/name/". Functions of this package take plain strings, because what they are
// handed is often borrowed from the read buffer.
type (
	Name   string
	Filter string
)

// From the specification: the characters with a meaning in topics (4.7.1).
const (
	separator   = '/'
	singleLevel = "+"
	multiLevel  = "#"
)

// Levels counts the Topic Levels of a name or filter; "/" has two, both empty [MQTT-4.7.1-1].
func Levels(s string) int { return strings.Count(s, "/") + 1 }

// CutLevel returns the first Topic Level of s and what follows its separator. more is false when
// s was the last level: a rest that is empty but has more stands for one empty level.
func CutLevel(s string) (level, rest string, more bool) {
	if i := strings.IndexByte(s, separator); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// Hidden reports whether a name belongs to the Server's own topics, which no filter that starts
// with a wildcard matches [MQTT-4.7.2-1].
func Hidden(name string) bool { return len(name) > 0 && name[0] == '$' }
