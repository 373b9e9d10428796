package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

const (
	maxTokenizerFile = 256 << 20
	maxConfigFile    = 16 << 20
)

// FromDir reads a Hugging Face folder's tokenizer.json, and the names of BOS
// and EOS from its tokenizer_config.json. An error names the file.
func FromDir(dir string) (*Tokenizer, error) {
	t, _, err := readDir(dir)
	return t, err
}

// readDir is FromDir; it gives the merges as well, as the file lists them.
func readDir(dir string) (t *Tokenizer, merges [][2]string, err error) {
	path := filepath.Join(dir, "tokenizer.json")
	data, err := safefile.ReadFile(path, maxTokenizerFile)
	if err != nil {
		return nil, nil, err
	}
	doc, err := parseDocument(data)
	if err == nil {
		t, err = doc.tokenizer()
	}
	if err != nil {
		return nil, nil, fileerr.New(path, fileerr.NoOffset, "", "%w", err)
	}
	path = filepath.Join(dir, "tokenizer_config.json")
	if data, err = safefile.ReadFile(path, maxConfigFile); err != nil {
		return nil, nil, err
	}
	if err := t.readConfig(data); err != nil {
		return nil, nil, fileerr.New(path, fileerr.NoOffset, "", "%w", err)
	}
	return t, doc.model.merges, nil
}

// document is tokenizer.json, its parts as text. Truncation and padding are
// for batches: transformers, too, sets them anew for each call.
type document struct {
	model                                            modelJSON
	added                                            []addedJSON
	normalizer, preTokenizer, postProcessor, decoder []byte
}

type addedJSON struct {
	ID         *int64  `json:"id"`
	Content    *string `json:"content"`
	SingleWord bool    `json:"single_word"`
	LStrip     bool    `json:"lstrip"`
	RStrip     bool    `json:"rstrip"`
	Normalized bool    `json:"normalized"`
	Special    bool    `json:"special"`
}

func parseTokenizer(data []byte) (*Tokenizer, error) {
	doc, err := parseDocument(data)
	if err != nil {
		return nil, err
	}
	return doc.tokenizer()
}

