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
	gate   gate
}

// Bind prepares the layer.
func (l *MLP) Bind(d device.Device) error {
	if err := l.gateUp.Bind(d, &l.Gate, &l.Up); err != nil {
		return err
	}
	if err := l.Down.Bind(d); err != nil {
		return err
	}
	l.gate.dim = l.Gate.Out()
	return l.gate.bind(d, &l.Down)
}

// Forward computes y += mlp(x). gateUp is room for [tokens, 2F], act for
// [tokens, F]; in is clobbered.
func (l *MLP) Forward(q device.Queue, y, gateUp, act device.Ptr, in *Input) {
	l.gateUp.Forward(q, gateUp, in)
	l.gate.x, l.gate.rows = gateUp, in.tokens
	in.SetSource(&l.gate, act, in.tokens, l.gate.dim)
	l.Down.ForwardAdd(q, y, in)
}

// gate is the Source of the layer behind it: silu(gate) * up, of rows that have
// both side by side.
type gate struct {
	op        [ops.FormCount]device.Bound[ops.GateArgs]
	has       [ops.FormCount]bool
	x         device.Ptr // [rows, 2*dim]
	rows, dim int
}

func (g *gate) bind(d device.Device, reader *Linear) (err error) {
	for _, f := range FormsFor(d.Caps(), reader) {
		if g.op[f], err = device.Bind(d, &ops.SwiGLU, ops.SwiGLU.Spec(&ops.GateArgs{Dim: int32(g.dim), Stride: int32(2 * g.dim), Form: f})); err != nil {
			return err
		}
		g.has[f] = true
	}
	return nil
}

func (g *gate) Has(f ops.Form) bool { return g.has[f] }

func (g *gate) Into(q device.Queue, y device.Ptr, f ops.Form) {
	g.op[f].Launch(q, &ops.GateArgs{
		Y: y, Gate: g.x, Up: g.x + device.Ptr(4*g.dim),
		Rows: int32(g.rows), Dim: int32(g.dim), Stride: int32(2 * g.dim), Kind: ops.SiLU, Form: f,
	})
}
