package tokenizer

import (
	"fmt"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// A preTokenizer is what a GGUF file means by the name in tokenizer.ggml.pre,
// where a tokenizer.json spells it out.
type preTokenizer struct {
	kind         string
	nfc          bool     // normalize first
	patterns     []string // split at each in turn
	ignoreMerges bool
	bos          bool // unless tokenizer.ggml.add_bos_token says otherwise
}

const (
	// o200kPattern has cases apart: OpenAI's o200k_base.
	o200kPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	// tekkenPattern is o200kPattern without contractions, each digit apart:
	// Mistral's Tekken.
	tekkenPattern = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|` +
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|` +
		`\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	// deepSeekV3Pattern is the last of that model's three.
	deepSeekV3Pattern = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|" +
		`[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

var (
	gpt2     = preTokenizer{kind: "gpt2", patterns: []string{gpt2Pattern}}
	smolLM   = preTokenizer{kind: "smollm", patterns: []string{digitPattern, gpt2Pattern}}
	llama3   = preTokenizer{kind: "llama3", patterns: []string{llama3Pattern}, ignoreMerges: true, bos: true}
	dbrx     = preTokenizer{kind: "llama3", patterns: []string{llama3Pattern}}
	qwen2    = preTokenizer{kind: "qwen2", patterns: []string{qwen2Pattern}, nfc: true}
	stableLM = preTokenizer{kind: "qwen2", patterns: []string{qwen2Pattern}}
	gpt4o    = preTokenizer{kind: "gpt-4o", patterns: []string{o200kPattern}, ignoreMerges: true}
	tekken   = preTokenizer{kind: "tekken", patterns: []string{tekkenPattern}, ignoreMerges: true, bos: true}
	deepSeek = preTokenizer{
		kind:     "deepseek-v3",
		patterns: []string{`\p{N}{1,3}`, `[一-龥぀-ゟ゠-ヿ]+`, deepSeekV3Pattern},
	}
	deepSeekCoder = preTokenizer{
		kind:     "deepseek-coder",
		patterns: []string{`[\r\n]`, `\s?\p{L}+`, `\s?\p{P}+`, `[一-龥ࠀ-一가-퟿]+`, digitPattern},
	}
	falcon = preTokenizer{
		kind:     "falcon",
		patterns: []string{"[\\p{P}\\$\\+<=>\\^~\\|`]+", gpt2Pattern, `[0-9][0-9][0-9]`},
	}
	// unnamed is what llama.cpp splits by where a file has no name, or none
	// that it knows: not what the model was trained with.
	unnamed = preTokenizer{
		kind:     "default",
		patterns: []string{`[\p{P}\$\+<=>\^~\|]+`, gpt2Pattern, `\p{N}+`, `[0-9][0-9][0-9]`},
	}
)

// namedPre is a pre-tokenizer with its names in tokenizer.ggml.pre, of which
// the first is written.
type namedPre struct {
	names []string
	preTokenizer
}

// preTokenizers are llama.cpp's names (src/llama-vocab.cpp) whose meaning was
// compared with the tokenizer.json of the same model, or with the ids that
// llama.cpp gives.
var preTokenizers = []namedPre{
	{[]string{"gpt-2", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "gigachat", "a.x-4.0",
		"mellum", "modern-bert", "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4"}, gpt2},
	{[]string{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"}, smolLM},
	{[]string{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"}, llama3},
	{[]string{"dbrx", "smaug-bpe", "chatglm-bpe", "glm4"}, dbrx},
	{[]string{"qwen2", "deepseek-r1-qwen"}, qwen2},
	{[]string{"stablelm2", "megrez", "hunyuan", "kormo", "f2llmv2", "grok-2", "solar-open"}, stableLM},
	{[]string{"gpt-4o", "llama4"}, gpt4o},
	{[]string{"tekken"}, tekken},
	{[]string{"deepseek-v3", "hunyuan-dense", "joyai-llm"}, deepSeek},
	{[]string{"deepseek-coder"}, deepSeekCoder},
	{[]string{"falcon"}, falcon},
}

// preNamed finds the pre-tokenizer of a name. warning: the name does not say
// how the model splits text, and why.
func preNamed(name string) (pre preTokenizer, warning string) {
	for _, p := range preTokenizers {
		if slices.Contains(p.names, name) {
			return p.preTokenizer, ""
		}
	}
	const guess = "text is split as llama.cpp does by default, which need not be as the model was trained; convert the model again from its folder"
	switch name {
	case "":
		return unnamed, "the file has no key tokenizer.ggml.pre: " + guess
	case "default":
		return unnamed, `tokenizer.ggml.pre is "default": ` + guess
	}
	return unnamed, fmt.Sprintf("tokenizer.ggml.pre is %s, which is not known: %s", fileerr.Quote(name), guess)
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
	t.kind = pre.kind
	t.model.setByteLevel()
	t.model.ignoreMerges = pre.ignoreMerges
	return nil
}
