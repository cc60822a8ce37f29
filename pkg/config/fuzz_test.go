// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What was split can be written down and is split the same way again.
func FuzzSplitValue(f *testing.F) {
	f.Add(`one "two three" 'it\'s'four`)
	f.Fuzz(func(t *testing.T, in string) {
		words, err := splitValue(in)
		if err != nil {
			return
		}
		var again []string
		for _, w := range words {
			again = append(again, quoteValue(w))
		}
		back, err := splitValue(strings.Join(again, " "))
		if err != nil || !slices.Equal(words, back) {
			t.Errorf("%q -> %q -> %q (%v)", in, words, back, err)
		}
	})
}

// A URL, origin or path is spelled in one way only: what was read is read the same again.
func FuzzWebValues(f *testing.F) {
	f.Add("HTTPS://Example.com:0443/a%2fb/")
	f.Add("http://[2001:DB8::0:1]:80")
	f.Add("/mqtt/it's")
	f.Fuzz(func(t *testing.T, in string) {
		for _, k := range []Kind{KindURL, KindOrigin, KindURLPath} {
			o := Option{Kind: k}
			value, reason, _ := o.value(in)
			if reason != "" {
				continue
			}
			again, reason, _ := o.value(value.(string))
			if again != value || !oneLine(value.(string)) {
				t.Errorf("%q -> %q -> %v (%s)", in, value, again, reason)
			}
		}
	})
}

// Whatever the file and the file it includes hold: no panic, every problem has its place, and what
// is accepted can be written down again.
func FuzzConf(f *testing.F) {
	addFiles(f, "*.conf", func(text string) { f.Add(text, "max_qos 1\n") })
	f.Fuzz(func(t *testing.T, text, included string) {
		disk := memory{"f.conf": text, "d/a.conf": included}
		c, _, err := load("f.conf", LoadOptions{Elsewhere: true}, disk)
		checkLoaded(t, c, err)
	})
}

func FuzzYAML(f *testing.F) {
	addFiles(f, "*.yaml", func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := load("f.yaml", LoadOptions{Elsewhere: true}, memory{"f.yaml": text})
		checkLoaded(t, c, err)
	})
}

func addFiles(f *testing.F, pattern string, add func(text string)) {
	for _, directory := range []string{"testdata/good/", "testdata/bad/"} {
		paths, err := os.ReadDir(directory)
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range paths {
			if text, err := os.ReadFile(directory + p.Name()); err == nil &&
				strings.HasSuffix(p.Name(), pattern[1:]) && len(text) < 10000 {
				add(string(text))
			}
		}
	}
}

func checkLoaded(t *testing.T, c *Config, err error) {
	t.Helper()
	if err != nil {
		var problems *Problems
		if !errors.As(err, &problems) || len(problems.List) == 0 {
			t.Fatalf("error is a %T", err)
		}
		for _, p := range problems.List {
			if p.File == "" || p.Reason == "" {
				t.Errorf("problem without a place: %+v", p)
			}
		}
		return
	}
	if err := c.Validate(); err != nil {
		t.Fatalf("loaded and not valid: %v", err)
	}
	text := string(c.Render())
	back, _, err := load("f.conf", LoadOptions{Elsewhere: true}, memory{"f.conf": text})
	if err != nil || !reflect.DeepEqual(c, back) {
		t.Fatalf("%v: rendered as\n%s", err, text)
	}
}
