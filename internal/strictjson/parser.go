package strictjson

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// A Parser walks through one JSON document from front to back. The caller
// says which kind of value it expects next; anything else is an error with
// the byte's offset. After an error a Parser is of no more use.
type Parser struct {
	data  []byte
	pos   int
	depth int
}

// NewParser checks that data is UTF-8 and starts at its first value.
func NewParser(data []byte) (*Parser, error) {
	p := &Parser{data: data}
	for p.pos < len(data) {
		r, n := utf8.DecodeRune(data[p.pos:])
		if r == utf8.RuneError && n == 1 {
			return nil, p.fail("byte %#x is no UTF-8", data[p.pos])
		}
		p.pos += n
	}
	p.pos = 0
	return p, nil
}

// Offset is how many bytes were read.
func (p *Parser) Offset() int { return p.pos }

func (p *Parser) fail(format string, args ...any) error {
	return fileerr.New("", int64(p.pos), "", format, args...)
}

// next skips white space and gives the byte after it, or 0 at the end.
func (p *Parser) next() byte {
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return c
		}
	}
	return 0
}

// found describes the next byte for an error.
func (p *Parser) found() string {
	if p.pos >= len(p.data) {
		return "the end"
	}
	r, _ := utf8.DecodeRune(p.data[p.pos:])
	return strconv.QuoteRune(r)
}

// End checks that only white space is left.
func (p *Parser) End() error {
	if p.next(); p.pos < len(p.data) {
		return p.fail("found %s after the end of the value", p.found())
	}
	return nil
}

// Object reads an object and calls member after each name, to read the
// name's value. A name that appears twice is an error, however it is spelled.
func (p *Parser) Object(member func(name string) error) error {
	names := map[string]struct{}{}
	return p.list('{', '}', "an object", func() error {
		p.next()
		at := p.pos
		name, err := p.String()
		if err != nil {
			return err
		}
		if _, twice := names[name]; twice {
			p.pos = at
			return p.fail("name %s appears twice in one object", fileerr.Quote(name))
		}
		names[name] = struct{}{}
		if p.next() != ':' {
			return p.fail("found %s; a colon is allowed", p.found())
		}
		p.pos++
		return member(name)
	})
}

// Array reads an array and calls item to read each of its values.
func (p *Parser) Array(item func() error) error {
	return p.list('[', ']', "an array", item)
}

func (p *Parser) list(begin, end byte, what string, item func() error) error {
	if p.next() != begin {
		return p.fail("found %s; %s is allowed", p.found(), what)
	}
	if p.depth++; p.depth > MaxDepth {
		return p.fail("nested deeper than %d", MaxDepth)
	}
	p.pos++
	if p.next() == end {
		p.pos++
		p.depth--
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch p.next() {
		case ',':
			p.pos++
		case end:
			p.pos++
			p.depth--
			return nil
		default:
			return p.fail("found %s; a comma or %q is allowed", p.found(), end)
		}
	}
}

// String reads a string and resolves its escapes. A \u escape of half a
// surrogate pair is an error.
func (p *Parser) String() (string, error) {
	quoted, escaped, err := p.quoted()
	if err != nil {
		return "", err
	}
	return text(quoted, escaped)
}

// quoted checks a string and gives it as it is written.
func (p *Parser) quoted() (quoted []byte, escaped bool, err error) {
	if p.next() != '"' {
		return nil, false, p.fail("found %s; a string is allowed", p.found())
	}
	begin := p.pos
	for p.pos++; p.pos < len(p.data); p.pos++ {
		switch c := p.data[p.pos]; {
		case c == '"':
			p.pos++
			return p.data[begin:p.pos], escaped, nil
		case c < ' ':
			return nil, false, p.fail("control character %#x in a string", c)
		case c == '\\':
			escaped = true
			if err := p.escape(); err != nil {
				return nil, false, err
			}
		}
	}
	return nil, false, p.fail("found %s in a string", p.found())
}

// text resolves a checked string with its quotes.
func text(quoted []byte, escaped bool) (string, error) {
	if !escaped {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err
}

// escape checks an escape and leaves pos at its last byte.
func (p *Parser) escape() error {
	p.pos++
	if p.pos >= len(p.data) {
		return p.fail("found the end in an escape")
	}
	switch p.data[p.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
	default:
		return p.fail("found %s after a backslash", p.found())
	}
	at := p.pos - 1
	r, ok := p.hex4(p.pos + 1)
	p.pos += 4
	if ok && utf16.IsSurrogate(r) {
		var low rune
		if low, ok = p.surrogate(); ok {
			ok = utf16.DecodeRune(r, low) != utf8.RuneError
		}
		p.pos += 6
	}
	if !ok {
		p.pos = at
		return p.fail(`a \u escape that is no character`)
	}
	return nil
}

// surrogate reads a \u escape that begins after pos.
func (p *Parser) surrogate() (rune, bool) {
	if p.pos+2 >= len(p.data) || p.data[p.pos+1] != '\\' || p.data[p.pos+2] != 'u' {
		return 0, false
	}
	return p.hex4(p.pos + 3)
}

func (p *Parser) hex4(at int) (rune, bool) {
	if at+4 > len(p.data) {
		return 0, false
	}
	r, err := strconv.ParseUint(string(p.data[at:at+4]), 16, 16)
	return rune(r), err == nil
}

// Uint reads a number that is written as an integer from 0 to 2^64-1.
func (p *Parser) Uint() (uint64, error) {
	p.next()
	at := p.pos
	if err := p.number(); err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(p.data[at:p.pos]), 10, 64)
	if err != nil {
		found := string(p.data[at:p.pos])
		p.pos = at
		return 0, p.fail("found %s; an integer from 0 to 2^64-1 is allowed", found)
	}
	return n, nil
}

// number checks one number.
func (p *Parser) number() error {
	at := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	ok := true
	if p.peek() == '0' {
		p.pos++
	} else {
		ok = p.digits()
	}
	if p.peek() == '.' {
		p.pos++
		ok = p.digits() && ok
	}
	if c := p.peek(); ok && (c == 'e' || c == 'E') {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		ok = p.digits()
	}
	if !ok {
		return p.fail("found %s; a number is allowed", p.found())
	}
	if n := p.pos - at; n > maxNumber {
		p.pos = at
		return p.fail("a number of %d characters; at most %d are allowed", n, maxNumber)
	}
	return nil
}

// digits skips digits, of which there must be one at least.
func (p *Parser) digits() bool {
	at := p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > at
}

func (p *Parser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

// Skip checks one value of any kind.
func (p *Parser) Skip() error {
	switch c := p.next(); {
	case c == '{':
		return p.Object(func(string) error { return p.Skip() })
	case c == '[':
		return p.Array(p.Skip)
	case c == '"':
		_, _, err := p.quoted()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if end := p.pos + len(word); end <= len(p.data) && string(p.data[p.pos:end]) == word {
			p.pos = end
			return nil
		}
	}
	return p.fail("found %s; a value is allowed", p.found())
}
