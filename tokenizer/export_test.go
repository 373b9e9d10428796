package tokenizer

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocmforge/rocmforge/internal/goldens"
)

// alterations are what a tokenizer.json may have beside what its golden has. The
// keys of GGUF express some of them.
var alterations = map[string]func(doc map[string]any){
	"as it is":       func(map[string]any) {},
	"digits":         func(d map[string]any) { d["pre_tokenizer"] = sequence(digitsStep(true), byteLevelStep(false)) },
	"digits in runs": func(d map[string]any) { d["pre_tokenizer"] = sequence(digitsStep(false), byteLevelStep(false)) },
	"GPT-2":          func(d map[string]any) { d["pre_tokenizer"] = byteLevelStep(false) },
	"GPT-2, then digits": func(d map[string]any) {
		d["pre_tokenizer"] = sequence(splitStep(gpt2Pattern, "Isolated", false), digitsStep(true), bareBytes)
	},
	"prefix space": func(d map[string]any) { d["pre_tokenizer"] = byteLevelStep(true) },
	"Llama 3": func(d map[string]any) {
		d["pre_tokenizer"] = sequence(splitStep(llama3Pattern, "Isolated", false), bareBytes)
	},
	"Llama 3 removed": func(d map[string]any) {
		d["pre_tokenizer"] = sequence(splitStep(llama3Pattern, "Removed", true), bareBytes)
	},
	"Llama 3 contiguous": func(d map[string]any) {
		d["pre_tokenizer"] = sequence(splitStep(llama3Pattern, "Contiguous", false), bareBytes)
	},
	"two splits": func(d map[string]any) {
		d["pre_tokenizer"] = sequence(splitStep(`\d+`, "Isolated", false), splitStep(gpt2Pattern, "Isolated", false), bareBytes)
	},
	"Metaspace always":    func(d map[string]any) { d["pre_tokenizer"], d["normalizer"] = metaspaceStep("always", false), nil },
	"Metaspace first":     func(d map[string]any) { d["pre_tokenizer"], d["normalizer"] = metaspaceStep("first", false), nil },
	"Metaspace never":     func(d map[string]any) { d["pre_tokenizer"], d["normalizer"] = metaspaceStep("never", false), nil },
	"Metaspace that cuts": func(d map[string]any) { d["pre_tokenizer"], d["normalizer"] = metaspaceStep("always", true), nil },
	"NFC":                 func(d map[string]any) { d["normalizer"] = map[string]any{"type": "NFC"} },
	"NFKC":                func(d map[string]any) { d["normalizer"] = map[string]any{"type": "NFKC"} },
	"no normalizer":       func(d map[string]any) { d["normalizer"] = nil },
	"ignore_merges":       func(d map[string]any) { model(d)["ignore_merges"] = true },
	"no ignore_merges":    func(d map[string]any) { model(d)["ignore_merges"] = false },
	"no byte_fallback":    func(d map[string]any) { model(d)["byte_fallback"] = false },
	"lstrip":              addedToken("lstrip"),
	"rstrip":              addedToken("rstrip"),
	"single_word":         addedToken("single_word"),
	"normalized":          addedToken("normalized"),
	"special":             addedToken("special"),
	"added":               addedToken(""),
	"nothing around":      func(d map[string]any) { d["post_processor"] = nil },
	"fewer merges": func(d map[string]any) {
		merges := model(d)["merges"].([]any)
		model(d)["merges"] = slices.Concat(merges[:len(merges)/2], merges[len(merges)/2+1:])
	},
	"merges turned": func(d map[string]any) { slices.Reverse(model(d)["merges"].([]any)) },
	"Strip of two": func(d map[string]any) {
		text, _ := json.Marshal(d["decoder"])
		var decoder any
		json.Unmarshal([]byte(strings.Replace(string(text), `"start":1`, `"start":2`, 1)), &decoder)
		d["decoder"] = decoder
	},
}

// expressed are alterations that have to come through, by golden.
var expressed = map[string][]string{
	"gpt2":       {"as it is", "digits", "GPT-2", "Llama 3", "added", "special"},
	"llama3":     {"as it is", "added", "special", "no ignore_merges"},
	"qwen2":      {"as it is", "no normalizer", "added", "special"},
	"llama2-spm": {"as it is", "added", "special", "nothing around"},
}

func model(d map[string]any) map[string]any { return d["model"].(map[string]any) }

func sequence(steps ...any) any { return map[string]any{"type": "Sequence", "pretokenizers": steps} }

func digitsStep(individual bool) any {
	return map[string]any{"type": "Digits", "individual_digits": individual}
}

func byteLevelStep(prefix bool) any {
	return map[string]any{"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": true}
}

var bareBytes any = map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}

func splitStep(expr, behaviour string, invert bool) any {
	return map[string]any{"type": "Split", "pattern": map[string]any{"Regex": expr}, "behavior": behaviour, "invert": invert}
}

func metaspaceStep(scheme string, cut bool) any {
	return map[string]any{"type": "Metaspace", "replacement": metaspaceRune, "prepend_scheme": scheme, "split": cut}
}

