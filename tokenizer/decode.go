package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// decoding is how tokens' outputs become text.
type decoding struct {
	byteLevel    bool // outputs are bytes: characters may be spread over tokens
	byteFallback bool // runs of Byte tokens are characters
	strip        string
	stripCount   int // how many strip go from the beginning of the text, at most
}

// Decode turns ids into text. special: special tokens are written out, as the
// file spells them; else they are left out. An id that no token has gives
// nothing, and bytes that are no character give U+FFFD.
func (t *Tokenizer) Decode(ids []int32, special bool) string {
	d := t.NewDecoder(special)
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(d.Next(id))
	}
	b.WriteString(d.Flush())
	return b.String()
}

// A Decoder is Decode, token by token. It is for one goroutine.
type Decoder struct {
	t       *Tokenizer
	special bool
	pending []byte // bytes that are not yet a character, or may not be one
	strips  int    // how many more may be stripped
}

// NewDecoder begins a text; special is Decode's.
func (t *Tokenizer) NewDecoder(special bool) *Decoder {
	return &Decoder{t: t, special: special, strips: t.decode.stripCount}
}

// Next takes the next token and gives the text that is certain by now, in whole
// characters. What a Decoder gives, put together with what Flush gives, is what
// Decode gives. With byte fallback, a run of byte tokens is given when it has
// ended, since one broken character breaks the run.
func (d *Decoder) Next(id int32) string {
	t := d.t
	if id < 0 || int(id) >= len(t.tokens) || t.tokens[id].kind == Special && !d.special {
		return ""
	}
	tok := &t.tokens[id]
	switch {
	case t.decode.byteLevel:
		return d.bytes(tok.out)
	case t.decode.byteFallback && tok.kind == Byte:
		d.pending = append(d.pending, tok.byte)
		return ""
	}
	return d.byteRun() + d.begin(tok.out)
}

// Flush ends the text, and gives what is left of it. The Decoder then begins
// another.
func (d *Decoder) Flush() string {
	s := ""
	if d.t.decode.byteLevel {
		s = validUTF8(string(d.pending))
		d.pending = d.pending[:0]
	} else {
		s = d.byteRun()
	}
	d.strips = d.t.decode.stripCount
	return s
}

// bytes gives the characters that out completes.
func (d *Decoder) bytes(out string) string {
	if len(d.pending) > 0 {
		out = string(append(d.pending, out...))
	}
	whole := len(out) - unfinished(out)
	d.pending = append(d.pending[:0], out[whole:]...)
	return validUTF8(out[:whole])
}

// byteRun gives what a run of byte tokens was: characters, or else U+FFFD for
// each byte.
func (d *Decoder) byteRun() string {
	if len(d.pending) == 0 {
		return ""
	}
	s := string(d.pending)
	if !utf8.Valid(d.pending) {
		s = strings.Repeat(replacement, len(d.pending))
	}
	d.pending = d.pending[:0]
	return d.begin(s)
}

// begin strips the beginning of the text.
func (d *Decoder) begin(s string) string {
	for d.strips > 0 && s != "" {
		rest, ok := strings.CutPrefix(s, d.t.decode.strip)
		if !ok {
			d.strips = 0
			break
		}
		s = rest
		d.strips--
	}
	return s
}
