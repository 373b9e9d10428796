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

	gateUp Group
	act    device.Bound[ops.GateArgs]
}

// Bind prepares the layer.
func (l *MLP) Bind(d device.Device) error {
	if err := l.gateUp.Bind(d, &l.Gate, &l.Up); err != nil {
		return err
	}
	if err := l.Down.Bind(d); err != nil {
		return err
	}
	var err error
	l.act, err = device.Bind(d, &ops.SwiGLU, device.Spec{})
	return err
}

// Forward computes y += mlp(x). gateUp is room for [tokens, 2F], act for
// [tokens, F]; in is clobbered.
func (l *MLP) Forward(q device.Queue, y, gateUp, act device.Ptr, in *Input) {
	tokens, hidden := in.tokens, l.Gate.Out()
	l.gateUp.Forward(q, gateUp, in)
	l.act.Launch(q, &ops.GateArgs{
		Y: act, Gate: gateUp, Up: gateUp + device.Ptr(4*hidden),
		Rows: int32(tokens), Dim: int32(hidden), Stride: int32(2 * hidden), Kind: ops.SiLU,
	})
	in.Set(act, tokens, hidden)
	l.Down.ForwardAdd(q, y, in)
}
