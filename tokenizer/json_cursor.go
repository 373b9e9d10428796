package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxJSONDepth  = 128
	maxJSONNumber = 64 // characters
)

// A cursor walks a JSON text (RFC 8259) once: a vocabulary of megabytes is not
// worth a tree. Strings without escapes share the text's memory.
type cursor struct {
	s  string
	at int
}

// newCursor refuses text that is not UTF-8.
func newCursor(b []byte) (*cursor, error) {
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("not UTF-8")
	}
	return &cursor{s: string(b)}, nil
}

func (c *cursor) fail(format string, args ...any) error {
	return fmt.Errorf("offset %d: %s", c.at, fmt.Sprintf(format, args...))
}

// peek skips white space and gives the next byte, or 0 at the end.
func (c *cursor) peek() byte {
	for ; c.at < len(c.s); c.at++ {
		switch c.s[c.at] {
		case ' ', '\t', '\n', '\r':
		default:
			return c.s[c.at]
		}
	}
	return 0
}

func (c *cursor) expect(b byte) error {
	if got := c.peek(); got != b {
		return c.fail("%s, want %q", c.found(), b)
	}
	c.at++
	return nil
}

// found names what is at the cursor.
func (c *cursor) found() string {
	if c.at >= len(c.s) {
		return "end of file"
	}
	r, _ := utf8.DecodeRuneInString(c.s[c.at:])
	return strconv.QuoteRune(r)
}

// end checks that nothing follows.
func (c *cursor) end() error {
	if c.peek() != 0 || c.at < len(c.s) {
		return c.fail("%s after the value", c.found())
	}
	return nil
}

// object calls member for each member; it must consume the value.
func (c *cursor) object(member func(key string) error) error {
	return c.list('{', '}', func() error {
		key, err := c.str()
		if err != nil {
			return err
		}
		if err := c.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// array calls element for each element; it must consume it.
func (c *cursor) array(element func() error) error { return c.list('[', ']', element) }

func (c *cursor) list(open, shut byte, item func() error) error {
	if err := c.expect(open); err != nil {
		return err
	}
	if c.peek() == shut {
		c.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if c.peek() == shut {
			c.at++
			return nil
		}
		if err := c.expect(','); err != nil {
			return err
		}
	}
}

// str reads a string.
func (c *cursor) str() (string, error) {
	start := c.at
	if c.peek() == '"' {
		start = c.at
	}
	raw, err := c.rawString()
	if err != nil || strings.IndexByte(raw, '\\') < 0 {
		return raw, err
	}
	var s string
	if err := json.Unmarshal([]byte(c.s[start:c.at]), &s); err != nil {
		return "", c.fail("%v", err)
	}
	return s, nil
}

// rawString reads a string and leaves its escapes as they are.
func (c *cursor) rawString() (string, error) {
	if err := c.expect('"'); err != nil {
		return "", err
	}
	for i := c.at; i < len(c.s); i++ {
		switch b := c.s[i]; {
		case b == '"':
			raw := c.s[c.at:i]
			c.at = i + 1
			return raw, nil
		case b == '\\':
			i++
		case b < ' ':
			c.at = i
			return "", c.fail("control character in a string")
		}
	}
	c.at = len(c.s)
	return "", c.fail("end of file in a string")
}

// id reads a token id.
func (c *cursor) id() (int32, error) {
	c.peek()
	n := 0
	for n < len(c.s)-c.at && c.s[c.at+n] >= '0' && c.s[c.at+n] <= '9' {
		n++
	}
	v, err := strconv.ParseUint(c.s[c.at:c.at+n], 10, 32)
	if err != nil || v >= maxID || n > 1 && c.s[c.at] == '0' {
		text, _ := c.value()
		return 0, c.fail("token id %.20q, want a number from 0 to %d", text, maxID-1)
	}
	c.at += n
	return int32(v), nil // a fraction or exponent fails as what follows
}

// value skips a value and gives its text. What is inside is checked only as
// far as it takes to find the end: whoever uses the text parses it.
func (c *cursor) value() (string, error) {
	c.peek()
	start, depth := c.at, 0
	for {
		switch b := c.peek(); b {
		case '{', '[':
			if depth++; depth > maxJSONDepth {
				return "", c.fail("values more than %d deep", maxJSONDepth)
			}
			c.at++
		case '}', ']':
			if depth--; depth < 0 {
				return "", c.fail("%s, want a value", c.found())
			}
			c.at++
		case '"':
			if _, err := c.rawString(); err != nil {
				return "", err
			}
		case ',', ':':
			if depth == 0 {
				return "", c.fail("%s, want a value", c.found())
			}
			c.at++
		default:
			if err := c.scalar(); err != nil {
				return "", err
			}
		}
		if depth == 0 {
			return c.s[start:c.at], nil
		}
	}
}

// scalar skips a number, true, false or null.
func (c *cursor) scalar() error {
	n := strings.IndexAny(c.s[c.at:], ",:]}[{\" \t\r\n")
	if n < 0 {
		n = len(c.s) - c.at
	}
	if n == 0 || n > maxJSONNumber || !json.Valid([]byte(c.s[c.at:c.at+n])) {
		return c.fail("%s, want a value", c.found())
	}
	c.at += n
	return nil
}
