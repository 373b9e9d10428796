package models

import (
	"regexp"

	"github.com/rocmforge/rocmforge/models/weights"
)

// Match builds the empty model of a configuration and matches it with a file's
// tensors: all that it needs are there, in their shapes, and no others. Of
// the options, the device and Exact are the caller's.
func Match(src weights.Source, c *Config, o weights.Options) (Model, *weights.Plan, error) {
	net, err := New(c)
	if err != nil {
		return nil, nil, err
	}
	o.Ignore = map[string]bool{RopeFactors: true}
	if c.Tied {
		o.Tied = map[string]string{"output.weight": "token_embd.weight", "lm_head.weight": "model.embed_tokens.weight"}
	}
	for _, name := range src.Names() {
		if rotaryBuffers.MatchString(name) {
			o.Ignore[name] = true
		}
	}
	plan, err := weights.Match(src, net, c.Dims(), o)
	return net, plan, err
}

// rotaryBuffers are what old checkpoints carry along: frequencies that the
// configuration gives anyway.
var rotaryBuffers = regexp.MustCompile(`^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$`)
