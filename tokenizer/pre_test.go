package tokenizer

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

// fromGopher reads the tokenizer of the built-in model with other values of
// some keys; nil is none.
func fromGopher(t *testing.T, edits map[string]any) (*Tokenizer, error) {
	t.Helper()
	r := gopher.Model()
	f, err := gguf.Read(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	w := gguf.NewWriter(&b)
	for k, v := range f.Metadata.All() {
		if e, ok := edits[k]; ok {
			v = e
		}
		if v != nil {
			w.Set(k, v)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	g, err := gguf.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	return FromGGUF(g.Metadata)
}

// TestPreTokenizerDefault splits as llama.cpp does where the name is missing,
// says nothing, or is not known; the ids are those of llama-tokenize.
func TestPreTokenizerDefault(t *testing.T) {
	for name, pre := range map[string]any{"missing": nil, "default": "default", "unknown": "zzz"} {
		tok, err := fromGopher(t, map[string]any{key("pre"): pre})
		if err != nil {
			t.Fatal(err)
		}
		if w := tok.Warnings(); len(w) != 1 || !strings.Contains(w[0], "tokenizer.ggml.pre") {
			t.Errorf("%s: warnings %q", name, w)
		}
		ids, err := tok.Encode("x := 1234567 + y", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(defaultIDs, ids); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	tok, err := fromGopher(t, nil)
	if err != nil || tok.Warnings() != nil {
		t.Errorf("the model's own name: %v, warnings %q", err, tok.Warnings())
	}
}

// TestPreTokenizerNames: each name is there once, and its expressions compile.
func TestPreTokenizerNames(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range preTokenizers {
		for _, name := range p.names {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
			tok, err := fromGopher(t, map[string]any{key("pre"): name})
			if err != nil || tok.Warnings() != nil || tok.Kind() != p.kind {
				t.Errorf("%s: %v, kind %q", name, err, tok.Kind())
			}
		}
	}
}

// TestNoToken: -1 is no token, and said.
func TestNoToken(t *testing.T) {
	for _, v := range []any{uint32(math.MaxUint32), int32(-1)} {
		tok, err := fromGopher(t, map[string]any{key("eos_token_id"): v})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := tok.EOS(); ok || len(tok.Warnings()) != 1 {
			t.Errorf("%v: EOS %v, warnings %q", v, ok, tok.Warnings())
		}
	}
	if _, err := fromGopher(t, map[string]any{key("eos_token_id"): uint32(1 << 20)}); err == nil {
		t.Error("an id outside the vocabulary was accepted")
	}
}

// defaultIDs is what llama-tokenize gives for "x := 1234567 + y" with the
// built-in model's vocabulary and no tokenizer.ggml.pre.
var defaultIDs = []int32{89, 222, 27, 30, 222, 1717, 2666, 24, 222, 12, 756}

// TestLlamaDefaults: without keys, BOS of the model "llama" is 1 and EOS 2.
func TestLlamaDefaults(t *testing.T) {
	tok, err := fromKeys([]KeyValue{
		{key("model"), "llama"}, {key("tokens"), []string{"<unk>", "<s>", "</s>", "▁a"}},
		{key("token_type"), []int32{typeUnknown, typeControl, typeControl, typeNormal}},
		{key("scores"), []float32{0, 0, 0, -1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bos, _ := tok.BOS()
	eos, _ := tok.EOS()
	if bos != 1 || eos != 2 || !cmp.Equal(tok.prefix, []int32{1}) || len(tok.Warnings()) != 2 {
		t.Errorf("BOS %d, EOS %d, before a text %v, warnings %q", bos, eos, tok.prefix, tok.Warnings())
	}
}
