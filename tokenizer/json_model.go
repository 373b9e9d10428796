package tokenizer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// modelJSON is tokenizer.json's "model" without its two big tables.
type modelJSON struct {
	Type                    string   `json:"type"`
	Dropout                 *float64 `json:"dropout"`
	UnkToken                *string  `json:"unk_token"`
	ContinuingSubwordPrefix *string  `json:"continuing_subword_prefix"`
	EndOfWordSuffix         *string  `json:"end_of_word_suffix"`
	FuseUnk                 bool     `json:"fuse_unk"`
	ByteFallback            bool     `json:"byte_fallback"`
	IgnoreMerges            bool     `json:"ignore_merges"`
}

// parseModel reads a model of type BPE.
func (t *Tokenizer) parseModel(text string) error {
	settings, vocab, merges, err := cutTables(text)
	if err != nil {
		return err
	}
	var j modelJSON
	if err := decodeStrict(settings, &j); err != nil {
		// The members of another type are no fault of this one's.
		if name := modelType(settings); name != "" && name != "BPE" {
			return fmt.Errorf("a %s model: %w", fileerr.Quote(name), ErrUnsupported)
		}
		return err
	}
	if err := j.check(); err != nil {
		return err
	}
	t.model = &bpe{unknown: none, fuseUnknown: j.FuseUnk, byteFallback: j.ByteFallback, ignoreMerges: j.IgnoreMerges}
	if err := t.parseVocab(vocab); err != nil {
		return fmt.Errorf("vocab: %w", err)
	}
	if err := t.model.parseMerges(merges); err != nil {
		return fmt.Errorf("merges: %w", err)
	}
	if j.UnkToken != nil {
		id, ok := t.model.vocab[*j.UnkToken]
		if !ok {
			return fmt.Errorf("unk_token %s is no token", fileerr.Quote(*j.UnkToken))
		}
		t.model.unknown = id
	}
	if j.ByteFallback {
		t.kind = "spm"
		t.model.setByteTokens(t.tokens)
	}
	return nil
}

// cutTables takes the members "vocab" and "merges" out of an object.
func cutTables(text string) (rest, vocab, merges string, err error) {
	if text == "" {
		return "", "", "", errors.New("missing")
	}
	c := &cursor{s: text}
	var members []string
	err = c.object(func(key string) error {
		value, err := c.value()
		switch key {
		case "vocab":
			vocab = value
		case "merges":
			merges = value
		default:
			members = append(members, strconv.Quote(key)+":"+value)
		}
		return err
	})
	return "{" + strings.Join(members, ",") + "}", vocab, merges, err
}

func modelType(settings string) string {
	c, name := &cursor{s: settings}, ""
	_ = c.object(func(key string) (err error) {
		if key == "type" && c.peek() == '"' {
			name, err = c.str()
			return err
		}
		_, err = c.value()
		return err
	})
	return name
}

func (j *modelJSON) check() error {
	if j.Type != "BPE" {
		return fmt.Errorf("a %s model: %w", fileerr.Quote(j.Type), ErrUnsupported)
	}
	if j.Dropout != nil && *j.Dropout != 0 {
		return fmt.Errorf("dropout %g: %w", *j.Dropout, ErrUnsupported)
	}
	for name, s := range map[string]*string{"continuing_subword_prefix": j.ContinuingSubwordPrefix, "end_of_word_suffix": j.EndOfWordSuffix} {
		if s != nil && *s != "" {
			return fmt.Errorf("%s: %w", name, ErrUnsupported)
		}
	}
	return nil
}

// parseVocab reads an object of token to id.
func (t *Tokenizer) parseVocab(text string) error {
	c := &cursor{s: text}
	n := min(strings.Count(text, ":"), len(text)/len(`"":0,`)+1, maxID)
	t.model.vocab = make(map[string]int32, n)
	t.tokens = make([]token, 0, n)
	err := c.object(func(key string) error {
		id, err := c.id()
		if err != nil {
			return err
		}
		for int(id) >= len(t.tokens) {
			t.tokens = append(t.tokens, token{})
		}
		if t.tokens[id].kind != Missing {
			return fmt.Errorf("tokens %s and %s have the id %d", fileerr.Quote(t.tokens[id].text), fileerr.Quote(key), id)
		}
		t.tokens[id] = token{text: key, kind: Normal}
		t.model.vocab[key] = id
		return nil
	})
	if err == nil && len(t.tokens) == 0 {
		err = errors.New("no tokens")
	}
	return err
}

// parseMerges reads an array of pairs: "a b" or ["a", "b"].
func (m *bpe) parseMerges(text string) error {
	if text == "" {
		return errors.New("missing")
	}
	c := &cursor{s: text}
	m.merges = make(map[pair]merge, min(strings.Count(text, ","), len(text)/len(`"a b",`), maxID))
	var scratch []byte
	rank := 0
	return c.array(func() error {
		left, right, err := c.merge()
		if err == nil {
			scratch, err = m.addMerge(rank, left, right, scratch)
		}
		rank++
		return err
	})
}

func (c *cursor) merge() (left, right string, err error) {
	if c.peek() == '"' {
		s, err := c.str()
		if err != nil {
			return "", "", err
		}
		return cutMerge(s)
	}
	var parts []string
	err = c.array(func() error {
		s, err := c.str()
		parts = append(parts, s)
		return err
	})
	if err == nil && len(parts) != 2 {
		err = c.fail("a merge of %d parts, want 2", len(parts))
	}
	if err != nil {
		return "", "", err
	}
	return parts[0], parts[1], nil
}

// cutMerge parses "left right".
func cutMerge(s string) (left, right string, err error) {
	left, right, _ = strings.Cut(s, " ")
	if left == "" || right == "" || strings.Contains(right, " ") {
		return "", "", fmt.Errorf("merge %s, want two tokens with a space between", fileerr.Quote(s))
	}
	return left, right, nil
}

// setByteTokens finds the tokens <0x00> to <0xFF>.
func (m *bpe) setByteTokens(tokens []token) {
	for b := range m.bytes {
		id, ok := m.vocab[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			m.bytes[b] = none
			continue
		}
		m.bytes[b] = id
		if tokens[id].kind == Normal {
			tokens[id].kind, tokens[id].byte = Byte, byte(b)
		}
	}
}

// setByteLevel lets the model take bytes spelt the GPT-2 way.
func (m *bpe) setByteLevel() {
	m.byteLevel = true
	for b, r := range byteRunes {
		id, ok := m.vocab[string(r)]
		if !ok {
			id = none
		}
		m.bytes[b] = id
	}
}
