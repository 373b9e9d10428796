package tokenizer

import (
	"strings"
	"unicode/utf8"
)

const replacement = "\uFFFD"

// validUTF8 replaces each maximal part of a broken character by U+FFFD (The
// Unicode Standard 15.0, section 3.9, "U+FFFD Substitution of Maximal
// Subparts").
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		n, ok := character(s[i:])
		if ok {
			b.WriteString(s[i : i+n])
		} else {
			b.WriteString(replacement)
		}
		i += n
	}
	return b.String()
}

// character measures the character that s, which is not empty, begins with. If
// it is broken, n is the length of its maximal part.
func character(s string) (n int, ok bool) {
	if r, n := utf8.DecodeRuneInString(s); r != utf8.RuneError || n > 1 {
		return n, true
	}
	return brokenPart(s), false
}

// brokenPart is the length of the longest beginning of s that begins some
// character, at least 1. s does not begin with a whole character.
func brokenPart(s string) int {
	n, lo, hi := 0, byte(0x80), byte(0xBF)
	switch c := s[0]; {
	case c < 0xC2 || c > 0xF4:
		return 1
	case c < 0xE0:
		n = 2
	case c < 0xF0:
		n = 3
	default:
		n = 4
	}
	switch s[0] { // no overlong forms, surrogates, or beyond U+10FFFF
	case 0xE0:
		lo = 0xA0
	case 0xED:
		hi = 0x9F
	case 0xF0:
		lo = 0x90
	case 0xF4:
		hi = 0x8F
	}
	i := 1
	for ; i < n && i < len(s) && lo <= s[i] && s[i] <= hi; i++ {
		lo, hi = 0x80, 0xBF
	}
	return i
}

// unfinished is how many bytes at the end of s begin a character whose rest
// may still come.
func unfinished(s string) int {
	for n := 1; n <= min(3, len(s)); n++ {
		tail := s[len(s)-n:]
		if utf8.RuneStart(tail[0]) {
			if tail[0] >= 0xC2 && !utf8.FullRuneInString(tail) && brokenPart(tail) == n {
				return n
			}
			return 0
		}
	}
	return 0
}
