package models

import (
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Llama (Touvron et al. 2023): pre-normalised blocks of grouped-query attention
// with RoPE and a gated feed-forward layer.
var _ = register(&Architecture{
	GGUF: "llama", ModelType: "llama", Class: "LlamaForCausalLM", Models: "Llama 2 and 3, TinyLlama, SmolLM2",
	Pairing: ops.Interleaved, // the rows of q and k are permuted for it
	Folder:  map[string]any{"attention_bias": false, "mlp_bias": false},
	gguf:    func(g *ggufConfig, c *Config) { c.Window = g.integer("attention.sliding_window", 0) },
	hf: func(h *hfConfig, c *Config) {
		h.onlyText("hidden_act", "silu")
		h.onlyFalse("attention_bias", "mlp_bias")
	},
	block: newLlamaBlock,
})

// llamaBlock is one layer.
//
// Letters: T tokens of a pass, D hidden size, H heads, KV key-value heads, hd
// head size, F feed-forward size, V vocabulary.
type llamaBlock struct {
	AttnNorm nn.RMSNorm  `gguf:"attn_norm" hf:"input_layernorm" shape:"D"`
	Q        nn.Linear   `gguf:"attn_q" hf:"self_attn.q_proj" shape:"H*hd,D"`
	K        nn.Linear   `gguf:"attn_k" hf:"self_attn.k_proj" shape:"KV*hd,D"`
	V        nn.Linear   `gguf:"attn_v" hf:"self_attn.v_proj" shape:"KV*hd,D"`
	O        nn.Linear   `gguf:"attn_output" hf:"self_attn.o_proj" shape:"D,H*hd"`
	FFNNorm  nn.RMSNorm  `gguf:"ffn_norm" hf:"post_attention_layernorm" shape:"D"`
	FFN      nn.MLP      `gguf:"" hf:""`
	Scales   nn.KVScales `gguf:"" hf:""`

	qkv    nn.Group
	attend *nn.Attention
}

func newLlamaBlock(d *Decoder, layer int) Block {
	b := &llamaBlock{}
	b.attend = d.attention(layer, d.config.Window, &b.O, &b.Scales)
	return b
}

func (b *llamaBlock) bind(to *binder) {
	to.norm(&b.AttnNorm, &b.Q, &b.K, &b.V)
	to.norm(&b.FFNNorm, &b.FFN.Gate, &b.FFN.Up)
	to.mlp(&b.FFN)
	to.group(&b.qkv, &b.Q, &b.K, &b.V)
	to.linear(&b.O)
}

// Forward: x += O·attention(norm(x)); x += ffn(norm(x)).
func (b *llamaBlock) Forward(p *Pass) {
	p.norm(&b.AttnNorm)           // h = norm(x)              [T, D]
	p.project(&b.qkv)             // q, k, v = W·h            [T, (H+2KV)*hd]
	p.attend(b.attend, &b.Scales) // y = attention(q, k, v)   [T, H*hd]
	p.add(&b.O)                   // x += O·y                 [T, D]
	p.norm(&b.FFNNorm)            // h = norm(x)              [T, D]
	p.feed(&b.FFN)                // x += down(silu(gate·h) * up·h)
}
