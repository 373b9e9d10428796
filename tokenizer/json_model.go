package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// modelJSON is tokenizer.json's "model": the settings, and the tables of a BPE
// as they are read.
type modelJSON struct {
	settings map[string]json.RawMessage
	tokens   []token
	vocab    map[string]int32
	merges   [][2]string
}

// read parses the object. Other types than BPE have other tables, which are
// left aside: the type may be behind them.
func (j *modelJSON) read(p *strictjson.Parser, data []byte) error {
	j.settings = map[string]json.RawMessage{}
	return p.Object(func(name string) error {
		switch first := firstByte(data[p.Offset():]); {
		case name == "vocab" && first == '{':
			return j.readVocab(p, data)
		case name == "merges" && first == '[':
			return j.readMerges(p, data)
		}
		value, err := rawValue(p, data)
		j.settings[name] = value
		return err
	})
}

// firstByte is the first byte that is not white space, or 0.
func firstByte(data []byte) byte {
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 {
		return 0
	}
	return data[0]
}

// readVocab reads an object of token to id.
func (j *modelJSON) readVocab(p *strictjson.Parser, data []byte) error {
	about := min(bytes.Count(data, []byte(`":`)), maxID) // members of all objects
	j.vocab = make(map[string]int32, about)
	j.tokens = make([]token, 0, about)
	return p.Object(func(text string) error {
		v, err := p.Uint()
		if err != nil {
			return err
		}
		if v >= maxID {
			return fmt.Errorf("token %s has the id %d, at most %d is allowed", fileerr.Quote(text), v, maxID-1)
		}
		id := int32(v)
		for int(id) >= len(j.tokens) {
			j.tokens = append(j.tokens, token{})
		}
		if t := j.tokens[id]; t.kind != Missing {
			return fmt.Errorf("tokens %s and %s have the id %d", fileerr.Quote(t.text), fileerr.Quote(text), id)
		}
		j.tokens[id] = token{text: text, kind: Normal}
		j.vocab[text] = id
		return nil
	})
}

// readMerges reads an array of pairs: "a b" or ["a", "b"].
func (j *modelJSON) readMerges(p *strictjson.Parser, data []byte) error {
	j.merges = [][2]string{}
	return p.Array(func() (err error) {
		var m [2]string
		if firstByte(data[p.Offset():]) == '[' {
			m, err = readPair(p)
		} else {
			var s string
			if s, err = p.String(); err == nil {
				m, err = cutMerge(s)
			}
		}
		j.merges = append(j.merges, m)
		return err
	})
}

func readPair(p *strictjson.Parser) (pair [2]string, err error) {
	n := 0
	err = p.Array(func() error {
		s, err := p.String()
		if n < len(pair) {
			pair[n] = s
		}
		n++
		return err
	})
	if err == nil && n != len(pair) {
		err = fmt.Errorf("a merge of %d parts, want %d", n, len(pair))
	}
	return pair, err
}

// cutMerge parses "left right".
func cutMerge(s string) (pair [2]string, err error) {
	left, right, _ := strings.Cut(s, " ")
	if left == "" || right == "" || strings.Contains(right, " ") {
		return pair, fmt.Errorf("merge %s, want two tokens with a space between", fileerr.Quote(s))
	}
	return [2]string{left, right}, nil
}

// settingsJSON is what else a BPE has.
type settingsJSON struct {
	Type                    *string  `json:"type"`
	Dropout                 *float64 `json:"dropout"`
	UnkToken                string   `json:"unk_token"`
	ContinuingSubwordPrefix string   `json:"continuing_subword_prefix"`
	EndOfWordSuffix         string   `json:"end_of_word_suffix"`
	FuseUnk                 bool     `json:"fuse_unk"`
	ByteFallback            bool     `json:"byte_fallback"`
	IgnoreMerges            bool     `json:"ignore_merges"`
}

// check makes sure of a BPE, and parses its settings.
func (j *modelJSON) check() (s settingsJSON, err error) {
	if j.settings == nil {
		return s, errors.New("missing")
	}
	var kind *string // nil: BPE, in old files
	if text, ok := j.settings["type"]; ok {
		if err := json.Unmarshal(text, &kind); err != nil {
			return s, errors.New("type is not a string")
		}
	}
	if kind != nil && *kind != "BPE" {
		return s, fmt.Errorf("a model of type %s, want BPE: %w", fileerr.Quote(*kind), ErrUnsupported)
	}
	if len(j.vocab) == 0 || j.merges == nil {
		return s, errors.New("no vocab or no merges")
	}
	text, err := json.Marshal(j.settings)
	if err == nil {
		err = decodeStrict(text, &s)
	}
	switch {
	case err != nil:
		return s, err
	case s.Dropout != nil && *s.Dropout != 0:
		return s, fmt.Errorf("dropout: %w", ErrUnsupported)
	case s.ContinuingSubwordPrefix != "":
		return s, fmt.Errorf("continuing_subword_prefix: %w", ErrUnsupported)
	case s.EndOfWordSuffix != "":
		return s, fmt.Errorf("end_of_word_suffix: %w", ErrUnsupported)
	}
	return s, nil
}

// setModel takes over what was read.
func (t *Tokenizer) setModel(j *modelJSON) error {
	s, err := j.check()
	if err != nil {
		return err
	}
	t.tokens = j.tokens
	m := &bpe{vocab: j.vocab, unknown: none, fuseUnknown: s.FuseUnk, byteFallback: s.ByteFallback, ignoreMerges: s.IgnoreMerges}
	t.model = m
	if err := m.setMerges(j.merges); err != nil {
		return err
	}
	if s.UnkToken != "" {
		id, ok := m.vocab[s.UnkToken]
		if !ok {
			return fmt.Errorf("unk_token %s is no token", fileerr.Quote(s.UnkToken))
		}
		m.unknown = id
	}
	if s.ByteFallback {
		t.kind = "spm"
		m.setByteTokens(t.tokens)
	}
	return nil
}
