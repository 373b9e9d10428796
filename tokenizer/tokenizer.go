// Package tokenizer turns text into token ids and back, as the model's own
// files say: a tokenizer.json or the metadata of a GGUF file. What such a file
// asks for and this package does not do is an error that names it
// (ErrUnsupported); nothing is approximated.
//
// The package must not know about models, prompts or chat templates: it deals
// in text and ids only.
package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrUnsupported marks a tokenizer that is well formed as far as can be seen,
// but asks for something that this package does not do.
var ErrUnsupported = errors.New("not supported")

const (
	maxText = 64 << 20 // bytes of text in one Encode
	maxID   = 1 << 20  // token ids are below this
)

// none stands for a token that the vocabulary does not have.
const none int32 = -1

// A Tokenizer is immutable, and safe for concurrent use.
type Tokenizer struct {
	kind       string
	tokens     []token // by id
	bos, eos   int32   // or none
	ends       []int32 // sorted
	literal    matcher // added tokens, found in the text as it is
	normalized matcher // added tokens, found in the normalized text
	normalize  normalizer
	split      []splitter
	model      *bpe
	prefix     []int32 // what Options.BOS puts before the text
	suffix     []int32 // and behind it
	decode     decoding
	warnings   []string
}

// Options says how Encode treats special tokens. The zero value takes the text
// as plain text and adds nothing.
type Options struct {
	BOS     bool // add the special tokens (BOS, EOS) that the file adds to a text
	Open    bool // the text is to be continued: with BOS, nothing is added after it
	Special bool // recognise special tokens that are written out in the text
}

// Encode turns text into ids. Bytes that are not UTF-8 count as U+FFFD, one for
// each maximal part of a broken character. Tokens that were added to the
// vocabulary but are not special (such as <think>) are recognised always.
//
// Errors: text over 64 MiB, a character that the vocabulary cannot express, and
// text on which the file's regular expression takes too long.
func (t *Tokenizer) Encode(text string, opt Options) ([]int32, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("text of %d bytes, at most %d are allowed", len(text), maxText)
	}
	e := encoding{
		Tokenizer: t,
		special:   opt.Special,
		deadline:  time.Now().Add(timeLimit(len(text))),
		ids:       make([]int32, 0, len(text)/3+4),
	}
	if opt.BOS {
		e.ids = append(e.ids, t.prefix...)
	}
	if err := e.literal(validUTF8(text)); err != nil {
		return nil, err
	}
	if opt.BOS && !opt.Open {
		e.ids = append(e.ids, t.suffix...)
	}
	return e.ids, nil
}

// OneBOS takes back the BOS that Options.BOS put before a text, if the text
// began with it written out; twice says so.
func (t *Tokenizer) OneBOS(ids []int32) (one []int32, twice bool) {
	if len(t.prefix) == 1 && len(ids) > 1 && ids[0] == t.prefix[0] && ids[1] == ids[0] {
		return ids[1:], true
	}
	return ids, false
}

// encoding is the state of one Encode.
type encoding struct {
	*Tokenizer
	special  bool
	deadline time.Time // for regular expressions
	ids      []int32
	merging  merging
}

// literal takes out the added tokens that stand in the text as it is.
func (e *encoding) literal(text string) error {
	for _, f := range e.Tokenizer.literal.fragments(text, e.special) {
		if f.id != none {
			e.ids = append(e.ids, f.id)
			continue
		}
		s, err := e.normalize.apply(f.text)
		if err != nil {
			return err
		}
		if err := e.plain(s, f.first); err != nil {
			return err
		}
	}
	return nil
}

// plain takes out the added tokens that stand in normalized text, and splits
// and encodes the rest. first: the text begins here.
func (e *encoding) plain(text string, first bool) error {
	if text == "" {
		return nil
	}
	for _, f := range e.normalized.fragments(text, e.special) {
		if f.id != none {
			e.ids = append(e.ids, f.id)
			continue
		}
		pieces, err := e.pieces(f.text, first && f.first)
		if err != nil {
			return err
		}
		for _, p := range pieces {
			if e.ids, err = e.model.encode(e.ids, p, &e.merging); err != nil {
				return err
			}
		}
	}
	return nil
}

// pieces applies the pre-tokenizer.
func (e *encoding) pieces(text string, first bool) ([]string, error) {
	pieces := []string{text}
	for _, s := range e.split {
		var err error
		if pieces, err = s.split(pieces, first, e.deadline); err != nil {
			return nil, err
		}
	}
	return pieces, nil
}

// Size is the number of ids, including ids without a token: the greatest id is
// Size()-1.
func (t *Tokenizer) Size() int { return len(t.tokens) }

// Warnings tell what is no error, but should be known: what the file leaves
// open or says wrong, and what was taken instead.
func (t *Tokenizer) Warnings() []string { return slices.Clone(t.warnings) }

// Kind names the way that text is split: "gpt2", "llama3", "qwen2", … for a
// known expression, "spm" for SentencePiece style with byte fallback, else
// "bpe".
func (t *Tokenizer) Kind() string { return t.kind }

// A TokenKind says what an id stands for.
type TokenKind uint8

// Kinds of token.
const (
	Missing TokenKind = iota // no token has this id
	Normal                   // text
	Byte                     // one byte of a character that has no token
	Added                    // text that is recognised before all else
	Special                  // control token: recognised in text only if asked for
)

type token struct {
	text string // as the file spells it
	out  string // what it decodes to
	kind TokenKind
	byte byte // of kind Byte
}

// Token tells how the file spells a token, and its kind. An id out of range is
// Missing.
func (t *Tokenizer) Token(id int32) (text string, kind TokenKind) {
	if id < 0 || int(id) >= len(t.tokens) {
		return "", Missing
	}
	return t.tokens[id].text, t.tokens[id].kind
}

// BOS is the token that begins a text, if the file names one. Whether it is
// put there is for Options.BOS and the file.
func (t *Tokenizer) BOS() (id int32, ok bool) { return t.bos, t.bos != none }

// EOS is the token that ends a text, if the file names one.
func (t *Tokenizer) EOS() (id int32, ok bool) { return t.eos, t.eos != none }

// Ends lists the tokens for which IsEOG holds.
func (t *Tokenizer) Ends() []int32 { return slices.Clone(t.ends) }

// IsEOG tells whether a token ends the generation: EOS, or one of the tokens
// known to end a turn.
func (t *Tokenizer) IsEOG(id int32) bool {
	_, found := slices.BinarySearch(t.ends, id)
	return found
}
