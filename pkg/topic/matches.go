// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package topic

// Matches reports whether a valid filter matches a valid name, level by level. It is the slow and
// obvious one: what the indexes answer is tested against it.
func Matches(filter, name string) bool {
	if Hidden(name) && (filter == "" || filter[0] == '+' || filter[0] == '#') {
		return false // [MQTT-4.7.2-1]
	}
	for {
		level, filterRest, filterMore := CutLevel(filter)
		if level == multiLevel {
			return true
		}
		nameLevel, nameRest, nameMore := CutLevel(name)
		if level != singleLevel && level != nameLevel {
			return false
		}
		if !filterMore || !nameMore {
			// "a/#" matches its parent "a" too (4.7.1.2).
			return filterMore == nameMore || filterRest == multiLevel && filterMore
		}
		filter, name = filterRest, nameRest
	}
}