// tokenizer makes the Tokenizer that the document describes.
func (doc *document) tokenizer() (*Tokenizer, error) {
	t := &Tokenizer{kind: "bpe", bos: none, eos: none}
	if err := t.setModel(&doc.model); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	for _, part := range []struct {
		name  string
		text  []byte
		parse func(text []byte) error
	}{
		{"normalizer", doc.normalizer, t.parseNormalizer},
		{"added_tokens", nil, func([]byte) error { return t.addTokens(doc.added) }},
		{"pre_tokenizer", doc.preTokenizer, t.parsePreTokenizer},
		{"decoder", doc.decoder, t.parseDecoder},
		{"post_processor", doc.postProcessor, t.parsePostProcessor},
	} {
		if err := part.parse(part.text); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	t.model.tokens = t.tokens
	t.setEnds()
	return t, nil
}

// parseDocument cuts tokenizer.json into its components. The model, whose
// tables are large, is parsed on the way.
func parseDocument(data []byte) (doc document, err error) {
	p, err := strictjson.NewParser(data)
	if err != nil {
		return doc, err
	}
	parts := map[string]*[]byte{
		"normalizer": &doc.normalizer, "pre_tokenizer": &doc.preTokenizer,
		"post_processor": &doc.postProcessor, "decoder": &doc.decoder,
		"version": new([]byte), "truncation": new([]byte), "padding": new([]byte),
	}
	err = p.Object(func(name string) (err error) {
		switch part := parts[name]; {
		case name == "model":
			return doc.model.read(p, data)
		case name == "added_tokens":
			return doc.readAdded(p, data)
		case part != nil:
			*part, err = rawValue(p, data)
			return err
		}
		return fmt.Errorf("%s: %w", fileerr.Quote(name), ErrUnsupported)
	})
	if err == nil {
		err = p.End()
	}
	return doc, err
}

func (doc *document) readAdded(p *strictjson.Parser, data []byte) error {
	return p.Array(func() error {
		text, err := rawValue(p, data)
		if err != nil {
			return err
		}
		var a addedJSON
		if err := decodeStrict(text, &a); err != nil {
			return fmt.Errorf("added_tokens: %d: %w", len(doc.added), err)
		}
		doc.added = append(doc.added, a)
		return nil
	})
}

// rawValue checks the next value and gives it as it is written.
func rawValue(p *strictjson.Parser, data []byte) ([]byte, error) {
	at := p.Offset()
	err := p.Skip()
	return bytes.TrimSpace(data[at:p.Offset()]), err
}

// decodeStrict parses one JSON value into v, all of whose members v must have.
func decodeStrict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return quoteError(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// quoteError makes a message that may repeat a part of the file safe to show.
func quoteError(err error) error {
	return errors.New(fileerr.Quote(err.Error()))
}

// addTokens gives the added tokens their ids.
func (t *Tokenizer) addTokens(list []addedJSON) error {
	var literal, normalized []added
	for i, a := range list {
		if a.ID == nil || a.Content == nil {
			return fmt.Errorf("%d: no id or no content", i)
		}
		if *a.ID < 0 || *a.ID >= maxID {
			return fmt.Errorf("%d: id %d, want 0 to %d", i, *a.ID, maxID-1)
		}
		if len(*a.Content) > maxAdded {
			return fmt.Errorf("%d: %d bytes, at most %d are allowed", i, len(*a.Content), maxAdded)
		}
		id := int32(*a.ID)
		if err := t.addToken(id, *a.Content, a.Special); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		to := added{*a.Content, id, a.Special, a.SingleWord, a.LStrip, a.RStrip}
		if !a.Normalized {
			literal = append(literal, to)
			continue
		}
		text, err := t.normalize.apply(to.text)
		if err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		to.text = text
		normalized = append(normalized, to)
	}
	t.literal, t.normalized = newMatcher(literal), newMatcher(normalized)
	return nil
}

func (t *Tokenizer) addToken(id int32, text string, special bool) error {
	if missing := int(id) + 1 - len(t.tokens); missing > 0 {
		t.tokens = append(t.tokens, make([]token, missing)...)
	}
	if had, ok := t.model.vocab[text]; ok && had != id {
		return fmt.Errorf("token %s has id %d, but %d in the vocabulary", fileerr.Quote(text), id, had)
	}
	tok := &t.tokens[id]
	if tok.kind != Missing && tok.text != text {
		return fmt.Errorf("token %s has the id %d of token %s", fileerr.Quote(text), id, fileerr.Quote(tok.text))
	}
	kind := Added
	if special {
		kind = Special
	}
	if tok.kind == Byte {
		return fmt.Errorf("the byte token %s: %w", fileerr.Quote(text), ErrUnsupported)
	}
	*tok = token{text: text, kind: kind}
	return nil
}

// configJSON is what tokenizer_config.json says about tokens.
type configJSON struct {
	BOS tokenName `json:"bos_token"`
	EOS tokenName `json:"eos_token"`
}

func (t *Tokenizer) readConfig(data []byte) error {
	var config *configJSON
	err := strictjson.Unmarshal(data, &config)
	if err == nil && config == nil {
		err = errors.New("null, want an object")
	}
	if err != nil {
		return err
	}
	if t.bos, err = t.named(config.BOS); err != nil {
		return fmt.Errorf("bos_token: %w", err)
	}
	if t.eos, err = t.named(config.EOS); err != nil {
		return fmt.Errorf("eos_token: %w", err)
	}
	t.setEnds(t.ends...)
	return nil
}

// tokenName is a token's text, written as a string, or as an object with it, or
// null.
type tokenName string

func (n *tokenName) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return json.Unmarshal(b, (*string)(n))
	}
	var object struct {
		Content *string `json:"content"`
	}
	if err := json.Unmarshal(b, &object); err != nil {
		return err
	}
	if object.Content == nil {
		return errors.New("a token without content")
	}
	*n = tokenName(*object.Content)
	return nil
}

func (t *Tokenizer) named(name tokenName) (int32, error) {
	if name == "" {
		return none, nil
	}
	for id, tok := range t.tokens {
		if tok.text == string(name) && tok.kind != Missing {
			return int32(id), nil
		}
	}
	return none, fmt.Errorf("no token %s", fileerr.Quote(string(name)))
}
