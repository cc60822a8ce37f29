// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// parse reads words as o's value and stores it in *field. It answers a reason, and perhaps a
// suggestion, when they are no legal value. Lists are added to.
func (o *Option) parse(words []string, field any) (reason, suggestion string) {
	if len(words) == 0 {
		return "has no value", ""
	}
	if len(words) > 1 && o.Kind != KindStrings {
		return o.surplus(words[1:])
	}
	for _, word := range words {
		value, reason, suggestion := o.value(word)
		if reason != "" {
			return reason, suggestion
		}
		store(reflect.ValueOf(field).Elem(), value)
	}
	return "", ""
}

func (o *Option) surplus(words []string) (reason, suggestion string) {
	text := strings.Join(words, " ")
	switch {
	case strings.HasPrefix(text, "#"):
		suggestion = "a comment needs a line of its own"
	case o.Kind == KindString || o.Kind == KindPath:
		suggestion = "put quotes around a value with white space"
	}
	return "takes one value, but more follows: " + quote(text), suggestion
}

// value reads one word. Numbers of every kind come back as int64, durations in nanoseconds,
// enumerations as the index of their word.
func (o *Option) value(word string) (value any, reason, suggestion string) {
	switch o.Kind {
	case KindBool:
		return parseBool(word)
	case KindEnum:
		return o.parseEnum(word)
	case KindSize:
		return o.parseSize(word)
	case KindFileMode:
		return o.parseNumber(word, 8, 1)
	case KindSeconds:
		return o.parseNumber(word, 10, int64(time.Second))
	case KindMilliseconds:
		return o.parseNumber(word, 10, int64(time.Millisecond))
	case KindInt:
		return o.parseNumber(word, 10, 1)
	case KindAddress:
		return o.parseAddress(word)
	case KindNetworks:
		return parseNetwork(word)
	case KindURL:
		return parseURL(word)
	case KindOrigin:
		return parseOrigin(word)
	case KindURLPath:
		return parseURLPath(word)
	}
	if o.Max > 0 && int64(len(word)) > o.Max {
		return nil, fmt.Sprintf("is longer than %d bytes", o.Max), ""
	}
	return word, "", ""
}

func parseBool(word string) (value any, reason, suggestion string) {
	switch strings.ToLower(word) {
	case "yes", "true", "on":
		return true, "", ""
	case "no", "false", "off":
		return false, "", ""
	}
	return nil, quote(word) + " is not true or false (yes, no, on, off)", ""
}

func (o *Option) parseEnum(word string) (value any, reason, suggestion string) {
	if on, no, _ := parseBool(word); o.Switch && no == "" {
		if on == true {
			return int64(1), "", ""
		}
		return int64(0), "", ""
	}
	for i, v := range o.Values {
		if v == word {
			return int64(i), "", ""
		}
	}
	reason = quote(word) + " is not one of " + strings.Join(o.Values, ", ")
	return nil, reason, nearest(word, o.Values)
}

// parseNumber reads digits; the value is the number times unit, the limits are for the number.
func (o *Option) parseNumber(
	word string, base int, unit int64,
) (value any, reason, suggestion string) {
	n, err := strconv.ParseInt(word, base, 64)
	if err != nil && !isRange(err) {
		reason = quote(word) + " is not a whole number"
		if base == 8 {
			reason = quote(word) + " is not an octal number"
		}
		return nil, reason, ""
	}
	if err != nil || n < 0 {
		return nil, o.outside(word), ""
	}
	if reason := o.checkRange(n, word); reason != "" {
		return nil, reason, ""
	}
	return n * unit, "", ""
}

func (o *Option) parseSize(word string) (value any, reason, suggestion string) {
	digits, factor := word, int64(1)
	for _, u := range sizeUnits {
		if cut := len(word) - len(u.suffix); cut > 0 && strings.EqualFold(word[cut:], u.suffix) {
			digits, factor = strings.TrimSpace(word[:cut]), u.factor
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil && !isRange(err) {
		return nil, quote(word) + " is not a size", "write bytes, or a number with KiB, MiB or GiB"
	}
	if err != nil || n > math.MaxInt64/uint64(factor) {
		return nil, o.outside(word), ""
	}
	if reason := o.checkRange(int64(n)*factor, word); reason != "" {
		return nil, reason, ""
	}
	return int64(n) * factor, "", ""
}

var sizeUnits = []struct {
	suffix string
	factor int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

func isRange(err error) bool { return strings.HasSuffix(err.Error(), strconv.ErrRange.Error()) }

func (o *Option) checkRange(n int64, word string) (reason string) {
	if n == 0 && o.OrZero || n >= o.Min && n <= o.Max {
		return ""
	}
	return o.outside(word)
}

func (o *Option) outside(word string) string { return quote(word) + " is not in " + o.Range() }

// Range says which numbers are legal, for messages and documentation.
func (o *Option) Range() string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch {
	case o.Kind == KindFileMode:
		number = func(n int64) string { return fmt.Sprintf("%04o", n) }
	case o.Kind == KindSize:
		number = formatSize
	}
	text := number(o.Min) + " to " + number(o.Max)
	if o.Max == math.MaxInt64 {
		text = number(o.Min) + " or more"
	}
	if o.OrZero {
		text = "0 or " + text
	}
	return text
}

func formatSize(n int64) string {
	for i := len(sizeUnits) - 1; i >= 0; i-- {
		if u := sizeUnits[i]; n != 0 && n%u.factor == 0 {
			return strconv.FormatInt(n/u.factor, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

// store puts a parsed value into a field: pointers are allocated, lists appended to.
func store(field reflect.Value, value any) {
	v := reflect.ValueOf(value)
	switch field.Kind() {
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		store(field.Elem(), value)
	case reflect.Slice:
		field.Set(reflect.Append(field, v))
	default:
		field.Set(v.Convert(field.Type()))
	}
}

// format is the inverse of parse: one line's value per entry, none when the field is unset.
func (o *Option) format(field any) []string {
	v := reflect.ValueOf(field).Elem()
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice {
		var out []string
		for i := range v.Len() {
			out = append(out, o.formatValue(v.Index(i)))
		}
		return out
	}
	if o.Default == "" && o.Kind != KindBool && reflect.ValueOf(field).Elem().IsZero() {
		return nil
	}
	return []string{o.formatValue(v)}
}

func (o *Option) formatValue(v reflect.Value) string {
	switch x := v.Interface(); {
	case o.Kind == KindSeconds:
		return strconv.FormatInt(int64(x.(time.Duration)/time.Second), 10)
	case o.Kind == KindMilliseconds:
		return strconv.FormatInt(x.(time.Duration).Milliseconds(), 10)
	case o.Kind == KindFileMode:
		return fmt.Sprintf("%04o", v.Uint())
	case o.Kind == KindEnum || o.Kind == KindBool || o.Kind == KindAddress ||
		o.Kind == KindNetworks:
		return fmt.Sprint(x)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	}
	return quoteValue(v.String())
}
