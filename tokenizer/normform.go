package tokenizer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normForm is a Unicode normalization form (Unicode Standard Annex 15).
type normForm norm.Form

func (f normForm) apply(s string, _ int) (string, error) { return normalForm(norm.Form(f), s), nil }

// joiner is what golang.org/x/text puts behind 30 combining marks in a row, to
// keep streams safe (UAX 15, section 13). Tokenizers do not.
const joiner = "\u034F"

func normalForm(f norm.Form, s string) string {
	if f.IsNormalString(s) {
		return s
	}
	out := f.String(s)
	if strings.Count(out, joiner) == strings.Count(s, joiner) {
		return out
	}
	runes := decompose(f, s)
	if f == norm.NFC || f == norm.NFKC {
		runes = compose(runes)
	}
	return string(runes)
}

// decompose replaces each character by its decomposition, and puts marks into
// canonical order.
func decompose(f norm.Form, s string) []rune {
	apart := norm.NFD
	if f == norm.NFKC || f == norm.NFKD {
		apart = norm.NFKD
	}
	runes := make([]rune, 0, len(s))
	for _, r := range s {
		runes = append(runes, []rune(apart.String(string(r)))...)
	}
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && markClass(runes[end]) > 0 {
			end++
		}
		slices.SortStableFunc(runes[i:end], func(a, b rune) int { return int(markClass(a)) - int(markClass(b)) })
		i = end + 1
	}
	return runes
}

// compose joins characters to the starters before them (UAX 15, section 1.3).
func compose(runes []rune) []rune {
	out := runes[:0]
	starter := -1 // in out
	for _, r := range runes {
		class := markClass(r)
		if starter >= 0 {
			adjacent := starter == len(out)-1
			if adjacent || class > 0 && markClass(out[len(out)-1]) < class {
				if c, ok := composite(out[starter], r); ok {
					out[starter] = c
					continue
				}
			}
		}
		if class == 0 {
			starter = len(out)
		}
		out = append(out, r)
	}
	return out
}

// composite is the character that two compose to.
func composite(a, b rune) (rune, bool) {
	s := norm.NFC.String(string([]rune{a, b}))
	r, n := utf8.DecodeRuneInString(s)
	return r, n == len(s)
}

// markClass is a character's canonical combining class.
func markClass(r rune) uint8 {
	if r < 0x300 {
		return 0
	}
	return norm.NFD.PropertiesString(string(r)).CCC()
}