// addedToken adds <mask>, with one flag set.
func addedToken(flag string) func(map[string]any) {
	return func(d map[string]any) {
		next := 0.0
		list, _ := d["added_tokens"].([]any)
		for _, a := range list {
			next = max(next, a.(map[string]any)["id"].(float64)+1)
		}
		for _, id := range model(d)["vocab"].(map[string]any) {
			next = max(next, id.(float64)+1)
		}
		a := map[string]any{"id": next, "content": "<mask>"}
		for _, name := range []string{"lstrip", "rstrip", "single_word", "normalized", "special"} {
			a[name] = name == flag
		}
		d["added_tokens"] = append(list, a)
	}
}

// altered writes a golden's folder with its tokenizer.json altered.
func altered(t *testing.T, from string, alter func(map[string]any)) string {
	t.Helper()
	dir := t.TempDir()
	var doc map[string]any
	text, err := os.ReadFile(filepath.Join(from, "tokenizer.json"))
	if err == nil {
		err = json.Unmarshal(text, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	alter(doc)
	if text, err = json.Marshal(doc); err == nil {
		err = os.WriteFile(filepath.Join(dir, "tokenizer.json"), text, 0o600)
	}
	if err == nil {
		text, err = os.ReadFile(filepath.Join(from, "tokenizer_config.json"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "tokenizer_config.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGoldenExport: a folder's tokenizer gives the ids of the GGUF file made of
// it, or there is no such file.
func TestGoldenExport(t *testing.T) {
	for _, kind := range slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == "t5-unigram" }) {
		t.Run(kind, func(t *testing.T) {
			from := filepath.Dir(goldens.Path(t, "tokenizers/"+kind+"/goldens.json"))
			for name, alter := range alterations {
				t.Run(name, func(t *testing.T) { checkExport(t, kind, name, altered(t, from, alter)) })
			}
		})
	}
}

func checkExport(t *testing.T, kind, name, dir string) {
	must := slices.Contains(expressed[kind], name)
	want, err := FromDir(dir)
	if err != nil {
		if must {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	keys, err := ExportGGUF(dir, want.Size()+3, nil)
	if err != nil {
		if must || !errors.Is(err, ErrUnsupported) {
			t.Fatal(err)
		}
		t.Log(err)
		return
	}
	got, err := fromKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	if got.Warnings() != nil {
		t.Errorf("warnings %q", got.Warnings())
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		text := randomText(rng, want)
		for _, o := range []Options{{}, {BOS: true, Special: true}} {
			a, errA := want.Encode(text, o)
			b, errB := got.Encode(text, o)
			if diff := cmp.Diff(a, b); diff != "" || (errA == nil) != (errB == nil) {
				t.Fatalf("%q %+v: %v, %v (-folder +GGUF)\n%s", text, o, errA, errB, diff)
			}
			if errA == nil && want.Decode(a, KeepSpecial) != got.Decode(b, KeepSpecial) {
				t.Fatalf("%q: decodes otherwise", text)
			}
		}
	}
}

// randomText is made of tokens, and of what pre-tokenizers and normalizers tell
// apart.
func randomText(rng *rand.Rand, tok *Tokenizer) string {
	parts := []string{" ", "  ", "\n", "\r\n", "\t", "0", "12", "345", "6789", "'s", "'LL", "a", "B", "é", "e\u0301", "ﬁ", "½", "中文", "ひ", "👍🏽",
		"-", "!!", "$", "<", "|", "`", "_", "\u00A0", "\u200D", metaspaceRune, "<mask>", " <mask> ", "x<mask>y", "<mask>1", "Ǆ", "İ", "\u3000", "\x00"}
	var b strings.Builder
	for range 1 + rng.IntN(12) {
		if rng.IntN(3) > 0 {
			b.WriteString(parts[rng.IntN(len(parts))])
			continue
		}
		id := int32(rng.IntN(tok.Size()))
		if _, kind := tok.Token(id); kind != Missing {
			b.WriteString(tok.Decode([]int32{id}, KeepSpecial))
		}
	}
	return b.String()
}

// TestExportEnds: ids that end a text by other files than the tokenizer's own
// come through: also more than GGUF has names for, and
// plain ones.
func TestExportEnds(t *testing.T) {
	dir := filepath.Dir(goldens.Path(t, "tokenizers/llama3/goldens.json"))
	tok, err := FromDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var special []int32
	for id := range int32(tok.Size()) {
		if _, kind := tok.Token(id); kind == Special && !tok.IsEOG(id) && id != tok.bos {
			special = append(special, id)
		}
	}
	if len(special) < 3 {
		t.Fatalf("%d special tokens, too few to test with", len(special))
	}
	for _, ends := range [][]int32{nil, special[:1], special[:2], special[:3], {5}, {special[0], 5, 6}} {
		keys, err := ExportGGUF(dir, tok.Size(), ends)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fromKeys(keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ends {
			if !got.IsEOG(id) {
				t.Errorf("%d of %v does not end a text", id, ends)
			}
		}
		if len(got.Ends()) != len(tok.Ends())+len(ends) {
			t.Errorf("%v end a text; want %v and %v", got.Ends(), tok.Ends(), ends)
		}
	}
	if _, err := ExportGGUF(dir, tok.Size()-1, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("more tokens than rows: %v", err)
	}
}
