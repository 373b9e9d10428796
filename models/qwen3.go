package models

import (
	"github.com/rocmforge/rocmforge/models/nn"
	"github.com/rocmforge/rocmforge/ops"
)

// Qwen3 (Yang et al. 2025, "Qwen3 Technical Report", section 2): Llama's block
// with a norm of each head of queries and keys.
var _ = register(&Architecture{
	GGUF: "qwen3", ModelType: "qwen3", Class: "Qwen3ForCausalLM", Models: "Qwen3",
	Pairing: ops.Halves,
	Folder:  map[string]any{"attention_bias": false, "use_sliding_window": false},
	gguf:    func(g *ggufConfig, c *Config) { g.onlyZero("attention.sliding_window") },
	hf: func(h *hfConfig, c *Config) {
		h.onlyText("hidden_act", "silu")
		h.onlyFalse("attention_bias", "use_sliding_window")
		h.integer("head_dim", -1) // must be there: it is no quotient of the others
	},
	block: newQwen3Block,
})

// qwen3Block is one layer. The letters are those of llamaBlock.
type qwen3Block struct {
	AttnNorm nn.RMSNorm  `gguf:"attn_norm" hf:"input_layernorm" shape:"D"`
	Q        nn.Linear   `gguf:"attn_q" hf:"self_attn.q_proj" shape:"H*hd,D"`
	K        nn.Linear   `gguf:"attn_k" hf:"self_attn.k_proj" shape:"KV*hd,D"`
	V        nn.Linear   `gguf:"attn_v" hf:"self_attn.v_proj" shape:"KV*hd,D"`
	QNorm    nn.RMSNorm  `gguf:"attn_q_norm" hf:"self_attn.q_norm" shape:"hd"`
	KNorm    nn.RMSNorm  `gguf:"attn_k_norm" hf:"self_attn.k_norm" shape:"hd"`
	O        nn.Linear   `gguf:"attn_output" hf:"self_attn.o_proj" shape:"D,H*hd"`
	FFNNorm  nn.RMSNorm  `gguf:"ffn_norm" hf:"post_attention_layernorm" shape:"D"`
	FFN      nn.MLP      `gguf:"" hf:""`
	Scales   nn.KVScales `gguf:"" hf:""`

	qkv    nn.Group
	heads  nn.HeadNorm
	attend *nn.Attention
}

func newQwen3Block(d *Decoder, layer int) Block {
	b := &qwen3Block{}
	b.attend = d.attention(layer, 0, &b.O, &b.Scales)
	return b
}

func (b *qwen3Block) bind(to *binder) {
	to.norm(&b.AttnNorm, &b.Q, &b.K, &b.V)
	to.headNorm(&b.heads, &b.QNorm, &b.KNorm)
	to.norm(&b.FFNNorm, &b.FFN.Gate, &b.FFN.Up)
	to.mlp(&b.FFN)
	to.group(&b.qkv, &b.Q, &b.K, &b.V)
	to.linear(&b.O)
}

// Forward: x += O·attention(norm(x)); x += ffn(norm(x)).
func (b *qwen3Block) Forward(p *Pass) {
	p.norm(&b.AttnNorm)             // h = norm(x)              [T, D]
	p.project(&b.qkv)               // q, k, v = W·h            [T, (H+2KV)*hd]
	p.normHeads(&b.heads, b.attend) // q, k = norm(q), norm(k)  each head by itself
	p.attend(b.attend, &b.Scales)   // y = attention(q, k, v)   [T, H*hd]
	p.add(&b.O)                     // x += O·y                 [T, D]
	p.norm(&b.FFNNorm)              // h = norm(x)              [T, D]
	p.feed(&b.FFN)                  // x += down(silu(gate·h) * up·h)
}
