package models

import "github.com/rocmforge/rocmforge/ops"

// Mistral (Jiang et al. 2023) is Llama with a sliding window. GGUF files of it
// say "llama".
var _ = register(&Architecture{
	ModelType: "mistral", Class: "MistralForCausalLM", Models: "Mistral", WrittenAs: "llama",
	Pairing: ops.Interleaved,
	hf: func(h *hfConfig, c *Config) {
		h.onlyText("hidden_act", "silu")
		h.onlyFalse("attention_bias", "mlp_bias")
		c.Window = h.integer("sliding_window", 0)
	},
	block: newLlamaBlock,
})
