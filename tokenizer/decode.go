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

// Specials says what becomes of special tokens in a decoded text.
type Specials bool

// What may become of them.
const (
	SkipSpecial Specials = false // they are left out
	KeepSpecial Specials = true  // they are written out, as the file spells them
)

// Decode turns the ids of a whole text into it. An id that no token has gives
// nothing, and bytes that are no character give U+FFFD.
//
// It differs from a Decoder, which does not know what comes, in one thing: all
// bytes of a run of byte tokens (with byte fallback) give U+FFFD if any of them
// is part of no character. That is how Hugging Face's library decodes a text.
//
// Special tokens that are marked as normalized are special here whatever the
// normalizer makes of their text. tokenizers 0.23 writes out the normalized
// text, and does not leave them out; earlier versions do as is done here.
func (t *Tokenizer) Decode(ids []int32, special Specials) string {
	d := t.NewDecoder(special)
	d.whole = true
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(d.Next(id))
	}
	b.WriteString(d.Flush())
	return b.String()
}

// A Decoder decodes a text that comes token by token. It is for one goroutine.
type Decoder struct {
	t       *Tokenizer
	special Specials
	whole   bool   // runs of byte tokens are judged when they have ended
	pending []byte // bytes that are not yet a character, or may not be one
	strips  int    // how many more may be stripped
}

// NewDecoder begins a text.
func (t *Tokenizer) NewDecoder(special Specials) *Decoder {
	return &Decoder{t: t, special: special, strips: t.decode.stripCount}
}

// Next takes the next token and gives the text that is certain by now: each
// character as soon as its last byte is there, and U+FFFD for bytes that no
// token can make a character of any more. What Flush gives is left at the end.
func (d *Decoder) Next(id int32) string {
	t := d.t
	if id < 0 || int(id) >= len(t.tokens) {
		return ""
	}
	tok := &t.tokens[id]
	switch {
	case tok.kind == Missing, tok.kind == Special && d.special == SkipSpecial:
		return ""
	case t.decode.byteLevel:
		return d.bytes(tok.out)
	case t.decode.byteFallback && tok.kind == Byte:
		if !d.whole {
			return d.begin(d.bytes(string([]byte{tok.byte})))
		}
		d.pending = append(d.pending, tok.byte)
		return ""
	}
	if len(d.pending) == 0 {
		return d.begin(tok.out)
	}
	return d.rest() + d.begin(tok.out)
}

// Flush ends the text, and gives what is left of it. The Decoder then begins
// another.
func (d *Decoder) Flush() string {
	s := d.rest()
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

// rest gives what the pending bytes are if no more follow.
func (d *Decoder) rest() string {
	s := validUTF8(string(d.pending))
	if d.whole && d.t.decode.byteFallback && !utf8.Valid(d.pending) {
		s = strings.Repeat(replacement, len(d.pending))
	}
	d.pending = d.pending[:0]
	if d.t.decode.byteLevel {
		return s
	}
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
