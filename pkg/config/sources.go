// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// Ours: what variables of ours begin with.
const variablePrefix = "FLASHMQ_"

// variable returns the name of the environment variable for a key.
func variable(key string) string { return variablePrefix + strings.ToUpper(key) }

// bindEnvironment lets viper look at a variable for every global key, and warns about variables
// that look as if they were meant for us. An empty variable counts as not set.
func (l *loader) bindEnvironment() {
	for i := range globalOptions {
		if o := &globalOptions[i]; !o.Prefix {
			l.viper.MustBindEnv(o.Name, variable(o.Name))
		}
	}
	names := os.Environ()
	slices.Sort(names)
	for _, name := range names {
		name, _, _ = strings.Cut(name, "=")
		key := strings.ToLower(strings.TrimPrefix(name, variablePrefix))
		foreign := !strings.HasPrefix(name, variablePrefix) || serviceLink.MatchString(name)
		if !foreign && find(BlockGlobal, key) == nil {
			at := origin{layer: fromEnvironment, file: name}
			l.warn(at, key, "unknown key", suggestKey(BlockGlobal, key))
		}
	}
}

// serviceLink matches the variables Kubernetes makes for a Service called flashmq or flashmq-x.
var serviceLink = regexp.MustCompile(
	`(_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT|_PORT_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)$`)

// override is one key=value of the command line, in the shape viper wants flags in.
type override struct {
	key, value string
	at         origin
}

func (f *override) HasChanged() bool    { return true }
func (f *override) Name() string        { return f.key }
func (f *override) ValueString() string { return f.value }
func (f *override) ValueType() string   { return "string" }

// bindFlags gives the key=value settings of the command line to viper.
func (l *loader) bindFlags(set []string) {
	l.flags = map[string]*override{}
	for _, s := range set {
		at := origin{layer: fromFlag, file: "-o " + s}
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			l.problem(at, "", "expected key=value", "")
			continue
		}
		if key == includeKey {
			l.problem(at, key, "works only in a file", "")
			continue
		}
		o := find(BlockGlobal, key)
		if o == nil || o.Prefix {
			l.check(BlockGlobal, entry{key, []string{value}, at})
			continue
		}
		f := &override{key, value, at}
		l.flags[key] = f
		// Binding a flag that is not nil cannot fail.
		_ = l.viper.BindFlagValue(key, f)
	}
}

// outside makes entries of text that does not come from a file. What may be repeated there is
// separated by white space here, and nothing between is an empty list.
func (l *loader) outside(o *Option, text string, at origin) []entry {
	words := []string{text}
	if o.Repeat {
		words = strings.Fields(text)
	}
	var out []entry
	for _, word := range words {
		if e := (entry{o.Name, []string{word}, at}); l.check(BlockGlobal, e) {
			out = append(out, e)
		}
	}
	return out
}
