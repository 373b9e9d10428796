package models

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestQwen2Refused: what its blocks do not do is refused by name.
func TestQwen2Refused(t *testing.T) {
	const sizes = `"model_type":"qwen2","hidden_size":64,"intermediate_size":128,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":100`
	for more, want := range map[string]string{
		`,"use_sliding_window":true,"sliding_window":8`:    "use_sliding_window",
		`,"hidden_act":"gelu"`:                             "hidden_act",
		`,"architectures":["LlamaForCausalLM"]`:            "Qwen2ForCausalLM",
		`,"rope_scaling":{"type":"mrope","factor":1}`:      "mrope",
		`,"use_sliding_window":false,"sliding_window":131`: "",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("{"+sizes+more+"}"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := ReadHFConfig(dir)
		if want == "" && (err != nil || c.Window != 0) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", more, err)
		}
	}
	keys := map[string]any{"general.architecture": "qwen2", "llama.attention.sliding_window": uint32(4)}
	for _, key := range []string{"block_count", "embedding_length", "feed_forward_length", "attention.head_count", "attention.sliding_window"} {
		keys["qwen2."+key] = uint32(4)
	}
	keys["qwen2.attention.layer_norm_rms_epsilon"] = float32(1e-6)
	if _, err := configOf(t, keys); err == nil || !strings.Contains(err.Error(), "qwen2.attention.sliding_window is 4") {
		t.Errorf("%v", err)
	}
}
