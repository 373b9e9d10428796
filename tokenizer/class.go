package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// class is what the known expressions tell characters apart by.
type class uint8

const (
	other   class = iota
	letter        // \p{L}
	number        // \p{N}
	space         // \s: Unicode's White_Space, without line ends
	lineEnd       // \r or \n
)

var asciiClass = makeASCIIClass()

func makeASCIIClass() (table [utf8.RuneSelf]class) {
	for r := range rune(utf8.RuneSelf) {
		table[r] = classify(r)
	}
	return table
}

func classify(r rune) class {
	switch {
	case r == '\r' || r == '\n':
		return lineEnd
	case unicode.IsSpace(r):
		return space
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	}
	return other
}

func (c class) isSpace() bool { return c >= space }

// classAt is the class and size of the character at s[i:]. At the end of s the
// size is 0.
func classAt(s string, i int) (c class, size int) {
	if i >= len(s) {
		return other, 0
	}
	if s[i] < utf8.RuneSelf {
		return asciiClass[s[i]], 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return classify(r), n
}

// run is the end of the longest run of characters of one class from s[i:] on.
func run(s string, i int, want class) int {
	for {
		c, n := classAt(s, i)
		if n == 0 || c != want {
			return i
		}
		i += n
	}
}

// spaceRun measures the white space that s begins with: its end, where its
// last character begins, and the end of its last line end (0: there is none).
func spaceRun(s string) (end, last, line int) {
	for {
		c, n := classAt(s, end)
		if n == 0 || !c.isSpace() {
			return end, last, line
		}
		last, end = end, end+n
		if c == lineEnd {
			line = end
		}
	}
}

// matchSpace measures \s+(?!\S)|\s+ at a white space: all of it, but it leaves
// the last character to what follows.
func matchSpace(end, last, size int) int {
	if end < size && last > 0 {
		return last
	}
	return end
}
