// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package apply

import "reflect"

// keys are the fields by which elements of a list are told apart, where Kubernetes merges lists:
// the first of them that the elements have.
var keys = []string{"name", "mountPath", "containerPort", "port", "uid", "type", "ip",
	"topologyKey"}

// covers tells whether live has all that want has. What else it has is somebody else's, or was
// added by the API server.
func covers(want, live any) bool {
	switch want := want.(type) {
	case map[string]any:
		have, ok := live.(map[string]any)
		if !ok && live != nil {
			return false
		}
		for key, value := range want {
			if !covers(value, have[key]) {
				return false
			}
		}
		return true
	case []any:
		have, ok := live.([]any)
		return (ok || live == nil) && coversList(want, have)
	default:
		return equal(want, live)
	}
}

func coversList(want, live []any) bool {
	key := keyOf(want)
	if key == "" && len(want) != len(live) {
		return false
	}
	for i, element := range want {
		if key == "" {
			if !covers(element, live[i]) {
				return false
			}
			continue
		}
		if !covers(element, find(live, key, element.(map[string]any)[key])) {
			return false
		}
	}
	return true
}

// keyOf is the key of a list whose elements all have one of their own, or "".
func keyOf(list []any) string {
next:
	for _, key := range keys {
		seen := make(map[any]bool, len(list))
		for _, element := range list {
			fields, ok := element.(map[string]any)
			if !ok {
				return ""
			}
			value, ok := fields[key]
			if !ok || !reflect.TypeOf(value).Comparable() || seen[value] {
				continue next
			}
			seen[value] = true
		}
		return key
	}
	return ""
}

func find(list []any, key string, value any) any {
	for _, element := range list {
		if fields, ok := element.(map[string]any); ok && equal(fields[key], value) {
			return fields
		}
	}
	return nil
}

// equal compares leaves. What was never set and what is zero are the same for typed objects, which
// leave both out. Numbers are int64 or float64, depending on who has read them.
func equal(want, live any) bool {
	if live == nil {
		return want == nil || reflect.ValueOf(want).IsZero()
	}
	return reflect.DeepEqual(number(want), number(live))
}

func number(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	case int:
		return float64(v)
	}
	return v
}
