package models

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/ops"
)

// TestGGUFScaling holds the keys' defaults to llama.cpp's: a factor without a
// type is linear, a type without a factor has 1, and 0 is 1.
func TestGGUFScaling(t *testing.T) {
	const p = "llama.rope.scaling."
	for name, c := range map[string]struct {
		keys map[string]any
		want ops.RoPEScaling
	}{
		"nothing":         {nil, ops.RoPEScaling{}},
		"factor alone":    {map[string]any{p + "factor": float32(4)}, linear(4)},
		"older key":       {map[string]any{"llama.rope.scale_linear": float32(4)}, linear(4)},
		"both":            {map[string]any{p + "factor": float32(2), "llama.rope.scale_linear": float32(4)}, linear(2)},
		"older, typed":    {map[string]any{p + "type": "linear", "llama.rope.scale_linear": float32(4)}, linear(4)},
		"none":            {map[string]any{p + "type": "none", p + "factor": float32(4)}, ops.RoPEScaling{}},
		"linear, 0":       {map[string]any{p + "type": "linear", p + "factor": float32(0)}, ops.RoPEScaling{}},
		"linear, nothing": {map[string]any{p + "type": "linear"}, ops.RoPEScaling{}},
		"yarn, 0":         {map[string]any{p + "type": "yarn", p + "factor": float32(0)}, yarn(1, 2048, 1)},
		"yarn":            {map[string]any{p + "type": "yarn", p + "factor": float32(4), p + "original_context_length": uint32(64)}, yarn(4, 64, 0.1*math.Log(4)+1)},
		"yarn, attention": {map[string]any{p + "type": "yarn", p + "factor": float32(4), p + "attn_factor": float32(2)}, yarn(4, 2048, 2*(0.1*math.Log(4)+1))},
	} {
		data := header(t, c.keys)
		f, err := gguf.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		config, err := ReadGGUFConfig(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := config.RoPE.Scaling
		if got.Method != c.want.Method || got.Factor != c.want.Factor || got.AttentionFactor != c.want.AttentionFactor ||
			got.Method == ops.RoPEYaRN && got.OriginalContext != c.want.OriginalContext {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func linear(factor float64) ops.RoPEScaling {
	return ops.RoPEScaling{Method: ops.RoPELinear, Factor: factor}
}

func yarn(factor float64, original int, attention float64) ops.RoPEScaling {
	return ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: factor, OriginalContext: original, AttentionFactor: attention}
}

// TestServed: what a model serves is factor times the original context, or
// what its files name where that is more.
func TestServed(t *testing.T) {
	c := Config{Context: 2048}
	for want, s := range map[int]ops.RoPEScaling{
		2048:  {},
		4096:  {Method: ops.RoPEDynamicNTK, Factor: 2, OriginalContext: 2048},
		8192:  {Method: ops.RoPELinear, Factor: 4, OriginalContext: 2048},
		16384: {Method: ops.RoPEYaRN, Factor: 8, OriginalContext: 2048},
	} {
		if c.RoPE.Scaling = s; c.Served() != want {
			t.Errorf("%+v serves %d; want %d", s, c.Served(), want)
		}
	}
	c.RoPE.Scaling = ops.RoPEScaling{Method: ops.RoPEYaRN, Factor: 4, OriginalContext: 64}
	if c.Served() != 2048 {
		t.Errorf("less than the files name: %d", c.Served())
	}
	c.RoPE.Scaling = ops.RoPEScaling{Method: ops.RoPELinear, Factor: 1e6, OriginalContext: maxContext}
	if c.Served() != maxContext {
		t.Errorf("more than positions reach: %d", c.Served())
	}
}

// TestFactorWithoutType: a folder that stretches positions has to say how.
func TestFactorWithoutType(t *testing.T) {
	const sizes = `{"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":100,"rope_scaling":`
	for section, refused := range map[string]bool{
		`{"factor":4}`: true, `{"factor":4,"rope_theta":1e4}`: true,
		`{}`: false, `null`: false, `{"rope_type":"default","factor":4}`: false, `{"type":"linear","factor":4}`: false,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(sizes+section+"}"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadHFConfig(dir)
		if named := err != nil && strings.Contains(err.Error(), "rope_type is missing beside factor \"4\""); named != refused || !refused && err != nil {
			t.Errorf("%s: %v", section, err)
		}
	}
}
