package models

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/mmap"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
)

// ggufConfig reads the keys of one architecture; the first thing that is wrong
// stays in err.
type ggufConfig struct {
	meta   *gguf.Metadata
	arch   string
	family *Architecture
	err    error
}

// ReadGGUFConfig reads the hyper-parameters from a GGUF file's metadata and,
// for the vocabulary's size, from the shapes of its tensors.
func ReadGGUFConfig(f *gguf.File) (*Config, error) {
	arch, err := f.Metadata.String("general.architecture")
	if err != nil {
		return nil, err
	}
	family, err := find(arch, ggufName)
	if err != nil {
		return nil, fmt.Errorf("key general.architecture: %w", err)
	}
	g := &ggufConfig{meta: f.Metadata, arch: arch, family: family}
	c := g.config(f)
	if g.err != nil {
		return nil, g.err
	}
	if c.Vocab, err = vocabSize(f, arch); err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	c.RoPE.Factors, err = ropeFactors(f, c.RoPE.Dim/2)
	return c, err
}

// RopeFactors is the tensor that holds RoPEConfig.Factors in a GGUF file: how
// ggml's converters write Llama 3's scaling.
const RopeFactors = "rope_freqs.weight"

func ropeFactors(f *gguf.File, n int) ([]float32, error) {
	t, ok := f.Tensor(RopeFactors)
	if !ok {
		return nil, nil
	}
	if t.Type != quant.F32 || len(t.Dims) != 1 || t.Dims[0] != int64(n) {
		return nil, fmt.Errorf("tensor %s is %v %s; F32 [%d] was expected", t.Name, t.Dims, t.Type, n)
	}
	data, err := t.Bytes()
	if err != nil {
		return nil, err
	}
	factors := make([]float32, n)
	err = mmap.Guard(func() error {
		_, err := binary.Decode(data, binary.LittleEndian, factors)
		return err
	})
	return factors, err
}

func (g *ggufConfig) config(f *gguf.File) *Config {
	c := &Config{
		Architecture: g.arch,
		Layers:       g.integer("block_count", -1),
		Hidden:       g.integer("embedding_length", -1),
		Context:      g.integer("context_length", 2048),
		Eps:          g.number("attention.layer_norm_rms_epsilon", math.NaN()),
	}
	c.Name, _ = g.meta.StringOr("general.name", "")
	g.layers(c)
	c.HeadDim = g.integer("attention.key_length", c.Hidden/max(c.Heads, 1))
	if v := g.integer("attention.value_length", c.HeadDim); v != c.HeadDim {
		g.fail("attention.value_length", v, fmt.Sprintf("%d, the length of a key", c.HeadDim))
	}
	if n := g.integer("expert_count", 0); n != 0 {
		_, err := find(g.arch+" with experts", ggufName)
		g.keep(err)
	}
	c.RoPE = RoPEConfig{
		Base:    g.number("rope.freq_base", 10000),
		Dim:     g.integer("rope.dimension_count", c.HeadDim),
		Pairing: g.family.Pairing,
	}
	g.scaling(c)
	g.family.gguf(g, c)
	_, separate := f.Tensor("output.weight")
	c.Tied = !separate
	return c
}

// layers reads the sizes in which layers may differ.
func (g *ggufConfig) layers(c *Config) {
	heads := g.perLayer("attention.head_count", c.Layers, nil)
	kv := g.perLayer("attention.head_count_kv", c.Layers, heads)
	ffn := g.perLayer("feed_forward_length", c.Layers, nil)
	if g.err != nil {
		return
	}
	c.setLayers(heads, kv, ffn)
	if !heads.one() && !g.meta.Has(g.key("attention.key_length")) {
		g.fail("attention.key_length", "missing", "a number, where "+g.key("attention.head_count")+" differs by layer")
	}
}

