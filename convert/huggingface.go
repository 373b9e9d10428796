package convert

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/models/weights"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// openFolder reads a Hugging Face folder: its configuration and tokenizer
// become keys, its tensors get their GGUF names and row order.
func openFolder(dir string) (*input, error) {
	c, err := models.ReadHFConfig(dir)
	if err != nil {
		return nil, err
	}
	if c.Window > 0 {
		return nil, fmt.Errorf("%s: sliding_window is %d; GGUF's keys for this architecture have no sliding window", dir, c.Window)
	}
	header, err := configKeys(c, ModelName(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	tok, err := tokenizerKeys(dir, c)
	if err != nil {
		return nil, err
	}
	source, err := weights.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	in := &input{source: source, header: append(header, tok...), layers: c.Layers}
	for _, step := range []func() error{
		func() error { return in.rename(c) },
		func() error { return in.carry(dir) },
		func() error { return in.setTemplates(dir) },
		func() error { return in.setSampling(dir) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), in.source.Close())
	}
	return in, nil
}

// ModelName is what a folder is called. Snapshots of the Hugging Face Hub lie in
// models--ORGANIZATION--NAME/snapshots/HASH; old models have no organization.
func ModelName(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	snapshots := filepath.Dir(dir)
	if hub := strings.Split(filepath.Base(filepath.Dir(snapshots)), "--"); filepath.Base(snapshots) == "snapshots" && len(hub) > 1 && hub[0] == "models" {
		return hub[len(hub)-1]
	}
	return filepath.Base(dir)
}

// configKeys writes the hyper-parameters as GGUF keys.
func configKeys(c *models.Config, name string) ([]keyValue, error) {
	family, err := c.Family()
	if err != nil {
		return nil, err
	}
	p := func(key string, v any) keyValue { return keyValue{family.GGUFName() + "." + key, v} }
	u := func(key string, v int) keyValue { return p(key, uint32(v)) }
	keys := []keyValue{
		{"general.architecture", family.GGUFName()},
		{"general.type", "model"},
		{"general.name", name},
		{"general.quantization_version", uint32(2)},
		u("block_count", c.Layers),
		u("context_length", c.Context),
		u("embedding_length", c.Hidden),
		u("feed_forward_length", c.FFN),
		u("attention.head_count", c.Heads),
		u("attention.head_count_kv", c.KVHeads),
		u("attention.key_length", c.HeadDim),
		u("attention.value_length", c.HeadDim),
		p("attention.layer_norm_rms_epsilon", float32(c.Eps)),
		u("rope.dimension_count", c.RoPE.Dim),
		p("rope.freq_base", float32(c.RoPE.Base)),
		u("vocab_size", c.Vocab),
	}
	s := c.RoPE.Scaling
	switch s.Method {
	case ops.RoPEPlain, ops.RoPELlama3: // Llama 3's goes into a tensor
		return keys, nil
	case ops.RoPELinear:
		keys = append(keys, p("rope.scaling.type", "linear"))
	case ops.RoPEYaRN:
		if s.NoTruncate {
			return nil, errors.New("GGUF has no key for YaRN with truncate: false")
		}
		keys = append(keys, p("rope.scaling.type", "yarn"), u("rope.scaling.original_context_length", s.OriginalContext))
		if s.BetaFast != 32 || s.BetaSlow != 1 { // not what every reader assumes
			keys = append(keys, p("rope.scaling.yarn_beta_fast", float32(s.BetaFast)), p("rope.scaling.yarn_beta_slow", float32(s.BetaSlow)))
		}
		// Readers multiply what they take for YaRN's own factor by this one.
		if more := float32(s.YaRNAttention() / (0.1*math.Log(s.Factor) + 1)); more != 1 {
			keys = append(keys, p("rope.scaling.attn_factor", more))
		}
	case ops.RoPEDynamicNTK:
		return nil, errors.New("GGUF has no key for dynamic NTK scaling of RoPE, whose frequencies follow a text's length")
	default:
		return nil, errors.New("GGUF's keys for this architecture cannot say LongRoPE scaling")
	}
	return append(keys, p("rope.scaling.factor", float32(s.Factor))), nil
}

// rename matches the folder's tensors with the model's struct, which knows
// both names of each. What could not be opened is not converted.
func (in *input) rename(c *models.Config) error {
	if _, _, err := models.Match(in.source, c, weights.Options{}); err != nil {
		return err
	}
	pairs, err := models.TensorNames(c)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		t, ok := in.source.Tensor(pair.HF)
		if !ok { // optional, or the embedding is it
			continue
		}
		out := tensor{from: t, name: pair.GGUF}
		if pair.Role != weights.Scalar {
			out.order = rowOrder(c, pair.GGUF)
		}
		in.tensors = append(in.tensors, out)
	}
	if c.RoPE.Scaling.Method == ops.RoPELlama3 {
		return in.addRopeFactors(c)
	}
	return nil
}

// rowOrder gives the order of rows that GGUF files of some architectures have for
// queries and keys: they turn neighbours (2i, 2i+1) where Hugging Face turns
// halves (i, i+hd/2), so within each head row 2i is i and row 2i+1 is i+hd/2.
func rowOrder(c *models.Config, name string) func(int) int {
	family, err := c.Family()
	if err != nil || family.Pairing != ops.Interleaved || !strings.Contains(name, ".attn_q.") && !strings.Contains(name, ".attn_k.") {
		return nil
	}
	hd := c.HeadDim
	return func(row int) int {
		head, r := row/hd, row%hd
		return head*hd + r/2 + r%2*(hd/2)
	}
}

// CheckTokenizer says why a folder's tokenizer cannot be written as GGUF, if so.
func CheckTokenizer(dir string) error {
	c, err := models.ReadHFConfig(dir)
	if err == nil {
		_, err = tokenizerKeys(dir, c)
	}
	return err
}

// tokenizerKeys writes the folder's tokenizer as GGUF keys.
func tokenizerKeys(dir string, c *models.Config) ([]keyValue, error) {
	ends, err := models.HFEndOfText(dir)
	if err != nil {
		return nil, err
	}
	exported, err := tokenizer.ExportGGUF(dir, c.Vocab, ends)
	if err != nil {
		return nil, err
	}
	var keys []keyValue
	for _, kv := range exported {
		keys = append(keys, keyValue{kv.Key, kv.Value})
	}
	return keys, nil
}

// addRopeFactors adds the tensor by which GGUF carries Llama 3's scaling: the
// plain frequencies over the scaled ones.
func (in *input) addRopeFactors(c *models.Config) error {
	plain, _, err := ops.RoPEFrequencies(nil, c.RoPE.Base, c.RoPE.Dim, &ops.RoPEScaling{})
	if err != nil {
		return err
	}
	scaled, _, err := ops.RoPEFrequencies(nil, c.RoPE.Base, c.RoPE.Dim, &c.RoPE.Scaling)
	if err != nil {
		return err
	}
	factors := make([]float32, len(plain))
	for i := range factors {
		factors[i] = plain[i] / scaled[i]
	}
	data := make([]byte, 4*len(factors))
	f32, _ := quant.Lookup(quant.F32)
	_ = f32.Encode(data, factors) // float32 holds them all
	in.tensors = append(in.tensors, tensor{name: models.RopeFactors, from: weights.Tensor{
		Name: models.RopeFactors, Type: quant.F32, Shape: []int{len(factors)}, Size: len(data),
		Bytes: func() ([]byte, error) { return data, nil },
	}})
	return nil
}
