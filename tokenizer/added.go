package tokenizer

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAdded bounds the text of an added token that is looked for in texts: the
// search may compare that many bytes at each position.
const maxAdded = 256

// An added token is found before the text is split.
type added struct {
	text       string
	id         int32
	special    bool // only if asked for
	singleWord bool // not next to a letter, digit or underscore
	lstrip     bool // takes the white space before it
	rstrip     bool // takes the white space behind it
}

// A matcher finds added tokens in a text: leftmost first, the longest of those
// that begin at one place.
type matcher struct {
	tokens []added  // sorted by text
	from   [257]int // tokens[from[b]:from[b+1]] begin with byte b
}

// newMatcher takes tokens in the file's order. Of tokens with the same text the
// first is found; one without text never is.
func newMatcher(tokens []added) matcher {
	tokens = slices.DeleteFunc(tokens, func(a added) bool { return a.text == "" })
	slices.SortStableFunc(tokens, func(a, b added) int { return strings.Compare(a.text, b.text) })
	m := matcher{tokens: slices.CompactFunc(tokens, func(a, b added) bool { return a.text == b.text })}
	for _, a := range m.tokens {
		m.from[int(a.text[0])+1]++
	}
	for b := range 256 {
		m.from[b+1] += m.from[b]
	}
	return m
}

// longest finds the longest token that s, which is not empty, begins with.
func (m *matcher) longest(s string) *added {
	lo, hi := m.from[s[0]], m.from[int(s[0])+1]
	var best *added
	for n := 1; lo < hi; n++ { // tokens[lo:hi] begin with s[:n]
		if len(m.tokens[lo].text) == n {
			best = &m.tokens[lo]
			lo++
		}
		if n == len(s) {
			break
		}
		rest, c := m.tokens[lo:hi], s[n]
		hi = lo + sort.Search(len(rest), func(i int) bool { return rest[i].text[n] > c })
		lo += sort.Search(hi-lo, func(i int) bool { return rest[i].text[n] >= c })
	}
	return best
}

// A fragment is an added token, or (id none) text between them.
type fragment struct {
	text  string
	id    int32
	first bool // the fragment is at the beginning of the text
}

// fragments cuts a text at its added tokens. Unless special is set, special
// tokens are text.
func (m *matcher) fragments(s string, special bool) []fragment {
	if len(m.tokens) == 0 {
		return []fragment{{s, none, true}}
	}
	var out []fragment
	done := 0
	for i := 0; i < len(s); {
		a := m.longest(s[i:])
		if a == nil {
			i++
			continue
		}
		start, end := i, i+len(a.text)
		i = end
		if a.special && !special || a.singleWord && (wordBefore(s[:start]) || wordBehind(s[end:])) {
			continue
		}
		if a.lstrip {
			start = max(done, len(strings.TrimRightFunc(s[:start], unicode.IsSpace)))
		}
		if a.rstrip {
			end = len(s) - len(strings.TrimLeftFunc(s[end:], unicode.IsSpace))
			i = end
		}
		if done < start {
			out = append(out, fragment{s[done:start], none, done == 0})
		}
		out = append(out, fragment{s[start:end], a.id, start == 0})
		done = end
	}
	if done < len(s) {
		out = append(out, fragment{s[done:], none, done == 0})
	}
	return out
}

func wordBefore(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && isWord(r)
}

func wordBehind(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && isWord(r)
}

// isWord is \w of Unicode Technical Standard 18, annex C.
func isWord(r rune) bool {
	return r == '\u200C' || r == '\u200D' || unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic)
}
