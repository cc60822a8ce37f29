// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package bundle

import (
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// telling are names whose values are secret.
var telling = regexp.MustCompile(
	`(?i)(password|passwd|passphrase|secret|token|credential|api[_-]?key|private[_-]?key)`)

// pointing are those of them that only say where a secret is.
var pointing = regexp.MustCompile(`(?i)(_file|_dir|_path|file|name)$`)

func isTelling(name string) bool {
	return telling.MatchString(name) && !pointing.MatchString(name)
}

// setting is a word, what separates it from its value, and the value.
var setting = regexp.MustCompile(`([A-Za-z0-9_.-]+)("?[ \t]*[:=][ \t]*|[ \t]+)("[^"]*"|[^\s"]+)`)

// Config returns a configuration, of a broker or of HAProxy, without the values of settings whose
// names say that they are secret. None of flashmq.conf is such today.
func Config(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		lines[i] = hideSettings(line)
	}
	return strings.Join(lines, "")
}

// hideSettings looks at each word of a line as the name of what follows it.
func hideSettings(line string) string {
	var b strings.Builder
	for {
		m := setting.FindStringSubmatchIndex(line)
		if m == nil {
			return b.String() + line
		}
		value := m[6]
		b.WriteString(line[:value])
		if isTelling(line[m[2]:m[3]]) {
			b.WriteString(hidden)
			value = m[7]
		}
		line = line[value:]
	}
}

// lastApplied has a copy of the whole object, in the words of whoever applied it.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// redact returns an object without variables, fields that only the API server needs, and
// arguments that are passwords. It learns the values of variables that are called passwords.
func (s *Secrets) redact(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "managedFields")
		if a, ok := v["annotations"].(map[string]any); ok {
			delete(a, lastApplied)
		}
		if text, ok := v["patch"].(string); ok {
			v["patch"] = s.redactPatch(text)
		}
		s.redactVariable(path, v)
		for key, value := range v {
			v[key] = s.redact(path+"."+key, value)
		}
	case []any:
		for i := range v {
			v[i] = s.redact(path, v[i])
		}
	case string:
		if strings.HasSuffix(path, ".args") || strings.HasSuffix(path, ".command") ||
			strings.HasPrefix(path, ".data.") || strings.HasSuffix(path, ".extraGlobal") ||
			strings.HasSuffix(path, ".extraDefaults") {
			return Config(v)
		}
	}
	return v
}

// redactVariable hides the value of an element of env, or of config.extra where its name tells.
func (s *Secrets) redactVariable(path string, v map[string]any) {
	name, named := v["name"].(string)
	value, valued := v["value"].(string)
	if at, ok := v["path"].(string); ok && valued && strings.Contains(at, "/env/") {
		v["value"] = length(value) // an operation of a JSON patch
		return
	}
	if !named || !valued || derived[name] {
		return
	}
	if isTelling(name) {
		s.Learn([]byte(value))
	} else if strings.HasSuffix(path, ".extra") {
		return
	}
	v["value"] = length(value)
}

// derived are variables that the operator sets.
var derived = map[string]bool{"GOMEMLIMIT": true, "GOMAXPROCS": true}

func length(value string) string { return fmt.Sprintf("[redacted, %d bytes]", len(value)) }

// redactPatch looks into a patch, which is YAML in a string.
func (s *Secrets) redactPatch(text string) string {
	var v any
	if yaml.Unmarshal([]byte(text), &v) != nil {
		return hidden
	}
	out, err := yaml.Marshal(s.redact("", v))
	if err != nil {
		return hidden
	}
	return string(out)
}
