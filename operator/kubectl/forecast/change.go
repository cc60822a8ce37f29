// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package forecast

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/flashmq/flashmq/api/v1alpha1"
	"github.com/flashmq/flashmq/operator/brokerconfig"
	"github.com/flashmq/flashmq/pkg/config"
)

// change is one field of the spec that is another one.
type change struct {
	path     string
	old, new any // nil: unset
}

// below tells whether a change is of a field or of something in it.
func (c change) below(field string) bool {
	rest, ok := strings.CutPrefix(c.path, field)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// String tells the change in words.
func (c change) String() string {
	a, b := shown(c.path, c.old), shown(c.path, c.new)
	_, object := c.new.(map[string]any)
	_, objected := c.old.(map[string]any)
	switch {
	case c.old == nil && object:
		return c.path + " added" + b
	case c.new == nil && objected:
		return c.path + " removed"
	case a == "" || b == "":
		return c.path
	}
	return fmt.Sprintf("%s %s -> %s", c.path, a, b)
}

// Ours: what is longer is not shown.
const longestShown = 60

// shown is a value as people read it; empty when it is not shown. Variables may hold passwords.
func shown(path string, v any) string {
	if strings.Contains(path, ".env[") || strings.HasPrefix(path, "patches") {
		return ""
	}
	switch v := v.(type) {
	case nil:
		return "unset"
	case map[string]any:
		if strings.HasPrefix(path, "listeners[") && v["port"] != nil {
			return fmt.Sprintf(" (port %v)", v["port"])
		}
		return ""
	case string:
		return fitting(v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return fitting(string(raw))
}

func fitting(text string) string {
	if text == "" || len(text) > longestShown || strings.Contains(text, "\n") {
		return ""
	}
	return text
}

// specChanges are the fields that differ, in the order of their names.
func specChanges(live, next *v1alpha1.FlashMQBrokerSpec) (out []change) {
	walk("", generic(live), generic(next), &out)
	return out
}

func generic(spec *v1alpha1.FlashMQBrokerSpec) any {
	raw, err := json.Marshal(spec)
	if err != nil {
		panic("forecast: a spec that cannot be written: " + err.Error()) // all of it can
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic("forecast: a spec that cannot be read: " + err.Error()) // it was just written
	}
	return v
}

func walk(path string, old, next any, out *[]change) {
	if reflect.DeepEqual(old, next) {
		return
	}
	a, b := fieldsOf(path, old, next), fieldsOf(path, next, old)
	if a == nil || b == nil {
		*out = append(*out, change{path, old, next})
		return
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		below := name
		switch {
		case strings.HasPrefix(name, "[") || path == "":
		case named(path):
			below = "[" + name + "]"
		default:
			below = "." + name
		}
		walk(path+below, a[name], b[name], out)
	}
}

// named tells whether what is in a field are names of somebody else's.
func named(path string) bool {
	return strings.HasSuffix(path, "labels") || strings.HasSuffix(path, "annotations") ||
		strings.HasSuffix(path, "nodeSelector")
}

// whole tells whether a field is told as a whole when it comes or goes: one whose absence means
// something, and an element of a list.
func whole(path string) bool {
	for _, end := range []string{"]", ".tls", ".clientAuth", ".template"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return path == "proxy"
}

// fieldsOf are those of an object, or the elements of a list that have names; else nil. What is
// absent has none, unless it is told as a whole.
func fieldsOf(path string, v, other any) map[string]any {
	switch v := v.(type) {
	case nil:
		if !whole(path) && other != nil && fieldsOf(path, other, nil) != nil {
			return map[string]any{}
		}
	case map[string]any:
		return v
	case []any:
		out := make(map[string]any)
		for _, element := range v {
			fields, _ := element.(map[string]any)
			name := key(fields)
			if name == "" {
				return nil
			}
			out["["+name+"]"] = fields
		}
		return out
	}
	return nil
}

// key is what tells an element of a list from others.
func key(fields map[string]any) string {
	for _, name := range []string{"name", "mountPath", "ip"} {
		if text, ok := fields[name].(string); ok {
			return text
		}
	}
	return ""
}

// configChanges are the keys of flashmq.conf, those of listeners aside, that count without a
// restart and have other values.
func configChanges(live, next []byte) (out []string) {
	a, b := parse(live), parse(next)
	for _, class := range []config.Reload{config.ReloadLive, config.ReloadNew} {
		old, values := a.Values(class), b.Values(class)
		for _, key := range a.Differences(b, class) {
			if key == string(config.BlockListen) {
				continue
			}
			text := fmt.Sprintf("%s %s -> %s", key, valueOf(key, old), valueOf(key, values))
			if class == config.ReloadNew {
				text += " (for Clients that connect afterwards)"
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

func parse(text []byte) *config.Config {
	c, _, err := config.Parse(brokerconfig.FileName, text)
	if err != nil {
		panic("forecast: what was compiled cannot be read: " + err.Error()) // Compile has read it
	}
	return c
}

func valueOf(key string, values map[string]string) string {
	v, ok := values[key]
	if !ok {
		v = brokerconfig.Standard(key)
	}
	if v == "" {
		return "unset"
	}
	return strings.ReplaceAll(v, "\n", " ")
}
