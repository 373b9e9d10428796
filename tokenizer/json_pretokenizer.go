package tokenizer

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

func (t *Tokenizer) parsePreTokenizer(text []byte) error {
	return walkSteps(text, "pretokenizers", func(kind string, text []byte) error {
		if t.model.byteLevel {
			return fmt.Errorf("behind ByteLevel: %w", ErrUnsupported)
		}
		switch kind {
		case "Split":
			return t.parseSplit(text)
		case "Digits":
			return t.parseDigits(text)
		case "ByteLevel":
			return t.parseByteLevel(text)
		case "Metaspace":
			return t.parseMetaspace(text)
		}
		return ErrUnsupported
	})
}

func (t *Tokenizer) parseSplit(text []byte) error {
	var j struct {
		Type     string      `json:"type"`
		Pattern  patternJSON `json:"pattern"`
		Behavior behaviour   `json:"behavior"`
		Invert   bool        `json:"invert"`
	}
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if behaviours[j.Behavior] == nil {
		return fmt.Errorf("behavior %s: %w", fileerr.Quote(string(j.Behavior)), ErrUnsupported)
	}
	switch {
	case j.Pattern.String != nil:
		text := *j.Pattern.String
		t.split = append(t.split, patternSplit{literalPattern(text), regexp.QuoteMeta(text), j.Behavior, j.Invert})
		return nil
	case j.Pattern.Regex != nil:
		return t.addPattern(*j.Pattern.Regex, j.Behavior, j.Invert)
	}
	return errors.New("no pattern")
}

func (t *Tokenizer) addPattern(expr string, keep behaviour, invert bool) error {
	p, kind, err := newPattern(expr)
	if err != nil {
		return err
	}
	t.kind = kind
	t.split = append(t.split, patternSplit{p, expr, keep, invert})
	return nil
}

func (t *Tokenizer) parseDigits(text []byte) error {
	var j struct {
		Type       string `json:"type"`
		Individual bool   `json:"individual_digits"`
	}
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	keep := contiguous
	if j.Individual {
		keep = isolated
	}
	t.split = append(t.split, patternSplit{pattern: digits{}, expr: digitPattern, keep: keep})
	return nil
}

// byteLevelJSON is ByteLevel as a pre-tokenizer, decoder or post-processor.
// trim_offsets is about places in the text, of which none are kept here.
type byteLevelJSON struct {
	Type           string `json:"type"`
	AddPrefixSpace bool   `json:"add_prefix_space"`
	TrimOffsets    bool   `json:"trim_offsets"`
	UseRegex       *bool  `json:"use_regex"` // nil: true
}

func (t *Tokenizer) parseByteLevel(text []byte) error {
	var j byteLevelJSON
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if t.model.byteFallback {
		return fmt.Errorf("with byte_fallback: %w", ErrUnsupported)
	}
	t.model.setByteLevel()
	if j.AddPrefixSpace {
		t.split = append(t.split, prefixSpace{})
	}
	if j.UseRegex == nil || *j.UseRegex {
		return t.addPattern(gpt2Pattern, isolated, false)
	}
	return nil
}

// metaspaceJSON is Metaspace in all versions: before tokenizers 0.15 there was
// no prepend_scheme, and until 0.19 add_prefix_space and str_rep were written, of
// which the latter never meant anything.
type metaspaceJSON struct {
	Type           string         `json:"type"`
	Replacement    string         `json:"replacement"`
	PrependScheme  *prependScheme `json:"prepend_scheme"`
	AddPrefixSpace *bool          `json:"add_prefix_space"`
	StrRep         string         `json:"str_rep"`
	Split          *bool          `json:"split"` // nil: true
}

// scheme is what tokenizers 0.23 makes of the two fields.
func (j *metaspaceJSON) scheme() (prependScheme, error) {
	scheme := prependAlways
	if j.PrependScheme != nil {
		scheme = *j.PrependScheme
	}
	if j.AddPrefixSpace != nil && !*j.AddPrefixSpace && scheme != prependNever {
		return "", fmt.Errorf("add_prefix_space is false and prepend_scheme %s; want both or neither to add a space", fileerr.Quote(string(scheme)))
	}
	return scheme, scheme.check()
}

func (t *Tokenizer) parseMetaspace(text []byte) error {
	var j metaspaceJSON
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if j.Replacement == "" {
		return errors.New("no replacement")
	}
	scheme, err := j.scheme()
	cut := j.Split == nil || *j.Split
	t.split = append(t.split, metaspace{j.Replacement, scheme, cut})
	return errors.Join(checkInsert(j.Replacement), err)
}
