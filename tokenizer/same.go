package tokenizer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// SameAsGGUF compares a folder's tokenizer with one that FromGGUF gave, in all
// that decides about ids and texts. ends are ids that end a text by other files
// of the folder. An error, ErrUnsupported, names the first difference.
func (t *Tokenizer) SameAsGGUF(made *Tokenizer, ends []int32) error {
	folder := *t
	folder.nameEnds(ends)
	return folder.same(made)
}

// fromKeys reads what ExportGGUF wrote, by way of a file without tensors.
func fromKeys(keys []KeyValue) (*Tokenizer, error) {
	var b bytes.Buffer
	w := gguf.NewWriter(&b)
	for _, kv := range keys {
		w.Set(kv.Key, kv.Value)
	}
	if err := w.Finish(); err != nil {
		return nil, err
	}
	f, err := gguf.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return FromGGUF(f.Metadata)
}

func unlike(what string, want, got any) error {
	return fmt.Errorf("%s is %v, and would be %v: %w", what, want, got, ErrUnsupported)
}

// same compares structure by structure. made may have more tokens, unused ones.
func (t *Tokenizer) same(made *Tokenizer) error {
	for _, check := range []func(t, made *Tokenizer) error{
		sameNormalizer, sameSplits, sameModel, sameTokens, sameAdded, sameAround, sameDecoder,
	} {
		if err := check(t, made); err != nil {
			return err
		}
	}
	return nil
}

func sameNormalizer(t, made *Tokenizer) error {
	if slices.Equal(t.normalize, made.normalize) {
		return nil
	}
	return unlike("the normalizer", describeSteps(t.normalize), describeSteps(made.normalize))
}

func describeSteps(n normalizer) string {
	var names []string
	for _, s := range n {
		names = append(names, strings.TrimPrefix(fmt.Sprintf("%T %.64q", s, fmt.Sprint(s)), "tokenizer."))
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func sameSplits(t, made *Tokenizer) error {
	text := func(s splitter) string { return s.String() }
	a, b := mapped(t.split, text), mapped(made.split, text)
	full := func(s splitter) string {
		if p, ok := s.(patternSplit); ok {
			return p.expr + "\x00" + string(p.keep) + fmt.Sprint(p.invert)
		}
		return s.String()
	}
	if slices.Equal(mapped(t.split, full), mapped(made.split, full)) {
		return nil
	}
	return unlike("pre_tokenizer", a, b)
}

func mapped(list []splitter, f func(splitter) string) []string {
	var out []string
	for _, s := range list {
		out = append(out, f(s))
	}
	return out
}

// sameModel compares the BPE. What becomes of unknown characters is no matter
// where each can be expressed by bytes.
func sameModel(t, made *Tokenizer) error {
	a, b := t.model, made.model
	switch {
	case a.byteLevel != b.byteLevel:
		return unlike("ByteLevel", a.byteLevel, b.byteLevel)
	case a.byteFallback != b.byteFallback:
		return unlike("byte_fallback", a.byteFallback, b.byteFallback)
	case a.ignoreMerges != b.ignoreMerges:
		return unlike("ignore_merges", a.ignoreMerges, b.ignoreMerges)
	case a.bytes != b.bytes:
		return fmt.Errorf("other tokens stand for bytes: %w", ErrUnsupported)
	case a.merges != nil && b.merges != nil && !maps.Equal(a.merges, b.merges):
		return fmt.Errorf("other tokens merge: %w", ErrUnsupported)
	case a.byteFallback && !slices.Contains(a.bytes[:], none):
		return nil
	case a.unknown != b.unknown:
		return unlike("the unknown token", a.unknown, b.unknown)
	case !a.byteLevel && a.fuseUnknown != b.fuseUnknown:
		return unlike("fuse_unk", a.fuseUnknown, b.fuseUnknown)
	}
	return nil
}

func sameTokens(t, made *Tokenizer) error {
	if len(t.tokens) > len(made.tokens) {
		return unlike("the number of tokens", len(t.tokens), len(made.tokens))
	}
	for id, a := range t.tokens {
		if b := made.tokens[id]; a.kind != Missing && a != b {
			return fmt.Errorf("token %d is %s (kind %d), and would be %s (kind %d): %w", id, fileerr.Quote(a.text), a.kind, fileerr.Quote(b.text), b.kind, ErrUnsupported)
		}
		if _, made := made.model.vocab[a.text]; a.kind == Normal && t.model.vocab[a.text] == int32(id) && !made {
			return fmt.Errorf("token %d, %s, would not be found in text: %w", id, fileerr.Quote(a.text), ErrUnsupported)
		}
	}
	return nil
}

// sameAdded compares the tokens that are found in the text before it is split.
// Those that a file looks for in normalized text are like the others where
// nothing is normalized and no token of one kind overlaps one of the other.
func sameAdded(t, made *Tokenizer) error {
	if len(t.normalized.tokens) > 0 && len(t.normalize) > 0 {
		return fmt.Errorf("added token %s is looked for in normalized text: %w", fileerr.Quote(t.normalized.tokens[0].text), ErrUnsupported)
	}
	if n, m := len(t.normalized.tokens), len(t.literal.tokens); n*m > 1<<22 {
		return fmt.Errorf("%d added tokens that are normalized beside %d that are not: %w", n, m, ErrUnsupported)
	}
	for _, a := range t.normalized.tokens {
		for _, b := range t.literal.tokens {
			if overlap(a.text, b.text) || overlap(b.text, a.text) {
				return fmt.Errorf("added token %s overlaps %s, which is looked for before it: %w", fileerr.Quote(a.text), fileerr.Quote(b.text), ErrUnsupported)
			}
		}
	}
	list := slices.Concat(t.literal.tokens, t.normalized.tokens)
	slices.SortFunc(list, func(a, b added) int { return strings.Compare(a.text, b.text) })
	for _, a := range list {
		if a.singleWord || a.lstrip || a.rstrip {
			return fmt.Errorf("added token %s has single_word, lstrip or rstrip: %w", fileerr.Quote(a.text), ErrUnsupported)
		}
	}
	if got := slices.Concat(made.literal.tokens, made.normalized.tokens); !slices.Equal(list, got) {
		return fmt.Errorf("%d added tokens are found in text, and %d others would be: %w", len(list), len(got), ErrUnsupported)
	}
	return nil
}

// overlap says whether b begins inside a or at its start.
func overlap(a, b string) bool {
	for i := range len(a) {
		if strings.HasPrefix(a[i:], b) || strings.HasPrefix(b, a[i:]) {
			return true
		}
	}
	return false
}

// sameAround compares what stands around a text, and what ends it.
func sameAround(t, made *Tokenizer) error {
	switch {
	case !slices.Equal(t.prefix, made.prefix):
		return unlike("what is put before a text", t.prefix, made.prefix)
	case !slices.Equal(t.suffix, made.suffix):
		return unlike("what is put after a text", t.suffix, made.suffix)
	case t.bos != made.bos:
		return unlike("BOS", t.bos, made.bos)
	case t.eos != made.eos:
		return unlike("EOS", t.eos, made.eos)
	case !slices.Equal(t.ends, made.ends):
		return unlike("the list of ids that end a text", t.ends, made.ends)
	}
	return nil
}

func sameDecoder(t, made *Tokenizer) error {
	if t.decode == made.decode {
		return nil
	}
	return unlike("the decoder", fmt.Sprintf("%+v", t.decode), fmt.Sprintf("%+v", made.decode))
}
