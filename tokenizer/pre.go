package tokenizer

import "golang.org/x/text/unicode/norm"

// A preTokenizer is what a GGUF file means by the name in tokenizer.ggml.pre,
// where a tokenizer.json spells it out.
type preTokenizer struct {
	kind         string
	nfc          bool     // normalize first
	patterns     []string // split at each in turn
	singleDigits bool     // and then each digit apart
	ignoreMerges bool
	bos          bool // unless tokenizer.ggml.add_bos_token says otherwise
}

const (
	// o200kPattern has cases apart: OpenAI's o200k_base.
	o200kPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	// deepSeekV3Pattern is the last of that model's three.
	deepSeekV3Pattern = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|" +
		`[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

var (
	gpt2     = preTokenizer{kind: "gpt2", patterns: []string{gpt2Pattern}}
	llama3   = preTokenizer{kind: "llama3", patterns: []string{llama3Pattern}, ignoreMerges: true, bos: true}
	qwen2    = preTokenizer{kind: "qwen2", patterns: []string{qwen2Pattern}, nfc: true}
	gpt4o    = preTokenizer{kind: "gpt-4o", patterns: []string{o200kPattern}, ignoreMerges: true}
	deepSeek = preTokenizer{
		kind:     "deepseek-v3",
		patterns: []string{`\p{N}{1,3}`, `[一-龥぀-ゟ゠-ヿ]+`, deepSeekV3Pattern},
	}
	deepSeekCoder = preTokenizer{
		kind:         "deepseek-coder",
		patterns:     []string{`[\r\n]`, `\s?\p{L}+`, `\s?\p{P}+`, `[一-龥ࠀ-一가-퟿]+`},
		singleDigits: true,
	}
)

// preTokenizers are the names of tokenizer.ggml.pre in llama.cpp whose
// meaning was compared with the tokenizer.json of the same model. A file
// without a name is one from before names, when there was only GPT-2's.
var preTokenizers = map[string]preTokenizer{
	"":                 gpt2,
	"default":          gpt2,
	"gpt-2":            gpt2,
	"llama-bpe":        llama3,
	"llama3":           llama3,
	"llama-v3":         llama3,
	"qwen2":            qwen2,
	"deepseek-r1-qwen": qwen2,
	"gpt-4o":           gpt4o,
	"deepseek-v3":      deepSeek,
	"deepseek-coder":   deepSeekCoder,
}

// setPreTokenizer sets the tokenizer up for a byte-level BPE.
func (t *Tokenizer) setPreTokenizer(pre preTokenizer) error {
	if pre.nfc {
		t.normalize = normalizer{normForm(norm.NFC)}
	}
	for _, expr := range pre.patterns {
		if err := t.addPattern(expr, isolated, false); err != nil {
			return err
		}
	}
	if pre.singleDigits {
		t.split = append(t.split, patternSplit{pattern: digits{}, keep: isolated})
	}
	t.kind = pre.kind
	t.model.setByteLevel()
	t.model.ignoreMerges = pre.ignoreMerges
	return nil
}
