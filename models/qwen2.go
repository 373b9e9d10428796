package models

import (
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Qwen2 (Yang et al. 2024, "Qwen2 Technical Report", section 2.2): Llama's block
// with biases of queries, keys and values.
var _ = register(&Architecture{
	GGUF: "qwen2", ModelType: "qwen2", Class: "Qwen2ForCausalLM", Models: "Qwen2, Qwen2.5",
	Pairing: ops.Halves,
	Folder:  map[string]any{"use_sliding_window": false},
	gguf:    func(g *ggufConfig, c *Config) { g.onlyZero("attention.sliding_window") },
	hf: func(h *hfConfig, c *Config) {
		h.onlyText("hidden_act", "silu")
		h.onlyFalse("use_sliding_window")
	},
	block: newQwen2Block,
})

// qwen2Block is one layer. The letters are those of llamaBlock.
type qwen2Block struct {
	AttnNorm nn.RMSNorm  `gguf:"attn_norm" hf:"input_layernorm" shape:"D"`
	Q        nn.Linear   `gguf:"attn_q" hf:"self_attn.q_proj" shape:"H*hd,D" needs:"bias"`
	K        nn.Linear   `gguf:"attn_k" hf:"self_attn.k_proj" shape:"KV*hd,D" needs:"bias"`
	V        nn.Linear   `gguf:"attn_v" hf:"self_attn.v_proj" shape:"KV*hd,D" needs:"bias"`
	O        nn.Linear   `gguf:"attn_output" hf:"self_attn.o_proj" shape:"D,H*hd"`
	FFNNorm  nn.RMSNorm  `gguf:"ffn_norm" hf:"post_attention_layernorm" shape:"D"`
	FFN      nn.MLP      `gguf:"" hf:""`
	Scales   nn.KVScales `gguf:"" hf:""`

	qkv    nn.Group
	attend *nn.Attention
}

func newQwen2Block(d *Decoder, layer int) Block {
	b := &qwen2Block{}
	b.attend = d.attention(layer, 0, &b.O, &b.Scales)
	return b
}

func (b *qwen2Block) bind(to *binder) {
	to.norm(&b.AttnNorm, &b.Q, &b.K, &b.V)
	to.norm(&b.FFNNorm, &b.FFN.Gate, &b.FFN.Up)
	to.mlp(&b.FFN)
	to.group(&b.qkv, &b.Q, &b.K, &b.V)
	to.linear(&b.O)
}

// Forward: x += O·attention(norm(x)); x += ffn(norm(x)).
func (b *qwen2Block) Forward(p *Pass) {
	p.norm(&b.AttnNorm)           // h = norm(x)              [T, D]
	p.project(&b.qkv)             // q, k, v = W·h + bias     [T, (H+2KV)*hd]
	p.attend(b.attend, &b.Scales) // y = attention(q, k, v)   [T, H*hd]
	p.add(&b.O)                   // x += O·y                 [T, D]
	p.norm(&b.FFNNorm)            // h = norm(x)              [T, D]
	p.feed(&b.FFN)                // x += down(silu(gate·h) * up·h)
}
