package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/rocmforge/rocmforge/internal/strictjson"
	"github.com/rocmforge/rocmforge/ops"
)

// maxConfigBytes bounds config.json.
const maxConfigBytes = 16 << 20

// hfConfig reads a config.json value by value; the first thing that is wrong
// stays in err.
type hfConfig struct {
	values map[string]json.RawMessage
	err    error
}

// ReadHFConfig reads config.json of a Hugging Face folder, in the spelling of
// transformers 4 (rope_theta, rope_scaling) or 5 (rope_parameters).
func ReadHFConfig(dir string) (*Config, error) {
	path := filepath.Join(dir, "config.json")
	h := &hfConfig{}
	if err := strictjson.ReadPythonFile(path, maxConfigBytes, &h.values); err != nil {
		return nil, err
	}
	c, err := h.config()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func (h *hfConfig) config() (*Config, error) {
	arch := h.str("model_type", "")
	if h.err != nil {
		return nil, h.err
	}
	family, err := find(arch, modelType)
	if err != nil {
		return nil, fmt.Errorf("model_type: %w", err)
	}
	h.checkClass(family.Class)
	c := &Config{
		Architecture: arch,
		Layers:       h.integer("num_hidden_layers", -1),
		Hidden:       h.integer("hidden_size", -1),
		FFN:          h.integer("intermediate_size", -1),
		Heads:        h.integer("num_attention_heads", -1),
		Vocab:        h.integer("vocab_size", -1),
		Context:      h.integer("max_position_embeddings", 2048),
		Eps:          h.number(h.values, "rms_norm_eps", 1e-6),
	}
	c.KVHeads = h.integer("num_key_value_heads", c.Heads)
	c.HeadDim = h.integer("head_dim", c.Hidden/max(c.Heads, 1))
	c.Tied = h.boolIn(h.values, "tie_word_embeddings", false)
	h.rope(c)
	family.hf(h, c)
	h.checkIDs(c.Vocab)
	if h.err != nil {
		return nil, h.err
	}
	return c, c.Check()
}

// onlyText refuses a text that an architecture's blocks do not do.
func (h *hfConfig) onlyText(key, allowed string) {
	if found := h.str(key, allowed); h.err == nil && found != allowed {
		h.fail(key, fmt.Sprintf("%.64q", found), allowed)
	}
}

// onlyFalse refuses what an architecture's class has and its blocks do not.
func (h *hfConfig) onlyFalse(keys ...string) {
	for _, key := range keys {
		if h.boolIn(h.values, key, false) {
			h.fail(key, true, "false")
		}
	}
}

// checkIDs compares the ids of special tokens with the vocabulary, whether or
// not another file overrules them.
func (h *hfConfig) checkIDs(vocab int) {
	for _, key := range []string{"bos_token_id", "eos_token_id"} {
		ids, err := idOrIDs(h.values[key])
		if err != nil && h.err == nil {
			h.err = fmt.Errorf("%s: %w", key, err)
		}
		for _, id := range ids {
			if id < 0 || int(id) >= vocab {
				h.fail(key, id, fmt.Sprintf("0 to %d, the vocabulary", vocab-1))
			}
		}
	}
}

// checkClass compares architectures with the class of model_type: a folder that
// says two things is refused.
func (h *hfConfig) checkClass(class string) {
	raw, ok := h.values["architectures"]
	if !ok || h.err != nil {
		return
	}
	var classes []string
	if json.Unmarshal(raw, &classes) != nil {
		h.fail("architectures", fmt.Sprintf("%.64q", raw), "a list of class names")
		return
	}
	for _, c := range classes {
		if c != class {
			h.fail("architectures", fmt.Sprintf("%.64q", c), class)
		}
	}
}

func (h *hfConfig) rope(c *Config) {
	c.RoPE = RoPEConfig{Base: h.number(h.values, "rope_theta", 10000), Dim: c.HeadDim, Pairing: ops.Halves}
	section := h.object("rope_parameters")
	if section == nil {
		section = h.object("rope_scaling")
	}
	if section == nil || h.err != nil {
		return
	}
	c.RoPE.Base = h.number(section, "rope_theta", c.RoPE.Base)
	kind := h.strIn(section, "rope_type", h.strIn(section, "type", "default"))
	s := &c.RoPE.Scaling
	s.OriginalContext = h.originalContext(section, c.Context)
	switch kind {
	case "default":
		s.OriginalContext = 0
		_, typed := section["rope_type"]
		_, older := section["type"]
		if factor := section["factor"]; !typed && !older && factor != nil { // of what, is anybody's guess
			h.fail("rope_type", fmt.Sprintf("missing beside factor %.64q", factor), "default, linear, dynamic, yarn, llama3, longrope")
		}
	case "linear":
		s.Method, s.Factor = ops.RoPELinear, h.factor(section)
	case "dynamic":
		s.Method, s.Factor = ops.RoPEDynamicNTK, h.factor(section)
		s.OriginalContext = c.Context // whatever else the section names: so does transformers
	case "yarn":
		s.Method, s.Factor = ops.RoPEYaRN, h.factorOr(section, c.Context, s.OriginalContext)
		s.BetaFast = h.number(section, "beta_fast", 32)
		s.BetaSlow = h.number(section, "beta_slow", 1)
		s.AttentionFactor = h.number(section, "attention_factor", 0)
		s.MScale = h.number(section, "mscale", 0)
		s.MScaleAllDim = h.number(section, "mscale_all_dim", 0)
		s.NoTruncate = !h.boolIn(section, "truncate", true)
	case "llama3":
		s.Method, s.Factor = ops.RoPELlama3, h.factor(section)
		s.LowFreqFactor = h.number(section, "low_freq_factor", 1)
		s.HighFreqFactor = h.number(section, "high_freq_factor", 4)
	case "longrope", "su":
		s.Method, s.Factor = ops.RoPELong, h.factorOr(section, c.Context, s.OriginalContext)
		s.ShortFactors, s.LongFactors = h.floats(section, "short_factor"), h.floats(section, "long_factor")
		s.AttentionFactor = h.number(section, "attention_factor", 0)
	default:
		h.fail("rope_type", fmt.Sprintf("%.64q", kind), "default, linear, dynamic, yarn, llama3, longrope")
	}
}

// originalContext is the context of the training: beside the scaling, as Phi-3
// has it, or in it; or else what the model's context is.
func (h *hfConfig) originalContext(section map[string]json.RawMessage, context int) int {
	const key = "original_max_position_embeddings"
	return h.integer(key, h.integerIn(section, key, context))
}

func (h *hfConfig) factor(section map[string]json.RawMessage) float64 {
	f := h.number(section, "factor", math.NaN())
	if h.err == nil && !(f > 0 && f <= 1e6) {
		h.fail("RoPE scaling factor", f, "a number above 0, 1e6 at most")
	}
	return f
}

// factorOr is factor, or what the contexts say where there is none.
func (h *hfConfig) factorOr(section map[string]json.RawMessage, context, original int) float64 {
	if raw := section["factor"]; (raw == nil || string(raw) == "null") && original > 0 {
		return float64(context) / float64(original)
	}
	return h.factor(section)
}

// floats reads a short list of numbers.
func (h *hfConfig) floats(m map[string]json.RawMessage, key string) (v []float32) {
	h.get(m, key, &v, "a list of numbers")
	return v
}

func (h *hfConfig) fail(key string, found any, allowed string) {
	if h.err == nil {
		h.err = &ConfigError{key, found, allowed}
	}
}

// get decodes a value; null and absence are the same.
func (h *hfConfig) get(m map[string]json.RawMessage, key string, v any, allowed string) bool {
	raw, ok := m[key]
	if !ok || string(raw) == "null" || h.err != nil {
		return false
	}
	if json.Unmarshal(raw, v) != nil {
		h.fail(key, fmt.Sprintf("%.64q", raw), allowed)
		return false
	}
	return true
}

// integer reads an integer; def -1 means that it has to be there.
func (h *hfConfig) integer(key string, def int) int { return h.integerIn(h.values, key, def) }

func (h *hfConfig) integerIn(m map[string]json.RawMessage, key string, def int) int {
	var v int
	if h.get(m, key, &v, "an integer") {
		if v < 0 {
			h.fail(key, v, "a number that is not negative")
		}
		return v
	}
	if def == -1 {
		h.fail(key, "missing", "an integer")
	}
	return def
}

func (h *hfConfig) number(m map[string]json.RawMessage, key string, def float64) float64 {
	v := def
	h.get(m, key, &v, "a number")
	return v
}

func (h *hfConfig) str(key, def string) string { return h.strIn(h.values, key, def) }

func (h *hfConfig) strIn(m map[string]json.RawMessage, key, def string) string {
	v := def
	h.get(m, key, &v, "a string")
	return v
}

func (h *hfConfig) boolIn(m map[string]json.RawMessage, key string, def bool) bool {
	v := def
	h.get(m, key, &v, "true or false")
	return v
}

func (h *hfConfig) object(key string) map[string]json.RawMessage {
	var v map[string]json.RawMessage
	h.get(h.values, key, &v, "an object")
	return v
}

// HFEndOfText reads the ids that end a generation from generation_config.json
// and config.json of a folder; both may be missing.
func HFEndOfText(dir string) ([]int32, error) {
	for _, name := range []string{"generation_config.json", "config.json"} {
		var v struct {
			EOS json.RawMessage `json:"eos_token_id"`
		}
		path := filepath.Join(dir, name)
		err := strictjson.ReadPythonFile(path, maxConfigBytes, &v)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids, err := idOrIDs(v.EOS)
		if err != nil {
			return nil, fmt.Errorf("%s: eos_token_id: %w", path, err)
		}
		if ids != nil {
			return ids, nil
		}
	}
	return nil, nil
}

// idOrIDs reads 1 or [1, 2]; null is nothing, and so is -1, which older
// versions of transformers wrote for it.
func idOrIDs(raw json.RawMessage) ([]int32, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var one int32
	many := []int32{0}
	if json.Unmarshal(raw, &one) == nil {
		many[0] = one
	} else if json.Unmarshal(raw, &many) != nil || len(many) > 1024 {
		return nil, fmt.Errorf("%.64q is no token id and no short list of them", raw)
	}
	if many = slices.DeleteFunc(many, func(id int32) bool { return id == -1 }); len(many) == 0 {
		return nil, nil
	}
	return many, nil
}
