package quark

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxPatterns bounds the expressions of one list: every name of a model is
// matched with each of them. Exact names do not count.
const maxPatterns = 4096

// patterns are names of layers, with something for each: exact names, globs as
// Python's fnmatch has them (* crosses dots), and re: with a regular
// expression.
type patterns[T any] struct {
	exact map[string]T
	globs []glob[T]
}

type glob[T any] struct {
	expr  *regexp.Regexp
	value T
}

// add appends a pattern. A name that is there keeps its first value.
func (p *patterns[T]) add(pattern string, value T) error {
	expr, isRegexp := strings.CutPrefix(pattern, "re:")
	switch {
	case !isRegexp && !strings.ContainsAny(pattern, "*?["):
		if p.exact == nil {
			p.exact = map[string]T{}
		}
		if _, ok := p.exact[pattern]; !ok {
			p.exact[pattern] = value
		}
		return nil
	case len(p.globs) == maxPatterns:
		return fmt.Errorf("more than %d patterns", maxPatterns)
	case !isRegexp:
		expr = fnmatch(pattern)
	}
	re, err := regexp.Compile("^(?:" + expr + ")")
	if err != nil {
		return fmt.Errorf("pattern %.128q: %w", pattern, err)
	}
	p.globs = append(p.globs, glob[T]{re, value})
	return nil
}

// find gives the value of the name itself, or else of the first pattern that
// matches it.
func (p *patterns[T]) find(name string) (value T, ok bool) {
	if v, ok := p.exact[name]; ok {
		return v, true
	}
	for _, g := range p.globs {
		if g.expr.MatchString(name) {
			return g.value, true
		}
	}
	return value, false
}

// fnmatch is a glob as a regular expression of the whole name.
func fnmatch(glob string) string {
	var b strings.Builder
	for rest := glob; rest != ""; {
		c, n := utf8.DecodeRuneInString(rest)
		rest = rest[n:]
		switch c {
		case '*':
			b.WriteString("(?s:.*)")
		case '?':
			b.WriteString("(?s:.)")
		case '[':
			set, after, ok := class(rest)
			if !ok {
				b.WriteString(`\[`)
				continue
			}
			b.WriteString(set)
			rest = after
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String() + `\z`
}

// class reads the set behind a [; it is none if it does not end.
func class(s string) (set, rest string, ok bool) {
	negated := strings.HasPrefix(s, "!")
	if negated {
		s = s[1:]
	}
	if s == "" {
		return "", "", false
	}
	end := strings.IndexByte(s[1:], ']')
	if end < 0 {
		return "", "", false
	}
	set = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `^`, `\^`, `]`, `\]`).Replace(s[:end+1])
	if negated {
		set = "^" + set
	}
	return "[" + set + "]", s[end+2:], true
}
