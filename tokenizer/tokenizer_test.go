package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// letters is a tokenizer.json with a token for each of some characters, and
// the members that extra adds.
func letters(extra string) string {
	var vocab []string
	for id, c := range "abcdefghijklmnopqrstuvwxyz <>_" {
		vocab = append(vocab, fmt.Sprintf("%q:%d", string(c), id))
	}
	return `{"model":{"type":"BPE","vocab":{` + strings.Join(vocab, ",") + `},"merges":[]},"decoder":{"type":"Fuse"}` + extra + `}`
}

func parse(t *testing.T, text string) *Tokenizer {
	t.Helper()
	tok, err := parseTokenizer([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestOpen: what the file puts behind a text would end one that goes on.
func TestOpen(t *testing.T) {
	tok := parse(t, letters(`,"added_tokens":[{"id":50,"content":"<s>","special":true},{"id":51,"content":"</s>","special":true}],
		"post_processor":{"type":"TemplateProcessing","pair":[],
			"single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
			"special_tokens":{"<s>":{"id":"<s>","ids":[50],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[51],"tokens":["</s>"]}}}`))
	for open, want := range map[bool][]int32{false: {50, 0, 1, 51}, true: {50, 0, 1}} {
		if ids, err := tok.Encode("ab", Options{BOS: true, Open: open}); err != nil || !slices.Equal(ids, want) {
			t.Errorf("open %v: %v, %v; want %v", open, ids, err, want)
		}
	}
}

func TestAddedTokens(t *testing.T) {
	tok := parse(t, letters(`,"added_tokens":[
		{"id":50,"content":"<l>","lstrip":true},
		{"id":51,"content":"<r>","rstrip":true},
		{"id":52,"content":"word","single_word":true},
		{"id":53,"content":"<s>","special":true},
		{"id":54,"content":"<s><s>"},
		{"id":55,"content":"ab","normalized":true},
		{"id":56,"content":""}],
		"normalizer":{"type":"Replace","pattern":{"String":"b"},"content":"c"}`))
	for _, c := range []struct {
		text    string
		special bool
		want    string // added tokens by id, the rest as text
	}{
		{"x  <l>  y", true, "x|[50]|  y"},
		{"x <r>  <l> y", true, "x |[51]|[50]| y"},
		{"word sword word_ word<s>", true, "[52]| sword word_ |[52]|[53]"},
		{"word<s>", false, "[52]|<s>"},
		{"<s><s><s>", true, "[54]|[53]"},
		{"<s><s><s>", false, "[54]|<s>"},
		{"<s>", false, "<s>"},
		{"aba ac", true, "[55]|a |[55]"}, // normalized, the text is "aca ac"
		{"", true, ""},
	} {
		ids, err := tok.Encode(c.text, Options{Special: c.special})
		if err != nil {
			t.Fatal(err)
		}
		if got := spell(tok, ids); got != c.want {
			t.Errorf("%q gives %q, want %q", c.text, got, c.want)
		}
	}
}

// spell writes added tokens by id, apart from other text.
func spell(tok *Tokenizer, ids []int32) string {
	var parts []string
	open := false
	for _, id := range ids {
		text, kind := tok.Token(id)
		switch {
		case kind != Normal:
			parts, open = append(parts, fmt.Sprint("[", id, "]")), false
		case open:
			parts[len(parts)-1] += text
		default:
			parts, open = append(parts, text), true
		}
	}
	return strings.Join(parts, "|")
}

func TestUnknown(t *testing.T) {
	tok := parse(t, letters(""))
	if _, err := tok.Encode("a1", Options{}); err == nil {
		t.Error("a character without a token is left out")
	}
	text := strings.Replace(letters(""), `"type":"BPE"`, `"type":"BPE","unk_token":"z"`, 1)
	ids, err := parse(t, text).Encode("a12b", Options{})
	if diff := cmp.Diff([]int32{0, 25, 25, 1}, ids); diff != "" || err != nil {
		t.Error(err, diff)
	}
	text = strings.Replace(text, `"type":"BPE"`, `"type":"BPE","fuse_unk":true`, 1)
	ids, err = parse(t, text).Encode("a12b", Options{})
	if diff := cmp.Diff([]int32{0, 25, 1}, ids); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestUnsupported(t *testing.T) {
	for name, text := range map[string]string{
		"a member":          letters(`,"zorp":1`),
		"a normalizer":      letters(`,"normalizer":{"type":"Lowercase"}`),
		"a pre-tokenizer":   letters(`,"pre_tokenizer":{"type":"UnicodeScripts"}`),
		"a post-processor":  letters(`,"post_processor":{"type":"BertProcessing"}`),
		"ByteLevel first":   letters(`,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]}`),
		"a behaviour":       letters(`,"pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Zorp"}`),
		"a model":           `{"model":{"type":"Unigram","vocab":[["a",-1]]}}`,
		"a suffix":          strings.Replace(letters(""), `"merges"`, `"end_of_word_suffix":"</w>","merges"`, 1),
		"a pair as text":    letters(`,"post_processor":{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{}}`),
		"decoder's order":   strings.Replace(letters(""), `{"type":"Fuse"}`, `{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}`, 1),
		"no decoder":        strings.Replace(letters(""), `{"type":"Fuse"}`, `null`, 1),
		"regex replacement": letters(`,"normalizer":{"type":"Replace","pattern":{"Regex":"a+"},"content":"b"}`),
	} {
		if _, err := parseTokenizer([]byte(text)); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, want ErrUnsupported", name, err)
		}
	}
}

func TestNames(t *testing.T) {
	text := letters(`,"added_tokens":[{"id":40,"content":"<b>","special":true},{"id":41,"content":"<e>","special":true},{"id":42,"content":"<|im_end|>","special":true}]`)
	tok := parse(t, text)
	if err := tok.readConfig([]byte(`{"bos_token":{"content":"<b>"},"eos_token":"<e>"}`)); err != nil {
		t.Fatal(err)
	}
	bos, ok1 := tok.BOS()
	eos, ok2 := tok.EOS()
	if bos != 40 || eos != 41 || !ok1 || !ok2 || tok.IsEOG(40) || !tok.IsEOG(41) || !tok.IsEOG(42) || tok.IsEOG(-1) {
		t.Error(bos, eos, tok.ends)
	}
	if s, kind := tok.Token(39); s != "" || kind != Missing || tok.Size() != 43 {
		t.Error(s, kind, tok.Size())
	}
	if got := tok.Decode([]int32{40, 0, 39, -1, 1 << 30, 1}, SkipSpecial); got != "ab" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{`{"bos_token":"<nope>"}`, `{"eos_token":5}`, `{"eos_token":{}}`, `null`, `[]`} {
		if err := parse(t, text).readConfig([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestValidUTF8(t *testing.T) { // the examples of The Unicode Standard, tables 3-8 to 3-11
	for s, want := range map[string]string{
		"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82A":        strings.Repeat(replacement, 8) + "A",
		"\xED\xA0\x80\xED\xBF\xBF\xED\xAFA":        strings.Repeat(replacement, 8) + "A",
		"\xF4\x91\x92\x93\xFF\x41\x80\xBFB":        strings.Repeat(replacement, 5) + "A" + strings.Repeat(replacement, 2) + "B",
		"\xE1\x80\xE2\xF0\x91\x92\xF1\xBFA":        strings.Repeat(replacement, 4) + "A",
		"é\uFFFD語👍":                                "é\uFFFD語👍",
		"\xE8\xAA":                                 replacement,
		"":                                         "",
		"\xF0\x9F\x91\x8D\xF0\x9F\x91\xF0\x9F\x91": "👍" + replacement + replacement,
	} {
		if got := validUTF8(s); got != want {
			t.Errorf("%q gives %q, want %q", s, got, want)
		}
	}
}
