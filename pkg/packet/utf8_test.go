// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The FlashMQ for Kubernetes authors

package packet

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// slowValid is ValidString as the rules say it.
func slowValid(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) {
			return false
		}
	}
	return true
}

func TestValidString(t *testing.T) {
	tests := []struct {
		name string
		s    string
		want bool
	}{
		{"empty", "", true},
		{"ASCII", "devices/12345/temp", true},
		{"space and tilde", " ~", true},
		{"two bytes", "ger\u00e4te", true},
		{"three bytes", "\u20ac", true},
		{"four bytes", "\U0001F600", true},
		{"first after the controls", "\u00a0", true},
		{"byte order mark", "\ufeff", true}, // [MQTT-1.5.4-3]
		{"replacement character", "\ufffd", true},
		{"before the surrogates", "\ud7ff", true},
		{"after the surrogates", "\ue000", true},
		{"before the non-characters", "\ufdcf", true},
		{"after the non-characters", "\ufdf0", true},
		{"largest character", "\U0010FFFD", true},
		{"NUL", "a\x00b", false}, // [MQTT-1.5.4-2]
		{"tab", "a\tb", false},
		{"U+001F", "\x1f", false},
		{"delete", "\x7f", false},
		{"U+0080", "\u0080", false},
		{"U+009F", "\u009f", false},
		{"surrogate", "\xed\xa0\x80", false}, // [MQTT-1.5.4-1]
		{"last surrogate", "\xed\xbf\xbf", false},
		{"surrogate pair", "\xed\xa0\x80\xed\xb0\x80", false},
		{"U+FDD0", "\ufdd0", false},
		{"U+FDEF", "\ufdef", false},
		{"U+FFFE", "\ufffe", false},
		{"U+FFFF", "\uffff", false},
		{"U+1FFFE", "\U0001FFFE", false},
		{"U+10FFFF", "\U0010FFFF", false},
		{"slash in two bytes", "\xc0\xaf", false},
		{"slash in three bytes", "\xe0\x80\xaf", false},
		{"slash in four bytes", "\xf0\x80\x80\xaf", false},
		{"NUL in two bytes", "\xc0\x80", false},
		{"above Unicode", "\xf4\x90\x80\x80", false},
		{"five bytes", "\xf8\x88\x80\x80\x80", false},
		{"continuation alone", "\x80", false},
		{"cut short", "a\xe2\x82", false},
		{"0xFE", "\xfe", false},
		{"0xFF", "\xff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if slowValid([]byte(tt.s)) != tt.want {
				t.Fatal("the test is wrong")
			}
			// Wherever it stands, among the words of eight bytes or at an end.
			for before := range 18 {
				for after := range 18 {
					s := strings.Repeat("x", before) + tt.s + strings.Repeat("y", after)
					if got := ValidString([]byte(s)); got != tt.want {
						t.Errorf("%q: %v", s, got)
					}
				}
			}
		})
	}
}

// Every byte at every place of a word.
func TestValidStringEachByte(t *testing.T) {
	for n := 1; n <= 33; n++ {
		for at := range n {
			b := []byte(strings.Repeat("a", n))
			for c := range 256 {
				b[at] = byte(c)
				if got, want := ValidString(b), slowValid(b); got != want {
					t.Fatalf("%q: %v", b, got)
				}
			}
		}
	}
}

// Every code point.
func TestValidStringEachRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		b := utf8.AppendRune([]byte("abc"), r)
		if got, want := ValidString(b), slowValid(b); got != want {
			t.Fatalf("%U: %v, want %v", r, got, want)
		}
	}
}

func TestValidStringRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "/", "\u00e4", "\u20ac", "\U0001F600", "\x00", "\x7f", "\x80", "\xc2",
		"\xe2\x82", "\ufffe", "\ufdd0", "\x1f", " ", "~", "\xff"}
	for range 200_000 {
		var b []byte
		for range random.IntN(30) {
			b = append(b, "plain"[:random.IntN(6)]...)
			if random.IntN(16) == 0 {
				b = append(b, alphabet[random.IntN(len(alphabet))]...)
			}
		}
		if got, want := ValidString(b), slowValid(b); got != want {
			t.Fatalf("%q: %v, want %v", b, got, want)
		}
	}
}
