package tokenizer

import (
	"fmt"
	"path/filepath"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// KeyValue is a key of GGUF metadata with its value, as gguf.Writer takes it.
type KeyValue struct {
	Key   string
	Value any
}

// ExportGGUF writes a Hugging Face folder's tokenizer as the keys
// tokenizer.ggml.* that FromGGUF reads. The list of tokens is filled up to
// vocab, the rows of the model's embedding. A tokenizer that those keys cannot
// express is ErrUnsupported.
func ExportGGUF(dir string, vocab int) ([]KeyValue, error) {
	t, merges, err := readDir(dir)
	if err != nil {
		return nil, err
	}
	if t.Size() > vocab {
		err = fmt.Errorf("%d tokens, but the model's vocabulary is %d", t.Size(), vocab)
	}
	var keys []KeyValue
	if err == nil {
		keys, err = t.export(merges, vocab)
	}
	if err != nil {
		return nil, fileerr.New(filepath.Join(dir, "tokenizer.json"), fileerr.NoOffset, "", "%w", err)
	}
	return keys, nil
}

func (t *Tokenizer) export(merges [][2]string, vocab int) ([]KeyValue, error) {
	keys := []KeyValue{}
	add := func(name string, v any) { keys = append(keys, KeyValue{key(name), v}) }
	pre, byteLevel := t.preName()
	switch {
	case byteLevel:
		add("model", "gpt2")
		add("pre", pre)
	case t.kind == "spm":
		add("model", "llama")
		add("pre", "default")
		add("scores", t.scores(merges, vocab))
		add("add_space_prefix", t.decode.stripCount > 0)
	default:
		return nil, fmt.Errorf("GGUF has no name for a tokenizer of kind %q: %w", t.kind, ErrUnsupported)
	}
	texts, types := t.table(vocab)
	add("tokens", texts)
	add("token_type", types)
	if byteLevel {
		add("merges", spaced(merges))
	}
	for _, token := range []struct {
		name string
		id   int32
	}{{"bos", t.bos}, {"eos", t.eos}, {"unknown", t.model.unknown}} {
		if token.id != none {
			add(token.name+"_token_id", uint32(token.id))
		}
	}
	add("add_bos_token", t.bos != none && len(t.prefix) == 1 && t.prefix[0] == t.bos)
	add("add_eos_token", t.eos != none && len(t.suffix) == 1 && t.suffix[0] == t.eos)
	return keys, nil
}

// preName finds the name under which GGUF knows the way that text is split.
func (t *Tokenizer) preName() (name string, ok bool) {
	names := map[string]string{
		"gpt2": "gpt-2", "llama3": "llama-bpe", "qwen2": "qwen2",
		"gpt-4o": "gpt-4o", "deepseek-v3": "deepseek-v3", "deepseek-coder": "deepseek-coder",
	}
	name, known := names[t.kind]
	return name, known && t.decode.byteLevel && preTokenizers[name].ignoreMerges == t.model.ignoreMerges
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
		case id == t.model.unknown && t.kind == "spm":
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

// scores ranks tokens by the merge that makes them, as SentencePiece's scores
// do: the earlier, the higher.
func (t *Tokenizer) scores(merges [][2]string, vocab int) []float32 {
	scores := make([]float32, vocab)
	for rank, m := range merges {
		if id, ok := t.model.vocab[m[0]+m[1]]; ok && scores[id] == 0 {
			scores[id] = -float32(rank + 1)
		}
	}
	for id := range scores {
		if text, kind := t.Token(int32(id)); kind == Normal && scores[id] == 0 && len([]rune(text)) == 1 {
			scores[id] = -float32(len(merges) + 1 + id)
		}
	}
	return scores
}

func spaced(merges [][2]string) []string {
	out := make([]string, len(merges))
	for i, m := range merges {
		out[i] = m[0] + " " + m[1]
	}
	return out
}
