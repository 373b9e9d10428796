// Package columns writes text that fits a terminal: what is too long for the
// last column goes on below it.
package columns

import (
	"strings"
	"unicode/utf8"
)

// Default is the width where there is no terminal to ask.
const Default = 80

// least is what the last column gets where a terminal is too narrow for the
// ones before it.
const least = 24

// Hang is before followed by text, broken between words into lines of at most
// width columns. All but the first begin at column indent, counted from 0. It
// ends with a line's end. Words that are longer than a line are not broken, so
// that paths can be copied.
func Hang(before string, indent int, text string, width int) string {
	var b strings.Builder
	width = max(width, indent+least)
	b.WriteString(before)
	at, begun := utf8.RuneCountInString(before), false // begun: a word is in the line
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case begun && at+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		case begun:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at, begun = at+n, true
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}