func (g *ggufConfig) scaling(c *Config) {
	s := &c.RoPE.Scaling
	// A factor without a type is a linear one, and 0 is 1: so does llama.cpp.
	kind := g.text("rope.scaling.type", "linear")
	factor := cmp.Or(g.number("rope.scaling.factor", 0), g.number("rope.scale_linear", 0), 1)
	if kind == "none" || kind == "linear" && factor == 1 {
		return
	}
	s.OriginalContext = g.integer("rope.scaling.original_context_length", c.Context)
	switch kind {
	case "linear":
		s.Method = ops.RoPELinear
	case "yarn":
		s.Method = ops.RoPEYaRN
		s.BetaFast = g.number("rope.scaling.yarn_beta_fast", 32)
		s.BetaSlow = g.number("rope.scaling.yarn_beta_slow", 1)
		// ggml multiplies what YaRN computes by this (ggml's rope_yarn),
		// where Hugging Face's attention_factor replaces it.
		s.AttentionFactor = g.number("rope.scaling.attn_factor", 1) * (0.1*math.Log(factor) + 1)
	default:
		g.fail("rope.scaling.type", fmt.Sprintf("%.64q", kind), "none, linear, yarn")
	}
	if s.Factor = factor; !(factor > 0 && factor <= 1e6) {
		g.fail("rope.scaling.factor", factor, "a number above 0, 1e6 at most")
	}
}

func (g *ggufConfig) key(name string) string { return g.arch + "." + name }

func (g *ggufConfig) keep(err error) {
	if g.err == nil {
		g.err = err
	}
}

func (g *ggufConfig) fail(name string, found any, allowed string) {
	g.keep(&ConfigError{g.key(name), found, allowed})
}

// integer reads a number of any width; def -1 means that it has to be there.
func (g *ggufConfig) integer(name string, def int) int {
	if !g.meta.Has(g.key(name)) && def >= 0 {
		return def
	}
	v, err := g.meta.Uint(g.key(name), math.MaxInt32)
	g.keep(err)
	return int(v)
}

// perLayer reads a number for all layers or an array of one for each; def nil
// means that it has to be there.
func (g *ggufConfig) perLayer(name string, layers int, def perLayer) perLayer {
	v, ok := g.meta.Value(g.key(name))
	switch {
	case !ok && def != nil:
		return def
	case !ok || reflect.TypeOf(v).Kind() != reflect.Slice:
		return perLayer{g.integer(name, -1)}
	}
	list, err := g.meta.Ints(g.key(name))
	if g.keep(err); err != nil {
		return nil
	}
	if len(list) != layers {
		g.fail(name, fmt.Sprintf("an array of %d", len(list)), fmt.Sprintf("a number, or an array of %d, one for each layer", layers))
		return nil
	}
	p := make(perLayer, layers)
	for i, n := range list {
		if n < 1 || n > maxWidth {
			g.fail(name, fmt.Sprintf("%d in layer %d", n, i), fmt.Sprintf("1 to %d", maxWidth))
			return nil
		}
		p[i] = int(n)
	}
	return p
}

// number reads a float; def NaN means that it has to be there.
func (g *ggufConfig) number(name string, def float64) float64 {
	if !g.meta.Has(g.key(name)) && !math.IsNaN(def) {
		return def
	}
	v, err := g.meta.Float(g.key(name))
	g.keep(err)
	return v
}

// onlyZero refuses a number that an architecture's blocks know nothing of.
func (g *ggufConfig) onlyZero(names ...string) {
	for _, name := range names {
		if v := g.integer(name, 0); v != 0 {
			g.fail(name, v, "0, or no such key")
		}
	}
}

func (g *ggufConfig) text(name, def string) string {
	v, err := g.meta.StringOr(g.key(name), def)
	g.keep(err)
	return v
}

// vocabSize takes the vocabulary's size from the tokenizer's list, and the
// shapes of the embedding and the output layer: whatever is there has to agree.
// The key vocab_size counts where none is, as in llama.cpp.
func vocabSize(f *gguf.File, arch string) (int, error) {
	size, from := 0, ""
	agree := func(n int, where string) error {
		if size != 0 && n != size {
			return fmt.Errorf("vocabulary size: %s says %d, %s says %d", from, size, where, n)
		}
		size, from = n, where
		return nil
	}
	if key := "tokenizer.ggml.tokens"; f.Metadata.Has(key) {
		list, err := f.Metadata.Strings(key)
		if err != nil {
			return 0, err
		}
		if err := agree(len(list), "the list "+key); err != nil {
			return 0, err
		}
	}
	for _, name := range []string{"token_embd.weight", "output.weight"} {
		t, ok := f.Tensor(name)
		if !ok || len(t.Dims) != 2 {
			continue
		}
		if err := agree(int(t.Dims[1]), "the shape of "+name); err != nil {
			return 0, err
		}
	}
	if key := arch + ".vocab_size"; size == 0 && f.Metadata.Has(key) {
		n, err := f.Metadata.Uint(key, maxVocab)
		return int(n), err
	}
	return size, nil
}
