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
	fused  device.Bound[ops.GEMVGateArgs] // gateUp and gate, of one token
	fuses  bool
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
	if l.fuses = l.fusible(d.Caps()); !l.fuses {
		return l.gate.bindForms(d, FormsFor(d.Caps(), &l.Down))
	}
	a := l.fusedArgs()
	var err error
	if l.fused, err = device.Bind(d, &ops.GEMVGate, ops.GEMVGate.Spec(&a)); err != nil {
		return err
	}
	return l.gate.bindForms(d, formsFor(d.Caps(), 2, &l.Down))
}

// fusible tells whether one kernel does both halves and brings them together.
func (l *MLP) fusible(c device.Caps) bool {
	w := l.gateUp.whole
	return !c.Host && w != nil && w.rounding().to == 0 && l.Down.rounding().to == 0 &&
		ops.InputForm(&w.Weight, 1) == ops.Q8Rows && ops.InputForm(&l.Down.Weight, 1) == ops.Q8Rows
}

func (l *MLP) fusedArgs() ops.GEMVGateArgs {
	w := &l.gateUp.whole.Weight
	return ops.GEMVGateArgs{
		W: w.Ptr, Tokens: 1, M: int32(l.gate.dim), K: int32(w.Dim(1)), Type: w.Type, Layout: w.Layout,
		Form: ops.InputForm(w, 1), YForm: ops.InputForm(&l.Down.Weight, 1), Kind: ops.SiLU,
	}
}

// Forward computes y += mlp(x). gateUp is room for [tokens, 2F], act for
// [tokens, F]; in is clobbered.
func (l *MLP) Forward(q device.Queue, y, gateUp, act device.Ptr, in *Input) {
	if l.fuses && in.tokens == 1 {
		a := l.fusedArgs()
		a.X, a.Y = in.packed(q, a.Form, rounding{}), act
		l.fused.Launch(q, &a)
		in.SetForm(act, a.YForm, 1, l.gate.dim)
		l.Down.ForwardAdd(q, y, in)
		return
	}
	l.gateUp.Forward(q, gateUp, in)
	l.gate.x, l.gate.rows = gateUp, in.tokens
	in.SetSource(&l.gate, act, in.tokens, l.gate.dim)
	l.Down.ForwardAdd(q, y, in)
}

// gate is the Source of the layer behind it: silu(gate) * up, of rows that have
// both side by side.
type gate struct {
	forms[ops.GateArgs]
	x         device.Ptr // [rows, 2*dim]
	rows, dim int
}

func (g *gate) bindForms(d device.Device, forms []ops.Form) error {
	for _, f := range forms {
		if err := g.bind(d, &ops.SwiGLU, f, ops.GateArgs{Dim: int32(g.dim), Stride: int32(2 * g.dim), Form: f}); err != nil {
			return err
		}
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
