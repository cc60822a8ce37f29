// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package v1alpha1

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const validation = "kubebuilder:validation:"

// The conventions of Kubernetes for APIs, as far as a program can look at them: what
// kube-api-linter checks under these names, and a few more.
func TestConventions(t *testing.T) {
	t.Parallel()
	fields, kinds := goSource(t)
	if len(fields) < 150 {
		t.Fatalf("only %d fields were found", len(fields))
	}
	for _, f := range fields {
		if f.owner == "FlashMQBrokerList" || f.owner == "StatusReason" {
			continue
		}
		for _, check := range conventions {
			if complaint := check.check(f, kinds); complaint != "" {
				t.Errorf("%s.%s: %s: %s", f.owner, f.name, check.name, complaint)
			}
		}
	}
}

var conventions = []struct {
	name  string
	check func(f goField, kinds map[string]goType) string
}{
	{"jsontags", checkTag},
	{"commentstart", checkComment},
	{"optionalorrequired", checkOptional},
	{"optionalfields", checkPointer},
	{"duplicatemarkers", checkDuplicates},
	{"integers, nofloats, nodurations, nomaps", checkKind},
	{"maxlength", checkLength},
	{"ssatags", checkList},
	{"nophase, notimestamp, noreferences", checkWords},
	{"conditions", checkConditions},
}

