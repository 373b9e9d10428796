package tokenizer

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

func FuzzEncode(f *testing.F) {
	var toks []*Tokenizer
	for _, kind := range kinds {
		path, ok := goldens.Find("tokenizers/" + kind + "/tokenizer.json")
		if !ok {
			continue
		}
		if tok, err := FromDir(filepath.Dir(path)); err == nil {
			toks = append(toks, tok)
		}
	}
	for _, s := range scanTexts {
		f.Add(s)
	}
	f.Add("\xff\xc3\xe2\x82 \xf0\x9f\x91")
	f.Add("<|im_start|>x<think></s><|endoftext|>")
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range toks {
			for _, opt := range []Options{{}, {BOS: true, Special: true}} {
				ids, err := tok.Encode(s, opt)
				if err != nil {
					t.Fatalf("%s: %v", tok.Kind(), err)
				}
				for _, id := range ids {
					if _, kind := tok.Token(id); kind == Missing {
						t.Fatalf("%s: id %d", tok.Kind(), id)
					}
				}
				got := tok.Decode(ids, SkipSpecial)
				if !utf8.ValidString(got) {
					t.Fatalf("%s: %q decodes to %q", tok.Kind(), s, got)
				}
				if opt == (Options{}) && tok.decode.byteLevel && tok.normalize == nil && got != validUTF8(s) {
					t.Fatalf("%s: %q comes back as %q", tok.Kind(), s, got)
				}
			}
		}
	})
}

func FuzzTokenizerJSON(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"}}`))
	f.Add([]byte(`{"version":"1.0","added_tokens":[{"id":3,"content":"<s>","special":true,"normalized":true,"lstrip":true,"rstrip":true,"single_word":true}],` +
		`"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},` +
		`"model":{"type":"BPE","unk_token":"a","fuse_unk":true,"byte_fallback":true,"vocab":{"a":0,"b":1,"<0x41>":2},"merges":[]},` +
		`"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[3],"tokens":["<s>"]}}},` +
		`"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}}`))
	f.Add([]byte(`{"model":{"vocab":{"a":0},"merges":[["a","a"]]},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\s+(?!\\S)|\\d{1,3}"},"behavior":"MergedWithNext","invert":true},` +
		`{"type":"Digits","individual_digits":true},{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true}]},"decoder":{"type":"Fuse"}}`))
	for _, dir := range goldens.Dirs() {
		paths, _ := filepath.Glob(filepath.Join(dir, "tokenizers", "*", "tokenizer.json"))
		for _, p := range paths {
			if b, err := os.ReadFile(p); err == nil && len(b) < 20<<10 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := parseTokenizer(data)
		if err != nil {
			return
		}
		ids, err := tok.Encode("ab <s> 12\x00é\xff", Options{BOS: true, Special: true})
		if err == nil && !utf8.ValidString(tok.Decode(ids, KeepSpecial)) {
			t.Error("decodes to broken UTF-8")
		}
	})
}
