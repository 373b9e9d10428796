package tokenizer

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/goldens"
)

var kinds = []string{
	"gpt2", "llama3", "qwen2", "llama2-spm", // these must load
	"gpt-oss", "deepseek-v3", "deepseek-coder", "mistral-metaspace", "gemma", "t5-unigram",
}

const required = 4 // of kinds

type golden struct {
	Cases []struct {
		Text        string
		IDs         []int32 `json:"ids"`
		Plain       []int32 `json:"ids_plain"`
		BOS         []int32 `json:"ids_with_bos_eos"`
		Decoded     string
		DecodedSkip string `json:"decoded_skip"`
	}
	Decode []struct {
		IDs  []int32 `json:"ids"`
		Text string
	}
}

func TestGoldenTokenizers(t *testing.T) {
	for i, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Dir(goldens.Path(t, "tokenizers/"+kind+"/goldens.json"))
			var g golden
			goldens.JSON(t, filepath.Join(dir, "goldens.json"), &g)
			var fromDir *Tokenizer
			t.Run("tokenizer.json", func(t *testing.T) {
				tok, err := FromDir(dir)
				fromDir = tok
				checkGolden(t, tok, err, &g, i < required, true)
			})
			t.Run("vocab.gguf", func(t *testing.T) {
				f, err := gguf.Open(goldens.Path(t, "tokenizers/"+kind+"/vocab.gguf"))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				tok, err := FromGGUF(f.Metadata)
				checkGolden(t, tok, err, &g, i < required, sameSpecials(tok, fromDir))
			})
		})
	}
}

// sameSpecials: the converter of a GGUF file may have made an added token
// special that is not so in tokenizer.json (DeepSeek's <|EOT|>).
func sameSpecials(a, b *Tokenizer) bool {
	if a == nil || b == nil {
		return true
	}
	for id := range int32(min(a.Size(), b.Size())) {
		_, ka := a.Token(id)
		_, kb := b.Token(id)
		if (ka == Special) != (kb == Special) {
			return false
		}
	}
	return true
}

// checkGolden compares everything; specials: also what depends on which tokens
// are special. A kind that need not load may be refused.
func checkGolden(t *testing.T, tok *Tokenizer, err error, g *golden, must, specials bool) {
	if !must && errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) == 0 || len(g.Decode) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range g.Cases {
		t.Run(fmt.Sprint("encode/", i), func(t *testing.T) {
			plain, bos := c.Plain, c.BOS
			if plain == nil {
				plain = c.IDs
			}
			if bos == nil {
				bos = c.IDs
			}
			checkEncode(t, tok, c.Text, Options{Special: true}, c.IDs)
			checkEncode(t, tok, c.Text, Options{Special: true, BOS: true}, bos)
			checkDecode(t, tok, c.IDs, KeepSpecial, c.Decoded)
			if specials {
				checkEncode(t, tok, c.Text, Options{}, plain)
				checkDecode(t, tok, c.IDs, SkipSpecial, c.DecodedSkip)
			}
		})
	}
	for i, c := range g.Decode {
		t.Run(fmt.Sprint("decode/", i), func(t *testing.T) { checkDecode(t, tok, c.IDs, KeepSpecial, c.Text) })
	}
}

func checkEncode(t *testing.T, tok *Tokenizer, text string, opt Options, want []int32) {
	t.Helper()
	ids, err := tok.Encode(text, opt)
	if err != nil {
		t.Fatalf("%q %+v: %v", text, opt, err)
	}
	if diff := cmp.Diff(append([]int32{}, want...), ids); diff != "" {
		t.Errorf("%q %+v: (-want +got)\n%s", text, opt, diff)
	}
}

// checkDecode decodes at once, and token by token, which is to give the same
// where no byte is broken.
func checkDecode(t *testing.T, tok *Tokenizer, ids []int32, special Specials, want string) {
	t.Helper()
	if got := tok.Decode(ids, special); got != want {
		t.Errorf("%d decode to %q, want %q", ids, got, want)
	}
	var b strings.Builder
	d := tok.NewDecoder(special)
	for range 2 { // Flush begins anew
		b.Reset()
		for _, id := range ids {
			s := d.Next(id)
			if !utf8.ValidString(s) {
				t.Errorf("%d: Next(%d) gives %q, a part of a character", ids, id, s)
			}
			b.WriteString(s)
		}
		b.WriteString(d.Flush())
		if b.String() != want && (!tok.decode.byteFallback || !strings.Contains(want, replacement)) {
			t.Errorf("%d decode one by one to %q, want %q", ids, b.String(), want)
		}
	}
}
