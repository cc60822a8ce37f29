// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestEveryRowIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, o := range Options() {
		name := string(o.Block) + " " + o.Name
		if seen[name] {
			t.Errorf("%s: two rows", name)
		}
		seen[name] = true
		if !isKey(o.Name) || strings.ToLower(o.Name) != o.Name {
			t.Errorf("%s: viper needs keys in small letters", name)
		}
		reads := o.Support == Effective || o.Support == Deprecated
		if reads != (o.scratch() != nil) {
			t.Errorf("%s: has no field, or one it does not use", name)
		}
		if reads && (o.Reload == "" || !strings.HasSuffix(o.Meaning, ".")) {
			t.Errorf("%s: reload class or meaning is missing", name)
		}
		if (o.Support == Accepted || o.Support == Deprecated) && o.Reason == "" {
			t.Errorf("%s: no reason", name)
		}
		if o.Kind == KindEnum && len(o.Values) == 0 {
			t.Errorf("%s: no values", name)
		}
	}
}

// A limit that does not fit into the field would be cut off silently.
func TestLimitsFitIntoTheFields(t *testing.T) {
	t.Parallel()
	for _, o := range Options() {
		field := o.scratch()
		if field == nil || o.Max == 0 || o.Kind == KindPath {
			continue
		}
		for _, n := range []int64{o.Min, o.Max} {
			word := o.formatNumber(n)
			if reason, _ := o.parse([]string{word}, field); reason != "" {
				t.Errorf("%s: limit %s: %s", o.Name, word, reason)
				continue
			}
			if got := o.format(field); n != 0 && (len(got) != 1 || got[0] != word) {
				t.Errorf("%s: %s comes back as %v", o.Name, word, got)
			}
		}
	}
}

func (o *Option) formatNumber(n int64) string {
	v := reflect.ValueOf(n)
	if o.Kind == KindFileMode {
		v = reflect.ValueOf(uint64(n))
	}
	plain := *o
	if plain.Kind == KindSeconds || plain.Kind == KindMilliseconds {
		plain.Kind = KindInt
	}
	return plain.formatValue(v)
}

// Every field must come from exactly one row, or it would never be set, shown or compared.
func TestEveryFieldHasOneRow(t *testing.T) {
	t.Parallel()
	c, l := Defaults(), DefaultListener()
	count := map[any]string{}
	for i := range globalOptions {
		if o := &globalOptions[i]; o.Support == Effective {
			count[o.field(c)] = o.Name
		}
	}
	for i := range listenOptions {
		if o := &listenOptions[i]; o.Support == Effective {
			count[o.field(&l)] = o.Name
		}
	}
	check := func(v reflect.Value) {
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "Listeners" || name == "Revision" {
				continue
			}
			key, ok := count[v.Field(i).Addr().Interface()]
			camel := strings.ToLower(name)
			short := strings.ReplaceAll(strings.TrimSuffix(key, "_seconds"), "_", "")
			if !ok || short != camel {
				t.Errorf("field %s has the row %q", name, key)
			}
		}
	}
	check(reflect.ValueOf(c).Elem())
	check(reflect.ValueOf(&l).Elem())
}

func TestValues(t *testing.T) {
	t.Parallel()
	size := Option{Kind: KindSize, Max: math.MaxInt64}
	seconds := Option{Kind: KindSeconds, Min: 60, Max: 100, OrZero: true}
	tests := []struct {
		name   string
		option Option
		in     string
		want   any // nil = refused
	}{
		{"plain size", size, "1000", int64(1000)},
		{"size with suffix", size, "3KiB", int64(3072)},
		{"suffix in small letters", size, "2mib", int64(2 << 20)},
		{"white space before the suffix", size, "1 GiB", int64(1 << 30)},
		{"size beyond 63 bits", size, "9223372036854775807KiB", nil},
		{"decimal suffix", size, "1MB", nil},
		{"suffix alone", size, "KiB", nil},
		{"negative size", size, "-1", nil},
		{"fraction", size, "1.5GiB", nil},
		{"seconds", seconds, "61", int64(61e9)},
		{"zero below the minimum", seconds, "0", int64(0)},
		{"below the minimum", seconds, "59", nil},
		{"plus sign", Option{Kind: KindInt, Max: 9}, "+5", int64(5)},
		{"empty number", Option{Kind: KindInt, Max: 9}, "", nil},
		{"hexadecimal", Option{Kind: KindInt, Max: 99}, "0x10", nil},
		{"underscore", Option{Kind: KindInt, Max: 9999}, "1_000", nil},
		{"octal", Option{Kind: KindFileMode, Min: 1, Max: 0o777}, "0660", int64(0o660)},
		{"octal too large", Option{Kind: KindFileMode, Min: 1, Max: 0o777}, "1777", nil},
		{"boolean in capitals", Option{Kind: KindBool}, "On", true},
		{"number as boolean", Option{Kind: KindBool}, "1", nil},
		{"mapped IPv4", Option{Kind: KindAddress, Min: 6}, "::ffff:1.2.3.4", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, reason, _ := test.option.value(test.in)
			if got != test.want || (reason != "") != (test.want == nil) {
				t.Errorf("value(%q) = %v, %q, want %v", test.in, got, reason, test.want)
			}
		})
	}
}
