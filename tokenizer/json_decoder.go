package tokenizer

import (
	"fmt"
	"strings"
)

// parseDecoder reads ByteLevel, or what SentencePiece models use: replacements
// inside tokens, then ByteFallback, Fuse, and Strip at the beginning of the
// text. Another order would mean something else.
func (t *Tokenizer) parseDecoder(text []byte) error {
	if isNull(text) {
		return fmt.Errorf("none: %w", ErrUnsupported)
	}
	for i := range t.tokens {
		t.tokens[i].out = t.tokens[i].text
	}
	d := decoderParser{t: t}
	if err := walkSteps(text, "decoders", d.step); err != nil {
		return err
	}
	if !d.fused && !t.decode.byteLevel {
		return fmt.Errorf("without Fuse: %w", ErrUnsupported)
	}
	d.finish()
	return nil
}

type decoderParser struct {
	t        *Tokenizer
	replaces []string // old, new, …
	fused    bool
}

func (d *decoderParser) step(kind string, text []byte) error {
	t := d.t
	if t.decode.byteLevel || t.decode.stripCount > 0 {
		return fmt.Errorf("at this place: %w", ErrUnsupported)
	}
	switch kind {
	case "ByteLevel":
		if d.fused || t.decode.byteFallback || d.replaces != nil {
			return fmt.Errorf("at this place: %w", ErrUnsupported)
		}
		t.decode.byteLevel = true
		setRawOutput(t.tokens)
		return decodeStrict(text, &byteLevelJSON{})
	case "Replace":
		return d.replace(text)
	case "ByteFallback":
		if d.fused || !t.model.byteFallback {
			return fmt.Errorf("at this place or without the model's: %w", ErrUnsupported)
		}
		t.decode.byteFallback = true
		return decodeStrict(text, &struct{ Type string }{})
	case "Fuse":
		d.fused = true
		return decodeStrict(text, &struct{ Type string }{})
	case "Strip":
		return d.strip(text)
	}
	return ErrUnsupported
}

func (d *decoderParser) replace(text []byte) error {
	var j replaceJSON
	old, err := j.parse(text)
	if err != nil {
		return err
	}
	if d.fused || d.t.decode.byteFallback || d.replaces != nil {
		return fmt.Errorf("at this place: %w", ErrUnsupported)
	}
	if len(j.Content) > 16*len(old) {
		return fmt.Errorf("makes text %d times as long, at most 16 times is allowed", len(j.Content)/len(old))
	}
	d.replaces = []string{old, j.Content}
	return nil
}

func (d *decoderParser) strip(text []byte) error {
	var j struct {
		Type    string `json:"type"`
		Content string `json:"content"`
		Start   int    `json:"start"`
		Stop    int    `json:"stop"`
	}
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if !d.fused || j.Stop != 0 || j.Content == "" || j.Start < 0 {
		return fmt.Errorf("before Fuse, at the end, or of nothing: %w", ErrUnsupported)
	}
	d.t.decode.strip, d.t.decode.stripCount = j.Content, j.Start
	return nil
}

// finish replaces in the tokens themselves: that is the same, and done once.
func (d *decoderParser) finish() {
	if d.replaces == nil {
		return
	}
	for i, tok := range d.t.tokens {
		d.t.tokens[i].out = strings.ReplaceAll(tok.out, d.replaces[0], d.replaces[1])
	}
}
