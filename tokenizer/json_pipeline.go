package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

const (
	maxSteps     = 256     // in a normalizer, pre-tokenizer, decoder or post-processor
	maxSequences = 32      // inside each other
	maxInsert    = 1 << 10 // bytes that one step inserts at one place
	maxComponent = 4 << 20 // bytes of JSON
)

// steps walks a component of tokenizer.json: one step, or a Sequence of them,
// whose member is called list.
type steps struct {
	list  string
	each  func(kind string, text []byte) error
	count int
}

func walkSteps(text []byte, list string, each func(kind string, text []byte) error) error {
	if len(text) > maxComponent {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(text), maxComponent)
	}
	w := steps{list: list, each: each}
	return w.walk(text, 0)
}

// isNull tells whether a component is absent.
func isNull(text []byte) bool { return len(text) == 0 || string(text) == "null" }

func (w *steps) walk(text []byte, depth int) error {
	if isNull(text) {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return quoteError(err)
	}
	var kind string
	if err := json.Unmarshal(members["type"], &kind); err != nil {
		return errors.New("no type")
	}
	if kind != "Sequence" {
		if w.count++; w.count > maxSteps {
			return fmt.Errorf("more than %d steps", maxSteps)
		}
		if err := w.each(kind, text); err != nil {
			return fmt.Errorf("%s: %w", fileerr.Quote(kind), err)
		}
		return nil
	}
	if depth++; depth > maxSequences {
		return fmt.Errorf("sequences more than %d deep", maxSequences)
	}
	return w.sequence(members, depth)
}

func (w *steps) sequence(members map[string]json.RawMessage, depth int) error {
	for name := range members {
		if name != "type" && name != w.list {
			return fmt.Errorf("Sequence: %s: %w", fileerr.Quote(name), ErrUnsupported)
		}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(members[w.list], &list); err != nil {
		return fmt.Errorf("Sequence: no list %s", w.list)
	}
	for _, text := range list {
		if err := w.walk(text, depth); err != nil {
			return err
		}
	}
	return nil
}

// replaceJSON is a Replace step of a normalizer or decoder.
type replaceJSON struct {
	Type    string      `json:"type"`
	Pattern patternJSON `json:"pattern"`
	Content string      `json:"content"`
}

// patternJSON is a text or an expression; one of them.
type patternJSON struct {
	String *string `json:"String"`
	Regex  *string `json:"Regex"`
}

func (r *replaceJSON) parse(text []byte) (old string, err error) {
	if err := decodeStrict(text, r); err != nil {
		return "", err
	}
	if r.Pattern.String == nil {
		return "", fmt.Errorf("a regular expression: %w", ErrUnsupported)
	}
	if *r.Pattern.String == "" {
		return "", errors.New("replaces the empty string")
	}
	return *r.Pattern.String, checkInsert(r.Content)
}

func checkInsert(s string) error {
	if len(s) > maxInsert {
		return fmt.Errorf("inserts %d bytes, at most %d are allowed", len(s), maxInsert)
	}
	return nil
}

var normForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func (t *Tokenizer) parseNormalizer(text []byte) error {
	return walkSteps(text, "normalizers", func(kind string, text []byte) error {
		step, err := parseNormStep(kind, text)
		t.normalize = append(t.normalize, step)
		return err
	})
}

func parseNormStep(kind string, text []byte) (normStep, error) {
	if form, ok := normForms[kind]; ok {
		return normForm(form), decodeStrict(text, &struct{ Type string }{})
	}
	switch kind {
	case "Prepend":
		var j struct {
			Type    string `json:"type"`
			Prepend string `json:"prepend"`
		}
		err := decodeStrict(text, &j)
		return prepend(j.Prepend), errors.Join(err, checkInsert(j.Prepend))
	case "Replace":
		var j replaceJSON
		old, err := j.parse(text)
		return replace(old, j.Content), err
	}
	return nil, ErrUnsupported
}

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
		Behavior string      `json:"behavior"`
		Invert   bool        `json:"invert"`
	}
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	keep, ok := behaviours[j.Behavior]
	if !ok {
		return fmt.Errorf("behavior %s: %w", fileerr.Quote(j.Behavior), ErrUnsupported)
	}
	switch {
	case j.Pattern.String != nil:
		t.split = append(t.split, patternSplit{literalPattern(*j.Pattern.String), keep, j.Invert})
		return nil
	case j.Pattern.Regex != nil:
		return t.addPattern(*j.Pattern.Regex, keep, j.Invert)
	}
	return errors.New("no pattern")
}

func (t *Tokenizer) addPattern(expr string, keep func([]span) []span, invert bool) error {
	p, kind, err := newPattern(expr)
	if err != nil {
		return err
	}
	t.kind = kind
	t.split = append(t.split, patternSplit{p, keep, invert})
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
	t.split = append(t.split, patternSplit{pattern: digits{}, keep: keep})
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

func (t *Tokenizer) parseMetaspace(text []byte) error {
	var j struct {
		Type          string        `json:"type"`
		Replacement   string        `json:"replacement"`
		PrependScheme prependScheme `json:"prepend_scheme"`
		Split         *bool         `json:"split"` // nil: true
	}
	if err := decodeStrict(text, &j); err != nil {
		return err
	}
	if j.Replacement == "" {
		return errors.New("no replacement")
	}
	cut := j.Split == nil || *j.Split
	t.split = append(t.split, metaspace{j.Replacement, j.PrependScheme, cut})
	return errors.Join(checkInsert(j.Replacement), j.PrependScheme.check())
}

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
