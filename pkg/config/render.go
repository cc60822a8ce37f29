// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Render writes the Config as a flashmq.conf that loads back to the same Config. Values that are
// the default are left out. The result is the caller's.
func (c *Config) Render() []byte {
	var b bytes.Buffer
	writeOptions(&b, globalOptions, c, Defaults(), "")
	for i := range c.Listeners {
		standard := c.Listeners[i].standard()
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("listen {\n")
		writeOptions(&b, listenOptions, &c.Listeners[i], &standard, "  ")
		b.WriteString("}\n")
	}
	return b.Bytes()
}

// writeOptions writes a line for every option that differs from the standard.
func writeOptions(b *bytes.Buffer, rows []Option, in, standard any, indent string) {
	for i := range rows {
		o := &rows[i]
		if o.Support != Effective {
			continue
		}
		values := o.format(o.field(in))
		if slices.Equal(values, o.format(o.field(standard))) {
			continue
		}
		for _, v := range values {
			fmt.Fprintf(b, "%s%s %s\n", indent, o.Name, v)
		}
	}
}

// Differences lists the keys of one reload class whose values differ between two Configs, such as
// the changes that need a restart. Listeners are compared as a whole, under "listen".
func (c *Config) Differences(other *Config, class Reload) []string {
	var out []string
	for i := range globalOptions {
		o := &globalOptions[i]
		if o.Support != Effective || o.Reload != class {
			continue
		}
		if !slices.Equal(o.format(o.field(c)), o.format(o.field(other))) {
			out = append(out, o.Name)
		}
	}
	if class == ReloadLive && !slices.EqualFunc(c.Listeners, other.Listeners, sameListener) {
		out = append(out, string(BlockListen))
	}
	return out
}

func sameListener(a, b Listener) bool {
	var left, right bytes.Buffer
	standard := DefaultListener()
	writeOptions(&left, listenOptions, &a, &standard, "")
	writeOptions(&right, listenOptions, &b, &standard, "")
	return bytes.Equal(left.Bytes(), right.Bytes())
}

// Values has the keys of one reload class whose values are not the default, as Render writes them;
// those of keys that may stand several times are lines. Listeners are not among them.
func (c *Config) Values(class Reload) map[string]string {
	out := make(map[string]string)
	standard := Defaults()
	for i := range globalOptions {
		o := &globalOptions[i]
		if o.Support != Effective || o.Reload != class {
			continue
		}
		values := o.format(o.field(c))
		if !slices.Equal(values, o.format(o.field(standard))) {
			out[o.Name] = strings.Join(values, "\n")
		}
	}
	return out
}