var camel = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)*$`)

func checkTag(f goField, _ map[string]goType) string {
	switch {
	case !camel.MatchString(f.json):
		return "the name in JSON is " + strconv.Quote(f.json)
	case !slices.Contains(f.options, "omitempty") && !slices.Contains(f.options, "omitzero"):
		return "the tag has neither omitempty nor omitzero"
	case !strings.EqualFold(f.json, f.name):
		return "is called " + f.json + " in JSON"
	}
	return ""
}

func checkComment(f goField, _ map[string]goType) string {
	if !strings.HasPrefix(f.comment, f.json+" ") || !strings.HasSuffix(f.comment, ".") {
		return "the comment is no sentence that begins with " + f.json
	}
	return ""
}

func checkOptional(f goField, _ map[string]goType) string {
	optional, required := has(f.markers, "optional"), has(f.markers, "required")
	switch {
	case optional == required:
		return "is to be either optional or required"
	case required && has(f.markers, "kubebuilder:default"):
		return "is required and has a default"
	case has(f.markers, "nullable"):
		return "may be null"
	}
	return ""
}

// checkPointer wants a pointer exactly where zero is a value of its own: it would be lost on the
// way, or come back as the default.
func checkPointer(f goField, kinds map[string]goType) string {
	pointer := strings.HasPrefix(f.kind, "*")
	kind := strings.TrimPrefix(f.kind, "*")
	markers := append(slices.Clone(f.markers), kinds[kind].markers...)
	underlying := underlyingOf(kind, kinds)
	switch {
	case underlying == "bool" && !pointer:
		return "is a bool without a pointer"
	case underlying == "int32" || underlying == "int64":
		least, _ := marker(markers, validation+"Minimum")
		if f.json == "observedGeneration" {
			return ""
		}
		if n, err := strconv.Atoi(least); err != nil || (n <= 0) != pointer {
			return "has Minimum " + strconv.Quote(least) + " and is a " + f.kind
		}
	case underlying == "string" && !has(markers, validation+"Enum"):
		least, _ := marker(markers, validation+"MinLength")
		zero := least == "0"
		if strings.HasPrefix(kind, "corev1.") {
			return ""
		}
		if least == "" || zero != pointer {
			return "has MinLength " + strconv.Quote(least) + " and is a " + f.kind
		}
	}
	return ""
}

func underlyingOf(kind string, kinds map[string]goType) string {
	if k, ok := kinds[kind]; ok {
		return k.underlying
	}
	return kind
}

func checkDuplicates(f goField, _ map[string]goType) string {
	for i, m := range f.markers {
		if slices.Contains(f.markers[:i], m) {
			return "has twice +" + m
		}
	}
	return ""
}

var goodKinds = regexp.MustCompile(`^(bool|int32|int64|string|map\[string\]string)$`)

func checkKind(f goField, kinds map[string]goType) string {
	kind := strings.TrimPrefix(strings.TrimPrefix(f.kind, "*"), "[]")
	if k, ok := kinds[kind]; ok {
		kind = k.underlying
	}
	good := strings.HasPrefix(kind, "struct") || strings.Contains(kind, ".") ||
		goodKinds.MatchString(kind)
	if good && !strings.HasSuffix(kind, "Duration") {
		return ""
	}
	return "is a " + f.kind
}

func checkLength(f goField, kinds map[string]goType) string {
	kind := strings.TrimPrefix(f.kind, "*")
	markers := append(slices.Clone(f.markers), kinds[kind].markers...)
	underlying := underlyingOf(kind, kinds)
	switch {
	case strings.HasPrefix(kind, "map[") && !has(markers, validation+"MaxProperties"):
		return "is a map without MaxProperties"
	case strings.HasPrefix(kind, "[]") && !has(markers, validation+"MaxItems"):
		return "is a list without MaxItems"
	case kind == "[]string" && !has(markers, validation+"items:MaxLength"):
		return "is a list of strings without items:MaxLength"
	case underlying == "string" && !has(markers, validation+"MaxLength") &&
		!has(markers, validation+"Enum"):
		return "is a string without MaxLength"
	case strings.HasPrefix(kind, "corev1.") && strings.HasPrefix(f.kind, "corev1.") &&
		!has(markers, validation+"Enum"):
		return "is a word of Kubernetes without Enum"
	}
	if item, ok := strings.CutPrefix(kind, "[]"); ok && underlyingOf(item, kinds) == "string" &&
		item != "string" && !has(kinds[item].markers, validation+"MaxLength") {
		return "is a list of strings without MaxLength"
	}
	return ""
}

func checkList(f goField, _ map[string]goType) string {
	list, ok := marker(f.markers, "listType")
	switch {
	case strings.HasPrefix(f.kind, "[]") != ok:
		return "a list, and nothing else, has +listType"
	case (list == "map") != has(f.markers, "listMapKey"):
		return "+listMapKey goes with +listType=map"
	}
	return ""
}

// termOfMQTT is the name MQTT has for it.
const termOfMQTT = "serverReference"

func checkWords(f goField, _ map[string]goType) string {
	for _, word := range []string{"Phase", "Timestamp", "Reference"} {
		if strings.Contains(f.name, word) && f.json != termOfMQTT {
			return "has " + word + " in its name"
		}
	}
	return ""
}

func checkConditions(f goField, _ map[string]goType) string {
	key, _ := marker(f.markers, "listMapKey")
	if f.name == "Conditions" && (f.kind != "[]metav1.Condition" || key != "type") {
		return "is to be a []metav1.Condition, a map by type"
	}
	return ""
}

// What a client applies, and what etcd keeps, has its limits; so has the patience of readers.
func TestDefinitionIsSmall(t *testing.T) {
	t.Parallel()
	const most = 200_000
	info, err := os.Stat(definitionFile)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() >= most {
		t.Errorf("%d bytes, want less than %d", info.Size(), most)
	}
}

// kubectl explain has a sentence for each field of ours.
func TestDefinitionIsDescribed(t *testing.T) {
	t.Parallel()
	fields, _ := goSource(t)
	sentences := map[string]bool{}
	for _, f := range fields {
		sentences[f.comment] = true
	}
	described := map[string]bool{}
	walk(definition(t), "", func(_ string, schema map[string]any) {
		text, _ := schema["description"].(string)
		described[strings.Join(strings.Fields(text), " ")] = true
	})
	for sentence := range sentences {
		if sentence != "metadata is that of every object." && !described[sentence] {
			t.Errorf("is not in the definition: %q", sentence)
		}
	}
}
