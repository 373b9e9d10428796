package tokenizer

import (
	"errors"
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// Token types of a GGUF file (enum llama_token_type in llama.cpp's llama.h).
const (
	typeUndefined = iota
	typeNormal
	typeUnknown
	typeControl
	typeUserDefined
	typeUnused
	typeByte
)

// metaspaceRune is how SentencePiece writes a space.
const metaspaceRune = "▁"

// FromGGUF reads the keys tokenizer.ggml.* of a GGUF file: a byte-level BPE
// (model "gpt2") or a SentencePiece BPE (model "llama"). An error names the key.
func FromGGUF(m *gguf.Metadata) (*Tokenizer, error) {
	g := ggufReader{meta: m}
	model := g.str("model")
	pre := g.strOr("pre", "")
	texts := g.tokens()
	types := g.types(len(texts))
	scores := g.scores(len(texts))
	t := &Tokenizer{model: &bpe{vocab: make(map[string]int32, len(texts))}}
	bos, eos, unknown := none, none, none
	if model == "llama" { // as llama.cpp has it
		bos, eos, unknown = 1, 2, 0
	}
	t.bos, t.eos = g.idOr("bos", len(texts), bos), g.idOr("eos", len(texts), eos)
	t.model.unknown = g.idOr("unknown", len(texts), unknown)
	if g.err != nil {
		return nil, g.err
	}
	t.setTokens(texts, types)
	switch model {
	case "gpt2":
		g.byteLevel(t, pre)
	case "llama":
		g.sentencePiece(t, scores)
	default:
		g.fail("model", fmt.Errorf("%s: %w", fileerr.Quote(model), ErrUnsupported))
	}
	if g.err != nil {
		return nil, g.err
	}
	t.model.tokens = t.tokens
	t.setEnds(append(g.moreEnds(len(texts)), g.end(t, "eot"), g.end(t, "eom"))...)
	t.warnings = g.warnings
	if g.err != nil {
		return nil, g.err
	}
	return t, nil
}

// setTokens fills the table of ids and the matcher of added tokens.
func (t *Tokenizer) setTokens(texts []string, types []int64) {
	t.tokens = make([]token, len(texts))
	var list []added
	for id, text := range texts {
		kind := Normal
		switch types[id] {
		case typeUnknown, typeControl:
			kind = Special
		case typeUserDefined:
			kind = Added
		}
		t.tokens[id] = token{text: text, out: text, kind: kind}
		if kind != Normal && len(text) <= maxAdded {
			list = append(list, added{text: text, id: int32(id), special: kind == Special})
		}
	}
	t.literal = newMatcher(list)
}

// ggufReader reads keys until one is wrong.
type ggufReader struct {
	meta     *gguf.Metadata
	warnings []string
	err      error
}

func (g *ggufReader) warn(format string, args ...any) {
	g.warnings = append(g.warnings, fmt.Sprintf(format, args...))
}

func key(name string) string { return "tokenizer.ggml." + name }

func (g *ggufReader) fail(name string, err error) {
	if g.err == nil {
		g.err = fileerr.New("", fileerr.NoOffset, "key "+key(name), "%w", err)
	}
}

// check keeps a getter's error.
func (g *ggufReader) check(err error) {
	if g.err == nil {
		g.err = err
	}
}

func (g *ggufReader) str(name string) string {
	s, err := g.meta.String(key(name))
	g.check(err)
	return s
}

func (g *ggufReader) strOr(name, def string) string {
	s, err := g.meta.StringOr(key(name), def)
	g.check(err)
	return s
}

func (g *ggufReader) boolOr(name string, def bool) bool {
	b, err := g.meta.BoolOr(key(name), def)
	g.check(err)
	return b
}

// id reads the id of one of n tokens, or none if the file has no such key, or -1
// there.
func (g *ggufReader) id(name string, n int) int32 { return g.idOr(name, n, none) }

// idOr is id with a default, which counts only if there is such a token.
func (g *ggufReader) idOr(name string, n int, def int32) int32 {
	if int(def) >= n {
		def = none
	}
	name += "_token_id"
	if !g.meta.Has(key(name)) || g.err != nil {
		if def != none && def != 0 { // nobody has to name the unknown token
			g.warn("the file has no key %s: token %d is taken, as llama.cpp does", key(name), def)
		}
		return def
	}
	if v, _ := g.meta.Value(key(name)); isNone(v) {
		g.warn("key %s is %v, which is no token; it is ignored", key(name), v)
		return def
	}
	v, err := g.meta.Uint(key(name), uint64(n-1))
	g.check(err)
	return int32(v)
}

// isNone says whether v is how a file writes that there is no such token: -1,
// with or without a sign.
func isNone(v any) bool {
	return v == uint32(math.MaxUint32) || v == uint64(math.MaxUint64) || v == int32(-1) || v == int64(-1)
}

// end reads the id of a token that ends a turn. Some converters write such a
// key where the vocabulary has another token at that id: only a control token
// counts.
func (g *ggufReader) end(t *Tokenizer, name string) int32 {
	id := g.id(name, len(t.tokens))
	if id != none && t.tokens[id].kind != Special {
		return none
	}
	return id
}

// endsKey lists tokens that end a text and that GGUF's own keys cannot name:
// more than three, or such as are no control tokens.
const endsKey = "rocmforge.eos_token_ids"

// moreEnds reads endsKey's ids of n tokens.
func (g *ggufReader) moreEnds(n int) (ends []int32) {
	if !g.meta.Has(endsKey) {
		return nil
	}
	ids, err := g.meta.Ints(endsKey)
	g.check(err)
	for _, id := range ids {
		if id < 0 || id >= int64(n) {
			g.check(fileerr.New("", fileerr.NoOffset, "key "+endsKey, "token %d, want 0 to %d", id, n-1))
			return nil
		}
		ends = append(ends, int32(id))
	}
	return ends
}

func (g *ggufReader) tokens() []string {
	texts, err := g.meta.Strings(key("tokens"))
	g.check(err)
	if n := len(texts); err == nil && (n == 0 || n > maxID) {
		g.fail("tokens", fmt.Errorf("%d tokens, want 1 to %d", n, maxID))
	}
	return texts
}

// types reads the types of n tokens; without the key all are normal, as in
// llama.cpp.
func (g *ggufReader) types(n int) []int64 {
	if !g.meta.Has(key("token_type")) {
		g.warn("the file has no key %s: no token is special, and chat markers are read as plain text; convert the model again from its folder", key("token_type"))
		types := make([]int64, n)
		for i := range types {
			types[i] = typeNormal
		}
		return types
	}
	types, err := g.meta.Ints(key("token_type"))
	g.check(err)
	if err == nil && len(types) != n {
		g.fail("token_type", fmt.Errorf("%d types for %d tokens", len(types), n))
	}
	for id, v := range types {
		if v < typeUndefined || v > typeByte {
			g.fail("token_type", fmt.Errorf("token %d has type %d, want %d to %d", id, v, typeUndefined, typeByte))
		}
	}
	return types
}

// byteLevel sets up a BPE over bytes, with merges.
func (g *ggufReader) byteLevel(t *Tokenizer, name string) {
	pre, warning := preNamed(name)
	if warning != "" {
		g.warn("%s", warning)
	}
	for id, tok := range t.tokens {
		t.model.vocab[tok.text] = int32(id)
	}
	if err := t.setPreTokenizer(pre); err != nil {
		g.fail("pre", err)
	}
	if err := t.model.setMerges(g.merges()); err != nil {
		g.fail("merges", err)
	}
	if g.boolOr("add_space_prefix", false) {
		g.fail("add_space_prefix", fmt.Errorf("with model gpt2: %w", ErrUnsupported))
	}
	setRawOutput(t.tokens)
	t.decode.byteLevel = true
	g.around(t, pre.bos)
}

func (g *ggufReader) merges() [][2]string {
	list, err := g.meta.Strings(key("merges"))
	g.check(err)
	merges := make([][2]string, len(list))
	for i, s := range list {
		if merges[i], err = cutMerge(s); err != nil {
			g.fail("merges", fmt.Errorf("%d: %w", i, err))
			return nil
		}
	}
	return merges
}

// sentencePiece sets up a BPE over characters, with scores.
func (g *ggufReader) sentencePiece(t *Tokenizer, scores []float32) {
	if scores == nil {
		g.fail("scores", gguf.ErrMissing)
		return
	}
	m := t.model
	m.byteFallback, m.fuseUnknown = true, true
	for id, tok := range t.tokens {
		if tok.kind == Normal || tok.kind == Added {
			m.vocab[tok.text] = int32(id)
		}
	}
	m.setByteTokens(t.tokens)
	m.ranks = scoreRanks(scores)
	t.kind = "spm"
	t.normalize = normalizer{replace{" ", metaspaceRune}}
	t.decode.byteFallback = true
	if g.boolOr("add_space_prefix", true) {
		t.normalize = append(normalizer{prepend(metaspaceRune)}, t.normalize...)
		t.decode.strip, t.decode.stripCount = " ", 1
	}
	spaces := decoderParser{t: t, replaces: []string{metaspaceRune, " "}}
	spaces.finish()
	g.around(t, true)
}

// scores reads the scores of n tokens, or nil if the file has no such key.
func (g *ggufReader) scores(n int) []float32 {
	if !g.meta.Has(key("scores")) {
		return nil
	}
	scores, err := g.meta.Floats(key("scores"))
	g.check(err)
	if err == nil && len(scores) != n {
		g.fail("scores", fmt.Errorf("%d scores for %d tokens", len(scores), n))
	}
	for id, s := range scores {
		if math.IsNaN(float64(s)) {
			g.fail("scores", fmt.Errorf("token %d: not a number", id))
		}
	}
	return scores
}

// around says what Options.BOS adds. bos: the default for the first token.
func (g *ggufReader) around(t *Tokenizer, bos bool) {
	if g.boolOr("add_bos_token", bos && t.bos != none) {
		t.prefix = g.added("add_bos_token", t.bos)
	}
	if g.boolOr("add_eos_token", false) {
		t.suffix = g.added("add_eos_token", t.eos)
	}
}

func (g *ggufReader) added(name string, id int32) []int32 {
	if id == none {
		g.fail(name, errors.New("true, but there is no such token"))
		return nil
	}
	return []int32{id}
}
