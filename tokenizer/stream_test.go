package tokenizer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/internal/goldens"
)

// TestGoldenStream compares what comes token by token with what
// scripts/stream_goldens.py wrote: testdata/stream.json, or a longer file that
// ROCMFORGE_STREAM names, in which tokenizers may be named by their folders.
func TestGoldenStream(t *testing.T) {
	path := os.Getenv("ROCMFORGE_STREAM")
	if path == "" {
		path = filepath.Join("testdata", "stream.json")
	}
	var all map[string][]struct {
		IDs    []int32 `json:"ids"`
		Skip   bool    `json:"skip"`
		Pieces []string
	}
	goldens.JSON(t, path, &all)
	for name, cases := range all {
		t.Run(name, func(t *testing.T) {
			dir := name
			if !filepath.IsAbs(dir) {
				dir = filepath.Dir(goldens.Path(t, "tokenizers/"+name+"/tokenizer.json"))
			}
			tok, err := FromDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				d := tok.NewDecoder(Specials(!c.Skip))
				for range 2 { // Flush begins anew
					got := stream(d, c.IDs)
					if diff := cmp.Diff(c.Pieces, got); diff != "" {
						t.Errorf("%d, skip %v: (-want +got)\n%s", c.IDs, c.Skip, diff)
					}
				}
			}
		})
	}
}

// stream gives what each token adds, and what Flush gives.
func stream(d *Decoder, ids []int32) (pieces []string) {
	for _, id := range ids {
		pieces = append(pieces, d.Next(id))
	}
	return append(pieces, d.Flush())
}

// byteTokens is a tokenizer with byte fallback: 256 bytes, then "a", " b" and a
// special token.
func byteTokens() *Tokenizer {
	t := &Tokenizer{decode: decoding{byteFallback: true}}
	for b := range 256 {
		t.tokens = append(t.tokens, token{text: fmt.Sprintf("<0x%02X>", b), kind: Byte, byte: byte(b)})
	}
	t.tokens = append(t.tokens, token{out: "a", kind: Normal}, token{out: " b", kind: Normal}, token{out: "<s>", kind: Special})
	return t
}

// TestByteTokens: characters come as they are complete, and only broken ones
// are replaced; a whole text is judged run by run.
func TestByteTokens(t *testing.T) {
	const a, b, special, missing = 256, 257, 258, 300
	for _, c := range []struct {
		ids   []int32
		want  string // pieces, with | between
		whole string
	}{
		{[]int32{a, '\n', b}, "a|\n| b|", "a\n b"},
		{[]int32{0xF0, 0x9F, 0x99, 0x82, 0xF0, 0x9F}, "|||🙂|||�", "������"},
		{[]int32{0xC3, special, 0xBC, a}, "||ü|a|", "üa"},
		{[]int32{0xC3, missing, 0xBC, a}, "||ü|a|", "üa"},
		{[]int32{0xC3, 'x', 0xFF, a}, "|�x|�|a|", "���a"},
		{[]int32{0xE4, 0xB8, a}, "||�a|", "��a"},
		{[]int32{0xE4, 0xB8, 0xE4, 0xB8, 0xAD}, "||�||中|", "�����"},
		{[]int32{' ', a}, " |a|", " a"},
	} {
		tok := byteTokens()
		if got := strings.Join(stream(tok.NewDecoder(SkipSpecial), c.ids), "|"); got != c.want {
			t.Errorf("%x: %q, want %q", c.ids, got, c.want)
		}
		if got := tok.Decode(c.ids, SkipSpecial); got != c.whole {
			t.Errorf("%x: %q as a whole, want %q", c.ids, got, c.whole)
		}
	}
	tok := byteTokens()
	tok.decode.strip, tok.decode.stripCount = " ", 1
	if got := stream(tok.NewDecoder(SkipSpecial), []int32{' ', ' ', b}); strings.Join(got, "|") != "| | b|" {
		t.Errorf("%q, want the first space alone to be stripped", got)
	}
}

// TestNormalizedSpecials: a special token is special whatever the normalizer
// makes of its text (tokenizers 0.23 writes it out).
func TestNormalizedSpecials(t *testing.T) {
	dir := filepath.Dir(goldens.Path(t, "tokenizers/llama2-spm/tokenizer.json"))
	data, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), `"normalized": false`, `"normalized": true`)
	text = strings.ReplaceAll(text, `"normalized":false`, `"normalized":true`)
	if text == string(data) {
		t.Fatal("no special token to change")
	}
	tok, err := parseTokenizer([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ids := []int32{1, 300, 2} // tokenizers 0.22.2
	if got := tok.Decode(ids, KeepSpecial); got != "<s>ion</s>" {
		t.Errorf("%q", got)
	}
	if got := tok.Decode(ids, SkipSpecial); got != "ion" {
		t.Errorf("%q", got)
	}
}
