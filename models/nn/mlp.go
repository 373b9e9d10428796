package nn

import (
	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/ops"
)

// MLP is the gated feed-forward layer down(silu(gate(x)) * up(x)) (Shazeer
// 2020, "GLU Variants Improve Transformer").
type MLP struct {
	Gate Linear `gguf:"ffn_gate" hf:"mlp.gate_proj" shape:"F,D"`
	Up   Linear `gguf:"ffn_up" hf:"mlp.up_proj" shape:"F,D"`
	Down Linear `gguf:"ffn_down" hf:"mlp.down_proj" shape:"D,F"`

	act device.Bound[ops.GateArgs]
}

// Bind prepares the layer.
func (l *MLP) Bind(d device.Device) error {
	for _, lin := range []*Linear{&l.Gate, &l.Up, &l.Down} {
		if err := lin.Bind(d); err != nil {
			return err
		}
	}
	var err error
	l.act, err = device.Bind(d, &ops.SwiGLU, device.Spec{})
	return err
}

// Forward computes y += mlp(x). gate and up are room for [tokens, F] each, in
// is clobbered.
func (l *MLP) Forward(q device.Queue, y, gate, up device.Ptr, in *Input) {
	tokens, hidden := in.tokens, l.Gate.Out()
	l.Gate.Forward(q, gate, in)
	l.Up.Forward(q, up, in)
	l.act.Launch(q, &ops.GateArgs{
		Y: gate, Gate: gate, Up: up, Rows: int32(tokens), Dim: int32(hidden), Kind: ops.SiLU,
	})
	in.Set(gate, tokens, hidden)
	l.Down.ForwardAdd(q, y, in)
}
