package models

import (
	"bytes"
	"github.com/rocmforge/rocmforge/device"
	"maps"
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// mustBuild: what a parser accepted builds a model or is refused with an error,
// and its sizes are within the limits.
func mustBuild(t *testing.T, c *Config) {
	if err := c.Check(); err != nil {
		t.Errorf("accepted, and then refused: %v", err)
	}
	if c.Layers > 100 {
		return // takes long
	}
	net, err := New(c)
	if err != nil {
		return
	}
	if n := net.WorkBytes(device.Caps{Host: true}); n <= 0 {
		t.Errorf("work buffers of %d bytes", n)
	}
	if _, err := TensorNames(c); err != nil {
		t.Error(err)
	}
}

func FuzzHFConfig(f *testing.F) {
	const sizes = `"hidden_size":64,"intermediate_size":128,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":100`
	for _, more := range []string{
		``, `,"num_key_value_heads":2,"head_dim":16,"tie_word_embeddings":true`,
		`,"rope_theta":1e6,"rope_scaling":{"type":"linear","factor":2}`,
		`,"rope_parameters":{"rope_type":"yarn","factor":4.0,"rope_theta":1e4,"beta_fast":32,"beta_slow":1,"truncate":false}`,
		`,"rope_parameters":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":64}`,
		`,"rope_parameters":{"rope_type":"dynamic","factor":2},"bos_token_id":1,"eos_token_id":[2,3],"quantization_config":null`,
	} {
		f.Add([]byte(`{"model_type":"llama",` + sizes + more + `}`))
	}
	f.Add([]byte(`{"model_type":"mistral","architectures":["MistralForCausalLM"],"sliding_window":8,` + sizes + `}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := &hfConfig{}
		if strictjson.Unmarshal(data, &h.values) != nil {
			return
		}
		if c, err := h.config(); err == nil {
			mustBuild(t, c)
		}
	})
}

func FuzzGGUFConfig(f *testing.F) {
	for _, keys := range []map[string]any{
		{},
		{"llama.attention.head_count_kv": uint64(2), "llama.rope.dimension_count": int32(16), "llama.vocab_size": uint16(2)},
		{"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": float32(2), "llama.rope.scaling.attn_factor": float32(1)},
		{kvKey: []int32{1, 4}, ffnKey: []uint32{96, 32}},
		{"llama.rope.scale_linear": float64(2), "llama.attention.sliding_window": uint32(8)},
	} {
		f.Add(header(f, keys))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := gguf.Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if c, err := ReadGGUFConfig(file); err == nil {
			mustBuild(t, c)
		}
	})
}

// header is a GGUF file with a model's metadata and those keys, and no tensors.
func header(f testing.TB, keys map[string]any) []byte {
	all := map[string]any{
		"general.architecture": "llama", "llama.block_count": uint32(2), "llama.embedding_length": uint32(64),
		"llama.feed_forward_length": uint32(128), "llama.attention.head_count": uint32(4),
		"llama.attention.layer_norm_rms_epsilon": float32(1e-5), "tokenizer.ggml.tokens": []string{"a", "b"},
	}
	maps.Copy(all, keys)
	var out bytes.Buffer
	w := gguf.NewWriter(&out)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if err := w.Set(key, all[key]); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		f.Fatal(err)
	}
	return out.Bytes()
}
