package tokenizer

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// KeyValue is a key of GGUF metadata with its value, as gguf.Writer takes it.
type KeyValue struct {
	Key   string
	Value any
}

// ExportGGUF writes a Hugging Face folder's tokenizer as the keys
// tokenizer.ggml.* that FromGGUF reads. The list of tokens is filled up to
// vocab, the rows of the model's embedding. ends are ids that end a text by
// other files of the folder. What those keys cannot express is ErrUnsupported,
// which names it: the keys are read back, and what comes of them is compared.
func ExportGGUF(dir string, vocab int, ends []int32) ([]KeyValue, error) {
	t, merges, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	keys, err := t.export(merges, vocab, ends)
	if err != nil {
		return nil, fileerr.New(filepath.Join(dir, "tokenizer.json"), fileerr.NoOffset, "", "%w", err)
	}
	return keys, nil
}

func (t *Tokenizer) export(merges [][2]string, vocab int, ends []int32) ([]KeyValue, error) {
	if t.Size() > vocab {
		return nil, fmt.Errorf("%d tokens, but the model's vocabulary is %d, and GGUF has as many tokens: %w", t.Size(), vocab, ErrUnsupported)
	}
	t.nameEnds(ends)
	keys, err := t.modelKeys(merges, vocab)
	if err != nil {
		return nil, err
	}
	if keys, err = t.endKeys(keys, vocab); err != nil {
		return nil, err
	}
	made, err := fromKeys(keys)
	if err != nil {
		return nil, fmt.Errorf("as keys of GGUF: %w", err)
	}
	if err := t.same(made); err != nil {
		return nil, fmt.Errorf("GGUF cannot say all of it: %w", err)
	}
	return keys, nil
}

// nameEnds gives BOS and EOS to a tokenizer whose files put or mean such
// tokens without naming them.
func (t *Tokenizer) nameEnds(ends []int32) {
	if t.bos == none && len(t.prefix) > 0 {
		t.bos = t.prefix[0]
	}
	if t.eos == none && len(ends) > 0 {
		t.eos = ends[0]
	}
	if t.eos == none && len(t.suffix) > 0 {
		t.eos = t.suffix[0]
	}
	t.setEnds(slices.Concat(ends, t.ends)...)
}

// modelKeys are the keys of the vocabulary and of how text is split.
func (t *Tokenizer) modelKeys(merges [][2]string, vocab int) (keys []KeyValue, err error) {
	add := func(name string, v any) { keys = append(keys, KeyValue{key(name), v}) }
	switch {
	case t.decode.byteLevel && t.model.byteLevel:
		pre, err := t.preName()
		if err != nil {
			return nil, err
		}
		add("model", "gpt2")
		add("pre", pre)
	case t.model.byteFallback:
		if err := t.checkScores(merges); err != nil {
			return nil, err
		}
		add("model", "llama")
		add("pre", "default")
		add("scores", t.scores(merges, vocab))
		add("add_space_prefix", t.decode.stripCount > 0)
	default:
		return nil, fmt.Errorf("GGUF has no name for a BPE that is neither of bytes nor falls back to them: %w", ErrUnsupported)
	}
	texts, types := t.table(vocab)
	add("tokens", texts)
	add("token_type", types)
	if t.model.byteLevel {
		add("merges", spaced(merges))
	}
	return keys, nil
}

// preName finds the name under which GGUF knows the way that text is
// normalized and split.
func (t *Tokenizer) preName() (string, error) {
	var err error
	for _, p := range preTokenizers {
		made := &Tokenizer{model: &bpe{}}
		if err := made.setPreTokenizer(p.preTokenizer); err != nil {
			return "", err
		}
		if sameSplits(t, made) != nil {
			continue
		}
		switch {
		case sameNormalizer(t, made) != nil:
			err = sameNormalizer(t, made)
		case t.model.ignoreMerges != made.model.ignoreMerges:
			err = unlike("ignore_merges", t.model.ignoreMerges, made.model.ignoreMerges)
		default:
			return p.names[0], nil
		}
	}
	if err == nil {
		err = fmt.Errorf("pre_tokenizer: GGUF has no name for %q: %w", t.split, ErrUnsupported)
	}
	return "", err
}

// endKeys adds the special tokens: those around a text, and those that end
// it. Readers know some of the latter by their text; of others GGUF can name
// three, control tokens. What it cannot name goes into a key of our own.
func (t *Tokenizer) endKeys(keys []KeyValue, vocab int) ([]KeyValue, error) {
	add := func(name string, v any) { keys = append(keys, KeyValue{key(name), v}) }
	id := func(name string, id int32) {
		if id != none {
			add(name+"_token_id", uint32(id))
		}
	}
	id("bos", t.bos)
	id("eos", t.eos)
	id("unknown", t.model.unknown)
	add("add_bos_token", t.bos != none && len(t.prefix) == 1 && t.prefix[0] == t.bos)
	add("add_eos_token", t.eos != none && len(t.suffix) == 1 && t.suffix[0] == t.eos)
	known := &Tokenizer{tokens: t.tokens, eos: t.eos}
	known.setEnds()
	slots := []string{"eot", "eom"}
	var more []int32
	for _, end := range t.ends {
		switch {
		case known.IsEOG(end):
		case int(end) >= vocab:
			return nil, fmt.Errorf("end-of-text id %d is outside the vocabulary of %d", end, vocab)
		case len(slots) == 0 || int(end) >= len(t.tokens) || t.tokens[end].kind != Special:
			more = append(more, end)
		default:
			id(slots[0], end)
			slots = slots[1:]
		}
	}
	if more != nil {
		keys = append(keys, KeyValue{endsKey, more})
	}
	return keys, nil
}

// table lists the tokens with their types; ids without a token become unused
// ones.
func (t *Tokenizer) table(vocab int) (texts []string, types []int32) {
	for id := range int32(vocab) {
		text, kind := t.Token(id)
		switch {
		case kind == Missing:
			text = fmt.Sprintf("[PAD%d]", id)
			types = append(types, typeUnused)
		case id == t.model.unknown && kind == Special && !t.model.byteLevel:
			types = append(types, typeUnknown)
		default:
			types = append(types, map[TokenKind]int32{
				Normal: typeNormal, Byte: typeByte, Added: typeUserDefined, Special: typeControl,
			}[kind])
		}
		texts = append(texts, text)
	}
	return texts, types
}

func spaced(merges [][2]string) []string {
	out := make([]string, len(merges))
	for i, m := range merges {
		out[i] = m[0] + " " + m[1]
	}
	return out
}
