package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"

	"github.com/rocmforge/rocmforge/models"
	"github.com/rocmforge/rocmforge/ops"
	"github.com/rocmforge/rocmforge/quark"
	"github.com/rocmforge/rocmforge/tokenizer"
)

// configJSON writes hyper-parameters as a Hugging Face folder's config.json, in
// the spelling that all versions of transformers read.
func configJSON(c *models.Config, q *quark.Description, tok *tokenizer.Tokenizer) ([]byte, error) {
	family, err := c.Family()
	if err != nil {
		return nil, err
	}
	m := map[string]any{
		"architectures": []string{family.Class}, "model_type": family.ModelType,
		"num_hidden_layers": c.Layers, "hidden_size": c.Hidden, "intermediate_size": c.FFN,
		"num_attention_heads": c.Heads, "num_key_value_heads": c.KVHeads, "head_dim": c.HeadDim,
		"vocab_size": c.Vocab, "max_position_embeddings": c.Context, "tie_word_embeddings": c.Tied,
		"rms_norm_eps": c.Eps, "rope_theta": c.RoPE.Base, "hidden_act": "silu",
		"torch_dtype": "bfloat16",
	}
	maps.Copy(m, family.Folder)
	if c.Window > 0 {
		return nil, errors.New("a sliding window cannot be written to a folder of this architecture")
	}
	switch s := c.RoPE.Scaling; s.Method {
	case ops.RoPEPlain:
	case ops.RoPELinear:
		m["rope_scaling"] = map[string]any{"rope_type": "linear", "factor": s.Factor}
	case ops.RoPEYaRN:
		m["rope_scaling"] = map[string]any{
			"rope_type": "yarn", "factor": s.Factor, "original_max_position_embeddings": s.OriginalContext,
			"beta_fast": s.BetaFast, "beta_slow": s.BetaSlow, "attention_factor": s.AttentionFactor,
		}
	default:
		return nil, errors.New("this RoPE scaling can go into a folder only with the config.json that it came from")
	}
	if tok != nil {
		if bos, ok := tok.BOS(); ok {
			m["bos_token_id"] = bos
		}
		if ends := tok.Ends(); ends != nil {
			m["eos_token_id"] = ends
		}
	}
	if q != nil {
		m["quantization_config"] = q.JSON()
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, append(b, '\n'), "", "  ")
	return out.Bytes(), err
}
