package tokenizer

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A splitter is one step of the pre-tokenizer: it cuts each piece into pieces,
// which are encoded without regard to each other. first: pieces[0] is where the
// text begins.
type splitter interface {
	split(pieces []string, first bool, deadline time.Time) ([]string, error)
	fmt.Stringer
}

// A span is a part of a piece; match: the pattern matches it.
type span struct {
	start, end int
	match      bool
}

// A pattern finds what it matches in s, and covers s with spans.
type pattern interface {
	spans(s string, deadline time.Time) ([]span, error)
}

// patternSplit cuts at a pattern's matches.
type patternSplit struct {
	pattern pattern
	expr    string // the pattern, as a regular expression
	keep    behaviour
	invert  bool // what the pattern does not match counts as its matches
}

// String is the same for splits that do the same.
func (p patternSplit) String() string {
	return fmt.Sprintf("split at %.64q (%s, inverted %v)", p.expr, p.keep, p.invert)
}

func (p patternSplit) split(pieces []string, _ bool, deadline time.Time) ([]string, error) {
	out := make([]string, 0, len(pieces))
	for _, s := range pieces {
		spans, err := p.pattern.spans(s, deadline)
		if err != nil {
			return nil, err
		}
		if p.invert {
			for i := range spans {
				spans[i].match = !spans[i].match
			}
		}
		for _, sp := range behaviours[p.keep](spans) {
			if sp.start < sp.end {
				out = append(out, s[sp.start:sp.end])
			}
		}
	}
	return out, nil
}

// A behaviour is what Split does with a match, by the name that tokenizer.json
// has for it.
type behaviour string

const (
	isolated       behaviour = "Isolated"
	contiguous     behaviour = "Contiguous"
	mergedWithNext behaviour = "MergedWithNext"
)

var behaviours = map[behaviour]func([]span) []span{
	isolated:             func(spans []span) []span { return spans },
	"Removed":            removeMatches,
	"MergedWithPrevious": mergeWithPrevious,
	mergedWithNext:       mergeWithNext,
	contiguous:           joinMatches,
}

func removeMatches(spans []span) []span {
	out := spans[:0]
	for _, s := range spans {
		if !s.match {
			out = append(out, s)
		}
	}
	return out
}

// mergeWithPrevious joins a match to the text before it, but not to a match.
func mergeWithPrevious(spans []span) []span {
	out, before := spans[:0], false
	for _, s := range spans {
		if s.match && !before && len(out) > 0 {
			out[len(out)-1].end = s.end
		} else {
			out = append(out, s)
		}
		before = s.match
	}
	return out
}

// mergeWithNext joins a match to the text behind it, but not to a match.
func mergeWithNext(spans []span) []span {
	var out []span
	for i, s := range spans {
		if i > 0 && spans[i-1].match && !s.match {
			out[len(out)-1].end = s.end
		} else {
			out = append(out, s)
		}
	}
	return out
}

// joinMatches joins matches that touch.
func joinMatches(spans []span) []span {
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].match == s.match {
			out[n-1].end = s.end
		} else {
			out = append(out, s)
		}
	}
	return out
}

// literalPattern matches a text.
type literalPattern string

func (p literalPattern) spans(s string, _ time.Time) ([]span, error) {
	var c cover
	for at := 0; p != ""; {
		i := strings.Index(s[at:], string(p))
		if i < 0 {
			break
		}
		c.match(at+i, at+i+len(p))
		at += i + len(p)
	}
	return c.finish(len(s)), nil
}

// digits matches one number character (Unicode category N).
type digits struct{}

// digitPattern is digits as a regular expression.
const digitPattern = `\p{N}`

func (digits) spans(s string, _ time.Time) ([]span, error) {
	var c cover
	for i, r := range s {
		if unicode.IsNumber(r) {
			c.match(i, i+utf8.RuneLen(r))
		}
	}
	return c.finish(len(s)), nil
}

// cover builds spans from matches in order.
type cover struct {
	out []span
	end int
}

func (c *cover) match(start, end int) {
	if c.end < start {
		c.out = append(c.out, span{c.end, start, false})
	}
	c.out = append(c.out, span{start, end, true})
	c.end = end
}

func (c *cover) finish(n int) []span {
	if c.end < n {
		c.out = append(c.out, span{c.end, n, false})
	}
	return c.out
}

// prefixSpace puts a space before each piece that has none.
type prefixSpace struct{}

func (prefixSpace) String() string { return "a space before each piece" }

func (prefixSpace) split(pieces []string, _ bool, _ time.Time) ([]string, error) {
	for i, s := range pieces {
		if !strings.HasPrefix(s, " ") {
			pieces[i] = " " + s
		}
	}
	return pieces, nil
}

// metaspace writes spaces as a visible character, and puts one before a piece
// that has none.
type metaspace struct {
	space   string
	prepend prependScheme
	cut     bool // before each space
}

func (m metaspace) String() string {
	return fmt.Sprintf("Metaspace (%.64q, prepend_scheme %s, split %v)", m.space, m.prepend, m.cut)
}

type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first" // only where the text begins
	prependNever  prependScheme = "never"
)

func (s prependScheme) check() error {
	switch s {
	case prependAlways, prependFirst, prependNever:
		return nil
	}
	return fmt.Errorf("prepend_scheme %q: %w", string(s), ErrUnsupported)
}

func (m metaspace) split(pieces []string, first bool, deadline time.Time) ([]string, error) {
	for i, s := range pieces {
		s = strings.ReplaceAll(s, " ", m.space)
		wanted := m.prepend == prependAlways || m.prepend == prependFirst && first && i == 0
		if wanted && !strings.HasPrefix(s, m.space) {
			s = m.space + s
		}
		pieces[i] = s
	}
	if !m.cut {
		return pieces, nil
	}
	at := patternSplit{pattern: literalPattern(m.space), keep: mergedWithNext}
	return at.split(pieces, first, deadline)
}
